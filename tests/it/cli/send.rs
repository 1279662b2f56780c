//! `chatislav send` against a receiver and against nobody.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{LEAD, Listening, Server, chatislav, run};

/// Sends to a receiver with this plan: exit code, the lines of the sender and of the receiver.
#[track_caller]
fn sent(plan: &str, arguments: &[&str], stdin: &[u8]) -> (i32, Vec<Value>, Vec<Value>) {
    let receiver = Listening::start(&["--secret", "s", "--respond", plan]);
    let url = format!("{}/hook", receiver.url);
    let common = ["send", "--to", &url, "--allow-local", "--output", "json", "--retry-schedule", "1ms,1ms"];
    let (code, out, err) = run(&[&common, arguments].concat(), stdin);
    receiver.signal("TERM");
    let (ended, received, _) = receiver.wait();
    assert_eq!(ended, Some(0));
    let lines = out.lines().map(|line| serde_json::from_str(line).expect(&err)).collect();
    (code, lines, received)
}

fn fields(lines: &[Value], name: &str) -> Vec<Value> {
    lines.iter().map(|line| line[name].clone()).collect()
}

#[test]
fn a_lead_fails_twice_and_arrives() {
    let (code, lines, received) = sent("503x2,200", &["lead_collection", "--secret", "s"], b"");
    assert_eq!(code, 0);
    assert_eq!(fields(&lines, "type"), ["attempt", "attempt", "attempt", "delivery"]);
    assert_eq!(fields(&lines[..3], "status"), [503, 503, 200]);
    assert_eq!(fields(&lines[..3], "attempt"), [1, 2, 3]);
    assert!(lines[0]["next_in_ms"].is_number() && lines[2]["next_in_ms"].is_null());
    let phases: Vec<_> = lines[2]["phases"].as_object().unwrap().keys().collect();
    assert_eq!(phases, ["body", "connect", "dns", "headers", "write"]);
    assert_eq!((&lines[3]["outcome"], &lines[3]["attempts"]), (&"delivered".into(), &3.into()));
    assert_eq!(fields(&received, "step"), ["1/3", "2/3", "3/3"]);
    assert_eq!(fields(&received, "verdict"), ["verified", "verified", "verified"]);
    assert_eq!(received[0]["delivery"], lines[3]["delivery"]);
}

#[test]
fn the_end_decides_the_exit_code() {
    for (plan, code, outcome, attempts) in [
        ("200", 0, "delivered", 1),
        ("302(location=/)", 1, "failed", 1),
        ("404", 1, "failed", 1),
        ("429", 1, "failed", 1),
        ("503", 1, "exhausted", 3),
    ] {
        let (got, lines, _) = sent(plan, &["--secret", "s"], b"");
        let end = lines.last().unwrap();
        assert_eq!(got, code, "{plan}");
        assert_eq!((&end["outcome"], &end["attempts"]), (&outcome.into(), &attempts.into()), "{plan}");
    }
    let (code, lines, _) = sent("503", &["--secret", "s", "--repeat", "2"], b"");
    assert_eq!((code, lines.len()), (1, 8));
}

#[test]
fn mischief_is_refused() {
    for (arguments, verdict) in [
        (&["--secret", "s", "--tamper", "body"][..], "signature_mismatch"),
        (&["--secret", "s", "--tamper", "signature"], "signature_mismatch"),
        (&["--secret", "s", "--tamper", "re-serialise"], "signature_mismatch"),
        (&["--secret", "s", "--json-style", "compact", "--tamper", "re-serialise"], "signature_mismatch"),
        (&["--secret", "other"], "signature_mismatch"),
        (&["--signature", "sha256=abc"], "signature_malformed"),
        (&["--signature", "a, b"], "signature_ambiguous"),
        (&["--unsigned"], "signature_missing"),
        (&[], "signature_missing"),
    ] {
        let (code, lines, received) = sent("200", arguments, b"");
        assert_eq!((code, lines.len()), (1, 2), "{arguments:?}");
        assert_eq!(fields(&received, "verdict"), [verdict], "{arguments:?}");
        assert_eq!(received[0]["status"], 401);
    }
}

#[test]
fn a_body_is_sent_byte_for_byte() {
    let body = [LEAD, b"\r\n \xEF\xBB\xBF".as_slice()].concat();
    let (_, lines, received) = sent("200", &["--secret", "s", "--body", "-"], &body);
    assert_eq!(received[0]["bytes"], body.len());
    assert_eq!(received[0]["verdict"], "payload_not_json");
    assert_eq!(received[0]["delivery"], lines[0]["delivery"]);
    let (code, _, received) = sent("200", &["--secret", "s", "--body", "-", "--method", "put"], LEAD);
    assert_eq!((code, &received[0]["method"]), (0, &"PUT".into()));
}

