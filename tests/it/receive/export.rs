//! Exports: the very request again, and nothing that a stranger's bytes could break out of.

use std::process::Command;
use std::sync::Arc;

use chatislav_receiver::export::{Format, Options, quote, to_bytes};
use chatislav_receiver::{Capture, journal};
use chatislav_webhooks::Webhook;
use proptest::prelude::*;

use crate::support::{LEAD, Running, SECRET, exchange, send, start, verified};

/// Repeated key, `1.0`, `1e400`, 20 digits, an e-acute escaped and raw, CRLF at the end.
pub(super) const A: &[u8] =
    "{\"event\": \"e\", \"a\": 1.0, \"a\": 1e400, \"n\": 12345678901234567890, \"t\": \"\\u00e9 é it's\"}\r\n"
        .as_bytes();
/// 17 bytes, with 0xFF, 0xFE, NUL and 0x80.
pub(super) const B: &[u8] = b"\xFF\xFE\0\x80 '\"$(id)\n\\\r!\x1b";

/// Mixed case, unsorted, one name twice, an empty value, quotes of the shell, bytes beyond ASCII.
const HEADERS: &[u8] =
    b"X-Zed: 1\r\nx-aLPHA:2\r\nX-Zed: it's $(id) `id` \"\\ %s !\r\nX-Empty:\r\nX-Latin: \xE9\t\xFF\r\n\
    X-At: @/etc/passwd\r\nX-Star:   *  \r\naccept: */*\r\n";

/// What a request became in the journal.
pub(super) async fn captured(receiver: &Running, start: &str, headers: &[u8], body: &[u8]) -> Arc<Capture> {
    let before = receiver.journal.counts().0;
    let signature = Webhook::new(SECRET).unwrap().sign(body);
    let head = format!("{start} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", receiver.address);
    let rest = format!("Content-Length: {}\r\nX-Chatislav-Signature: {signature}\r\n\r\n", body.len());
    send(receiver.address, &[head.as_bytes(), headers, rest.as_bytes(), body].concat()).await;
    receiver.journal.get(before + 1).unwrap()
}

/// The lines that are the request's own.
fn lines(capture: &Capture) -> Vec<Vec<u8>> {
    const CONNECTION: [&str; 3] = ["host", "connection", "content-length"];
    let lines = capture.head.split(|byte| *byte == b'\n').skip(1).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_own = |line: &&[u8]| {
        let name = String::from_utf8_lossy(line.split(|byte| *byte == b':').next().unwrap()).to_lowercase();
        !name.is_empty() && !CONNECTION.contains(&name.as_str())
    };
    // curl takes the blanks at the end of a value away, which HTTP says are no part of it.
    lines.filter(is_own).map(|line| line.trim_ascii_end().to_vec()).collect()
}

async fn run(script: Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script");
    std::fs::write(&path, script).unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let output = Command::new("/bin/sh").arg(&path).env("HOME", "/").env_remove("http_proxy").output().unwrap();
        drop(folder);
        output
    });
    let output = ran.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn is_same(again: &Capture, first: &Capture) {
    assert!(again.body == first.body, "{:?}", again.body);
    let shown = |capture| lines(capture).iter().map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>();
    assert_eq!(shown(again), shown(first));
    assert_eq!(again.method_and_target(), first.method_and_target());
    assert_eq!(again.verdict, first.verdict);
}

#[tokio::test]
async fn curl_sends_the_same_bytes_and_lines() {
    let receiver = start(verified("200")).await;
    let large = [b"{\"event\": \"e\"}".as_slice(), &vec![b' '; 300_000]].concat();
    let at = b"@/etc/passwd";
    for (start, body) in [
        ("POST /hook?a=[1-3]&b={c,d}%20", A),
        ("PUT /a/../b", B),
        ("POST /", b""),
        ("POST /caf\u{e9}\"?q=it's", &large),
        ("POST /'$(id)'", at),
        ("PUT /", b"\n\n"),
    ] {
        let first = captured(&receiver, start, HEADERS, body).await;
        assert!(first.body == body, "the request itself went wrong: {}", first.reason);
        let script = to_bytes(Format::Curl, [&*first], Options::default());
        run(script).await;
        let again = receiver.journal.get(first.number + 1).unwrap();
        is_same(&again, &first);
    }
}

#[tokio::test]
async fn curl_says_nothing_by_itself() {
    let receiver = start(verified("200")).await;
    for body in [LEAD, &[b'x'; 2_000_000]] {
        let first = captured(&receiver, "POST /", b"", body).await;
        run(to_bytes(Format::Curl, [&*first], Options::default())).await;
        is_same(&receiver.journal.get(first.number + 1).unwrap(), &first);
    }
}

#[tokio::test]
async fn another_target_gets_it_and_a_hostile_host_does_not() {
    let (receiver, other) = (start(verified("200")).await, start(verified("200")).await);
    let first = captured(&receiver, "POST /?respond=503", HEADERS, A).await;
    let url = format!("http://{}/elsewhere?[1-2]", other.address);
    run(to_bytes(Format::Curl, [&*first], Options { target: Some(&url), ..Options::default() })).await;
    let again = other.journal.get(1).unwrap();
    assert_eq!((again.method_and_target().1.as_ref(), &again.body), ("/elsewhere?[1-2]", &first.body));
    let hostile = Capture { head: "POST / HTTP/1.1\r\nHost: a'@b$(id)\r\n\r\n".into(), ..Capture::clone(&first) };
    for format in [Format::Curl, Format::Httpie, Format::Har] {
        let text = String::from_utf8(to_bytes(format, [&hostile], Options::default())).unwrap();
        assert!(text.contains("http://127.0.0.1/") && !text.contains("://a"), "{text}");
    }
}

