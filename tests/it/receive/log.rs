//! Log lines: none lost, and nothing in them that a terminal would obey.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use chatislav_receiver::{Config, Format, Journal, Lines, Receiver};
use chatislav_webhooks::Webhook;
use tokio::sync::oneshot;

use crate::support::{SECRET, exchange, verified};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends the bodies, signed, and gives back what was logged.
async fn logged(format: Format, config: Config, requests: &[(&str, &[u8])]) -> String {
    let out = Shared::default();
    let lines = Arc::new(Lines::new(format, out.clone()));
    let journal = Arc::new(Journal::default());
    let receiver = Receiver::bind("127.0.0.1:0".parse().unwrap(), config, journal, lines.clone()).await.unwrap();
    let address = receiver.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(receiver.run(async {
        let _ = stopped.await;
    }));
    for (start, body) in requests {
        let signature = Webhook::new(SECRET).unwrap().sign(body);
        exchange(address, start, &format!("x-chatislav-signature: {signature}\r\n"), body).await;
    }
    drop(stop);
    served.await.unwrap();
    lines.flush().unwrap();
    let bytes = out.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

const HOSTILE: &[u8] = "{\"event\": \"\\u001b[2J\u{9b}31m\u{202e}\\u0007\\r\\nfake line\"}".as_bytes();

#[tokio::test]
async fn hostile_text_is_escaped_for_people() {
    let log = logged(Format::Pretty { colours: false }, verified("200"), &[("POST /\u{9b}x", HOSTILE)]).await;
    assert_eq!(log.lines().count(), 1, "{log:?}");
    assert!(log.contains(r"\u{1b}[2J\u{9b}31m\u{202e}\u{7}\u{d}\u{a}fake line"), "{log}");
    assert!(!log.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']), "{log:?}");
}

#[tokio::test]
async fn long_text_is_cut_for_people_and_whole_for_programs() {
    let name = "é".repeat(5_000);
    let body = format!("{{\"event\": \"{name}\"}}");
    let start = format!("POST /{}", "a".repeat(5_000));
    let requests = [(start.as_str(), body.as_bytes())];
    let log = logged(Format::Pretty { colours: false }, verified("200"), &requests).await;
    assert!(log.contains(&format!("  {}…  ✓ verified", "é".repeat(120))), "{log}");
    assert!(log.contains(&format!(" POST /{}…  é", "a".repeat(119))), "{log}");
    let log = logged(Format::Json, verified("200"), &requests).await;
    let line: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["event"], name);
}

#[tokio::test]
async fn hostile_text_is_escaped_for_programs() {
    let log = logged(Format::Json, verified("200"), &[("POST /", HOSTILE)]).await;
    assert!(log.trim_end().chars().all(|c| matches!(c, ' '..='~')), "{log:?}");
    let line: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["event"], "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\nfake line");
}

#[tokio::test]
async fn a_line_has_the_documented_fields() {
    let body = br#"{"event": "e"}"#;
    let log = logged(Format::Json, verified("503x2,200"), &[("POST /a?b=c", body)]).await;
    let mut line: serde_json::Value = serde_json::from_str(&log).unwrap();
    let fields = line.as_object_mut().unwrap();
    let time = fields.remove("time").unwrap();
    assert!(time.as_str().unwrap().ends_with('Z') && time.as_str().unwrap().len() == 24, "{time}");
    assert!(fields.remove("ms").unwrap().is_number());
    assert!(fields.remove("id").unwrap().is_string());
    // By sha256sum.
    assert_eq!(fields.remove("delivery").unwrap(), "8decca3f69652404f715ac9268323558dc267d2898d3b67d7dbc3d9544e2e91c");
    assert_eq!(
        line,
        serde_json::json!({
            "v": 1, "type": "request", "method": "POST", "target": "/a?b=c", "event": "e", "verdict": "verified",
            "secret": 0, "attempt": 1, "status": 503, "step": "1/3", "bytes": 14,
            "end": "answered",
        })
    );
}

#[tokio::test]
async fn a_refusal_explains_itself_and_shows_no_secret() {
    let config = Config { max_body: 10, ..verified("200") };
    let log = logged(Format::Pretty { colours: false }, config, &[("POST /", b"0123456789a"), ("POST /", b"x")]).await;
    assert!(log.contains("✗ body_too_large") && log.contains("raise max_body"), "{log}");
    assert!(log.contains("✗ payload_not_json"), "{log}");
    assert!(!log.contains(SECRET));
}

#[tokio::test]
async fn no_line_is_lost_and_quiet_is_quiet() {
    let body = br#"{"event": "e"}"#;
    let requests: Vec<(&str, &[u8])> = (0..300).map(|_| ("POST /", &body[..])).collect();
    let log = logged(Format::Json, verified("200"), &requests).await;
    let attempts: Vec<u64> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["attempt"].as_u64().unwrap())
        .collect();
    assert_eq!(attempts, (1..=300).collect::<Vec<_>>());
    assert_eq!(logged(Format::Quiet, verified("200"), &requests[..3]).await, "");
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_output_that_nobody_reads_ends_the_log() {
    let lines = Lines::new(Format::Json, Closed);
    lines.line("x\n");
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), lines.run()).await;
    assert_eq!(ended.expect("the log goes on for nobody").kind(), io::ErrorKind::BrokenPipe);
}
