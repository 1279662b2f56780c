//! Exports to share: nothing personal is left, and the verdict is the same.

use std::sync::Arc;

use chatislav_receiver::export::{Format, Options, Redaction, to_bytes};
use chatislav_receiver::{Capture, Mode};
use chatislav_webhooks::{DeliveryKey, Unsigned, Webhook};

use crate::support::{Running, SECRET, send, start, verified};

const THROW_AWAY: &str = "throw-away";

async fn captured(receiver: &Running, signatures: &[&str], body: &[u8]) -> Arc<Capture> {
    let before = receiver.journal.counts().0;
    let lines: String = signatures.iter().map(|value| format!("x-Chatislav-Signature: {value}\r\n")).collect();
    let head = format!(
        "POST /hook?respond=200(body=ok)&token=PRIVATE&PRIVATE HTTP/1.1\r\nHost: example.com\r\n\
         Connection: close\r\nAuthorization: Bearer PRIVATE\r\nX-Custom: PRIVATE\r\nX-Forwarded-For: 192.0.2.66\r\n\
         X-Gate: PRIVATE\r\nFrom: PRIVATE\r\nReferer: http://x/?PRIVATE\r\nAccept: kept\r\nContent-Length: {}\r\n{lines}\r\n",
        body.len()
    );
    send(receiver.address, &[head.as_bytes(), body].concat()).await;
    receiver.journal.get(before + 1).unwrap()
}

fn redaction() -> Redaction {
    Redaction::new(THROW_AWAY).unwrap().hiding("x-custom")
}

/// What a receiver with the throw-away secret says of it.
fn verdict(capture: &Capture) -> &'static str {
    let headers: Vec<_> = capture.headers().map(|(name, value)| (name.into_owned(), value.to_vec())).collect();
    match Webhook::new(THROW_AWAY).unwrap().verify(&capture.body, headers) {
        Ok(_) => "verified",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn the_verdict_is_the_same_and_nothing_personal_is_left() {
    let receiver = start(verified("200")).await;
    let lead =
        br#"{"event": "lead_collection", "data": {"form_data": [{"field": "email", "value": "PRIVATE"}], "n": 4711}}"#;
    let deep = [b"[".repeat(129), b"\"PRIVATE\"".to_vec(), b"]".repeat(129)].concat();
    let long = format!("{{\"event\": \"e\", \"PRIVATE\": {}}}", "4711".repeat(300));
    let sign = |body: &[u8]| Webhook::new(SECRET).unwrap().sign(body).to_string();
    let of_lead = sign(lead);
    let prefixed = format!("sha256={of_lead}");
    let twice = format!("{of_lead}, {of_lead}");
    let other = "ab".repeat(32);
    for (signatures, body, expected) in [
        (vec![&*of_lead], &lead[..], "verified"),
        (vec![&*twice, &*of_lead], lead, "verified"),
        (vec![], lead, "signature_missing"),
        (vec![" "], lead, "signature_missing"),
        (vec![&*prefixed], lead, "signature_malformed"),
        (vec![&of_lead[..63]], lead, "signature_malformed"),
        (vec![&*"PRIVATE=".repeat(8)], lead, "signature_malformed"),
        (vec![&*of_lead, &*other], lead, "signature_ambiguous"),
        (vec![&*prefixed, &*of_lead], lead, "signature_ambiguous"),
        (vec![&*other], lead, "signature_mismatch"),
        (vec![&*sign(b"PRIVATE\xFF")], b"PRIVATE\xFF", "payload_not_json"),
        (vec![&*sign(&deep)], &deep, "payload_too_deep"),
        (vec![&*sign(long.as_bytes())], long.as_bytes(), "payload_invalid"),
        (vec![&*sign(b"[\"PRIVATE\"]")], b"[\"PRIVATE\"]", "payload_invalid"),
    ] {
        let capture = captured(&receiver, &signatures, body).await;
        assert_eq!(capture.verdict, expected, "the request itself went wrong");
        let redacted = redaction().redact(&capture);
        assert_eq!((redacted.verdict.as_ref(), verdict(&redacted)), (expected, expected), "{signatures:?}");
        let head = String::from_utf8_lossy(&redacted.head).into_owned();
        let personal = [of_lead.as_str(), "PRIVATE", "4711", "192.0.2.66", "abab", "127.0.0.1"];
        let all = format!("{head}{}", String::from_utf8_lossy(&redacted.body));
        assert!(personal.iter().all(|text| !all.contains(text)) || long.as_bytes() == body, "{all}");
        assert!(head.contains("?respond=200(body=ok)&token=redacted&redacted HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Accept: kept\r\n") && head.contains("X-Custom: redacted\r\n"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", redacted.body.len())), "{head}");
        assert_eq!((redacted.peer, redacted.delivery), (None, Some(DeliveryKey::of(&redacted.body))));
        assert_eq!(redacted.reason, capture.reason);
        if expected == "verified" {
            assert_eq!(&redacted.answer.unwrap().body[..], b"xx");
        }
        if expected == "signature_mismatch" {
            assert!(head.contains(&"0".repeat(64)), "{head}");
        }
    }
}

#[tokio::test]
async fn no_format_shows_what_was_taken_out() {
    let receiver = start(verified("200")).await;
    let body = br#"{"event": "e", "x": "PRIVATE"}"#;
    let signature = Webhook::new(SECRET).unwrap().sign(body).to_string();
    let capture = captured(&receiver, &[&signature], body).await;
    send(receiver.address, b"PRIVATE\r\nPRIVATE : x\r\n\r\n").await;
    let malformed = receiver.journal.get(capture.number + 1).unwrap();
    let redaction = redaction();
    let options = Options { redaction: Some(&redaction), target: None };
    for format in Format::ALL {
        let text = String::from_utf8(to_bytes(format, [&*capture, &*malformed], options)).unwrap();
        assert!(!text.contains("PRIVATE") && !text.contains(&signature), "{text}");
        if !matches!(format, Format::Ndjson | Format::Har) {
            assert!(text.contains(THROW_AWAY), "{text}");
        }
        // Deterministic.
        assert!(text.as_bytes() == to_bytes(format, [&*capture, &*malformed], options));
    }
}

#[tokio::test]
async fn what_nobody_signed_stays_unsigned() {
    let config = chatislav_receiver::Config::new(Mode::Unsigned(Unsigned::new()));
    let receiver = start(config).await;
    let capture = captured(&receiver, &[], br#"{"event": "e", "x": "PRIVATE"}"#).await;
    let redacted = redaction().redact(&capture);
    assert_eq!((redacted.verdict.as_ref(), redacted.event.as_ref()), ("unsigned", "e"));
    assert_eq!(&redacted.body[..], br#"{"event": "e", "x": "redacted"}"#);
    let text = String::from_utf8(to_bytes(Format::Vitest, [&redacted], Options::default())).unwrap();
    assert!(text.contains("expect(unsigned.read(body, headers).event).toBe(\"e\")"), "{text}");
}