#[tokio::test]
async fn a_head_that_is_not_http_runs_nothing() {
    let receiver = start(verified("200")).await;
    send(receiver.address, b"POST / HTTP/1.1\r\n@/etc/passwd\r\n\nid > /tmp/pwned\r\n\r\n").await;
    let capture = receiver.journal.get(1).unwrap();
    assert_eq!(capture.verdict, journal::MALFORMED);
    for format in Format::ALL {
        let text = String::from_utf8(to_bytes(format, [&*capture], Options::default())).unwrap();
        if !matches!(format, Format::Ndjson | Format::Har) {
            assert!(!text.contains("passwd"), "{text}");
        }
        if matches!(format, Format::Curl | Format::Httpie) {
            assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn a_shell_reads_back_what_was_quoted(bytes in prop_oneof![
        proptest::collection::vec(1_u8.., 0..300),
        "[ -~\\n]{0,80}".prop_map(String::into_bytes),
        "\\PC{0,40}".prop_map(String::into_bytes),
        "['\\\\$`\"!%\\n\\t(){};&|<> -]{0,40}".prop_map(String::into_bytes),
    ]) {
        for shell in ["sh", "bash"] {
            let script = format!("printf %s. {}", quote(&bytes));
            let output = Command::new(shell).arg("-c").arg(&script).output().unwrap();
            prop_assert!(output.status.success(), "{script}");
            prop_assert_eq!(output.stdout.split_last().unwrap().1, &bytes, "{}", script);
        }
    }
}

#[test]
fn what_a_terminal_would_obey_is_not_shown() {
    for text in ["\u{1b}[2J", "\u{202e}abc", "a\tb", "a\rb", "\u{9b}31m", "\u{200b}"] {
        let word = quote(text.as_bytes());
        assert!(word.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{word:?}");
    }
    assert_eq!(quote("it's é".as_bytes()), r"'it'\''s é'");
    assert_eq!(quote(b""), "''");
    assert_eq!(quote(b"-X"), "-X");
}

#[tokio::test]
async fn har_has_the_stated_fields() {
    let receiver = start(verified("503x2,200")).await;
    let a = captured(&receiver, "POST /hook?a=%C3%A9&b=1+2&c", HEADERS, A).await;
    let b = captured(&receiver, "POST /", HEADERS, B).await;
    let har = to_bytes(Format::Har, [&*a, &*b], Options::default());
    let har: serde_json::Value = serde_json::from_slice(&har).unwrap();
    let log = &har["log"];
    assert_eq!((&log["version"], &log["creator"]["name"]), (&"1.2".into(), &"chatislav".into()));
    let first = &log["entries"][0];
    assert!(first["startedDateTime"].as_str().unwrap().ends_with('Z') && first["time"].is_number());
    let request = &first["request"];
    assert_eq!(request["httpVersion"], "HTTP/1.1");
    assert_eq!(request["url"], format!("http://{}/hook?a=%C3%A9&b=1+2&c", receiver.address));
    assert_eq!(request["postData"]["text"].as_str().unwrap().as_bytes(), A);
    assert_eq!(request["queryString"][0], serde_json::json!({"name": "a", "value": "é"}));
    assert_eq!(request["queryString"][1]["value"], "1+2");
    let names: Vec<_> = request["headers"].as_array().unwrap().iter().map(|pair| &pair["name"]).collect();
    assert_eq!(names[2..6], ["X-Zed", "x-aLPHA", "X-Zed", "X-Empty"]);
    assert_eq!((&request["bodySize"], &request["cookies"]), (&A.len().into(), &serde_json::json!([])));
    assert_eq!(
        (&first["response"]["status"], &first["response"]["statusText"]),
        (&503.into(), &"Service Unavailable".into())
    );
    assert!(first["cache"].is_object() && first["timings"]["wait"].is_number());
    assert_eq!(first["_chatislav"]["verdict"], "verified");
    assert_eq!(first["_chatislav"]["delivery"], a.delivery.unwrap().to_string());
    let second = &log["entries"][1];
    // By `printf … | base64`.
    assert_eq!(second["request"]["postData"]["text"], "//4AgCAnIiQoaWQpClwNIRs=");
    assert_eq!(second["request"]["postData"]["encoding"], "base64");
    assert_eq!(second["_chatislav"]["verdict"], "payload_not_json");
    let none = to_bytes(Format::Har, [] as [&Capture; 0], Options::default());
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&none).unwrap()["log"]["entries"], serde_json::json!([]));
}

#[tokio::test]
async fn ndjson_comes_back() {
    let receiver = start(verified("200")).await;
    let a = captured(&receiver, "POST /hook", HEADERS, A).await;
    let b = captured(&receiver, "POST /", HEADERS, B).await;
    let text = String::from_utf8(to_bytes(Format::Ndjson, [&*a, &*b], Options::default())).unwrap();
    let back: Vec<_> = text.lines().map(|line| journal::from_json(line).unwrap()).collect();
    assert_eq!((&back[0].head, &back[0].body), (&a.head, &a.body));
    assert_eq!((&back[1].head, &back[1].body, &back[1].verdict), (&b.head, &b.body, &b.verdict));
}

#[tokio::test]
async fn every_format_has_its_name() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert!("curl ".parse::<Format>().is_err());
    let receiver = start(verified("200")).await;
    exchange(receiver.address, "POST /", "", LEAD).await;
    let capture = receiver.journal.get(1).unwrap();
    let text = String::from_utf8(to_bytes(Format::Pytest, [capture], Options::default())).unwrap();
    assert!(text.contains(r#"assert refused.value.code == 'signature_missing'"#), "{text}");
}
