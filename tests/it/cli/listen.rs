//! `chatislav listen`: starting, refusing to start, ending.

use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{Listening, chatislav, run};

#[test]
fn both_signals_end_it_well() {
    for signal in ["INT", "TERM"] {
        let receiver = Listening::start(&["--secret", "s"]);
        receiver.signal(signal);
        let (code, lines, err) = receiver.wait();
        assert_eq!((code, lines.len(), err.as_str()), (Some(0), 0, ""), "{signal}");
    }
}

#[test]
fn it_does_not_start_without_a_secret() {
    let (code, out, err) = run(&["listen", "--port", "0"], b"");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("--unsigned"), "{err}");
    assert_eq!(run(&["listen", "--port", "0", "--secret", "s", "--unsigned"], b"").0, 2);
    assert_eq!(run(&["listen", "--port", "0", "--secret", " "], b"").0, 2);
}

#[test]
fn unsigned_overrides_the_environment() {
    let mut command = chatislav();
    command.env("CHATISLAV_WEBHOOK_SECRET", "s").args(["listen", "--port", "0", "--unsigned", "--exit-after", "1"]);
    let child = command.args(["--output", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut child = child;
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut ready = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut ready).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let url = format!("{}/", ready["url"].as_str().unwrap());
    assert_eq!(run(&["send", "--to", &url, "--allow-local"], b"").0, 0);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    assert!(line.contains(r#""verdict":"unsigned""#), "{line}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_in_use_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, err) = run(&["listen", "--secret", "s", "--port", &port], b"");
    assert_eq!(code, 2);
    assert!(err.contains(&format!("port {port} is in use")), "{err}");
}

#[test]
fn a_plan_that_is_wrong_is_refused() {
    let (code, _, err) = run(&["listen", "--secret", "s", "--respond", "503x2;200"], b"");
    assert_eq!(code, 2);
    assert!(err.contains("  503x2;200\n       ^"), "{err}");
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let mut child = chatislav()
        .args(["listen", "--port", "0", "--secret", "s", "--output", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut ready = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut ready).unwrap();
    drop(stdout);
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let url = format!("{}/", ready["url"].as_str().unwrap());
    assert_eq!(run(&["send", "--to", &url, "--allow-local", "--secret", "s"], b"").0, 0);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_secret_is_shown_as_a_fingerprint_alone() {
    let mut child = chatislav()
        .args(["listen", "--port", "0", "--secret", "hunter2hunter2", "--exit-after", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut first).unwrap();
    let url = first.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
    // Unsigned, so refused, so explained.
    assert_eq!(run(&["send", "--to", &url, "--allow-local"], b"").0, 1);
    let output = child.wait_with_output().unwrap();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stdout, &mut rest).unwrap();
    let all = format!("{first}{rest}{}", String::from_utf8_lossy(&output.stderr));
    // python3 -c "import hmac; print(hmac.digest(b'hunter2hunter2', b'chatislav-webhooks/fingerprint', 'sha256').hex()[:8])"
    assert!(all.contains("secret b24dc202 from --secret"), "{all}");
    assert!(all.contains("signature_missing") && !all.contains("hunter2"), "{all}");
}

#[test]
fn a_log_that_cannot_be_written_is_said() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    drop(taken);
    let child = chatislav()
        .args(["listen", "--secret", "s", "--output", "json", "--exit-after", "1", "--port", &port])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}/");
    let sent = run(&["send", "--to", &url, "--allow-local", "--secret", "s", "--retry-schedule", "100ms,1s,5s"], b"");
    assert_eq!(sent.0, 0, "{}", sent.2);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the log cannot be written"));
}