#[test]
fn a_seed_repeats_a_sample_and_set_changes_it() {
    let seeded = |arguments: &[&str]| {
        let (_, lines, received) = sent("200", &[&["--secret", "s", "--seed", "7"], arguments].concat(), b"");
        (lines[0]["delivery"].clone(), received[0]["event"].clone())
    };
    let (first, event) = seeded(&[]);
    assert_eq!(event, "lead_collection");
    assert_eq!(first, seeded(&[]).0);
    assert_ne!(first, seeded(&["--set", "data.bot_name=Ada"]).0);
    assert_ne!(first, seeded(&["--json-style", "compact"]).0);
    assert_eq!(seeded(&["--set", "event=voice_call_ended"]).1, "voice_call_ended");
    assert_eq!(seeded(&["conversation_summary"]).1, "conversation_summary");
}

#[test]
fn without_allow_local_it_is_refused_as_by_chatislav() {
    let (code, out, err) = run(&["send", "--to", "http://127.0.0.1:4180/hook", "--secret", "s"], b"");
    assert_eq!(code, 3);
    assert!(out.contains("blocked after 0 attempt(s)"), "{out}");
    assert!(err.contains("Chatislav would refuse this address: loopback"), "{err}");
    assert!(err.contains("add --allow-local"), "{err}");
    let (code, out, _) = run(&["send", "--to", "http://127.0.0.1:4180/hook", "--secret", "s", "--output", "json"], b"");
    assert_eq!((code, out.lines().count()), (3, 1));
    assert!(out.contains(r#""outcome":"blocked","attempts":0"#), "{out}");
}

#[test]
fn proxy_variables_are_not_read() {
    let receiver = Listening::start(&["--secret", "s", "--exit-after", "1"]);
    let mut command = chatislav();
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, "http://127.0.0.1:1/");
    }
    let url = format!("{}/", receiver.url);
    let sent = command.args(["send", "--to", &url, "--allow-local", "--secret", "s"]).output().unwrap();
    let err = String::from_utf8_lossy(&sent.stderr);
    assert_eq!(sent.status.code(), Some(0), "{err}");
    assert!(err.contains("let through by --allow-local"), "{err}");
    assert_eq!(receiver.wait().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_asked_where_one_is_given_and_its_password_is_never_shown() {
    let proxy = Server::answering("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let send = ["send", "--to", "http://8.8.8.8/", "--no-retry", "--secret", "s", "--output", "json", "--proxy"];
    let url = format!("http://user:hunter2@{}", proxy.address);
    let (code, out, err) = run(&[&send[..], &[&url]].concat(), b"");
    assert_eq!((code, proxy.connections()), (1, 1), "{err}");
    assert!(out.contains(r#""error":"the proxy refused to connect: status 403","phase":"connect""#), "{out}");
    assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{out}{err}");

    for url in ["ftp://user:hunter2@proxy", "https://user:hunter2@proxy", "socks5h://user:hunter2@proxy"] {
        let (code, _, err) = run(&[&send[..], &[url]].concat(), b"");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("--proxy: ") && !err.contains("hunter2"), "{err}");
    }
}

#[test]
fn an_interrupt_in_the_middle_is_130() {
    let receiver = Listening::start(&["--secret", "s", "--respond", "503", "--exit-after", "1"]);
    let url = format!("{}/", receiver.url);
    let sender = chatislav()
        .args(["send", "--to", &url, "--allow-local", "--secret", "s", "--retry-schedule", "1h"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The receiver ends once it has answered; then the sender waits for its hour.
    receiver.wait();
    let killed = std::process::Command::new("kill").args(["-s", "INT", &sender.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = sender.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
}

#[test]
fn what_is_asked_wrongly_is_usage() {
    let to = ["send", "--to", "http://127.0.0.1:1/", "--allow-local"];
    for (arguments, words) in [
        (&["voice_call_ended"][..], "lead_collection"),
        (&["--header", "Host: x"], "the sender sets this header itself"),
        (&["--header", "x"], "Name: value"),
        (&["--set", "data.nothing.deep=1"], "there is no `nothing` here, only user_id"),
        (&["--set", "data.bot_id:=x"], "no JSON"),
        (&["--timeout", "soon"], "250ms"),
        (&["--timeout", "0"], "over 0"),
        (&["--retry-schedule", "5s,x"], "250ms"),
        (&["--time-scale", "0"], "over 0"),
        (&["--unsigned", "--secret", "s"], "exclude each other"),
        (&["--tamper", "body"], "no secret to sign with"),
        (&["--body", "no-such-file"], "cannot read no-such-file"),
        (&["--ca", "no-such-file"], "cannot read the --ca file"),
        (&["--ca", "/dev/null"], "no certificate"),
        (&["--secret", " "], "blank"),
    ] {
        let (code, out, err) = run(&[&to, arguments].concat(), b"");
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: no {words:?} in {err}");
    }
    assert_eq!(run(&["send", "--to", "nonsense"], b"").0, 2);
}
