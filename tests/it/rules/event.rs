//! JSON, events: what was said.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use chatislav_webhooks::{DeliveryKey, Event, Webhook};
use serde::Deserialize;

use super::timestamp::micros;
use super::vectors::{Literal, read};
use crate::support::{LEAD, SECRET};

/// Signs, verifies, reads. The verdict alone is the same.
pub(super) fn verified(body: &[u8]) -> Result<Event, chatislav_webhooks::Error> {
    let webhook = Webhook::new(SECRET).unwrap();
    let signature = webhook.sign(body).to_string();
    let verified = webhook.verify(body, [("x-chatislav-signature", &signature)]);
    match (webhook.judge(body, [("x-chatislav-signature", &signature)]), &verified) {
        (Ok(verdict), Ok(event)) => {
            assert_eq!((verdict.event(), verdict.secret_index()), (event.event(), event.secret_index()));
        }
        (Err(judged), Err(error)) => assert_eq!(&judged, error),
        (judged, verified) => panic!("{judged:?}, and {verified:?}"),
    }
    verified
}

#[test]
fn event_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        body: Literal,
        expect: String,
        path: Option<String>,
        event: Option<String>,
        timestamp: Option<String>,
        sent_at: Option<i64>,
        messages: Option<String>,
        subject: Option<String>,
        form: Option<HashMap<String, String>>,
    }
    for case in read::<Case>("event.json") {
        let (why, body) = (&case.why, case.body.bytes());
        let event = match verified(&body) {
            Ok(event) => event,
            Err(error) => {
                assert_eq!(error.code(), case.expect, "{why}");
                if case.path.is_some() {
                    assert_eq!(error.path(), case.path.as_deref(), "{why}");
                }
                continue;
            }
        };
        let (kind, subject) = match &event {
            Event::ConversationSummary(event) => ("conversation_summary", Some(event.summary())),
            Event::LeadCollection(event) => ("lead_collection", Some(event.data())),
            Event::Unknown(_) => ("unknown", None),
        };
        assert_eq!(kind, case.expect, "{why}");
        assert_eq!(event.raw(), body, "{why}");
        assert_eq!(event.payload().as_str(), std::str::from_utf8(&body).unwrap().trim(), "{why}");
        assert_eq!(event.timestamp().as_deref(), case.timestamp.as_deref(), "{why}");
        assert_eq!(event.sent_at().map(micros), case.sent_at, "{why}");
        assert_eq!(event.messages().map(|json| json.as_str()), case.messages.as_deref(), "{why}");
        if let Some(name) = case.event {
            assert_eq!(event.event(), name, "{why}");
        }
        if case.subject.is_some() {
            assert_eq!(subject.map(|json| json.as_str()), case.subject.as_deref(), "{why}");
        }
        if let (Some(expected), Event::LeadCollection(lead)) = (case.form, &event) {
            let form: HashMap<_, _> =
                lead.form().into_iter().map(|(name, value)| (name.into_owned(), value.as_str().to_owned())).collect();
            assert_eq!(form, expected, "{why}");
        }
    }
}

#[test]
fn an_event_is_stale_beyond_its_age_and_ahead_of_its_time() {
    let event = verified(br#"{"event": "x", "timestamp": "2026-06-23T12:00:00.000000"}"#).unwrap();
    let sent = event.sent_at().unwrap();
    let check = |max_age: u64, seconds: i64, expected: &str| {
        let offset = Duration::from_secs(seconds.unsigned_abs());
        let now = if seconds < 0 { sent - offset } else { sent + offset };
        let fresh = event.require_fresh(Duration::from_secs(max_age), now);
        assert_eq!(fresh.map_or_else(|error| error.code(), |()| "fresh"), expected, "{max_age} {seconds}");
    };
    check(300, 0, "fresh");
    check(300, 300, "fresh");
    check(300, 301, "event_stale");
    check(0, 0, "fresh");
    check(0, 1, "event_stale");
    // Clocks differ, but not by more than five minutes.
    check(0, -300, "fresh");
    check(0, -301, "event_stale");
    check(86_400, -301, "event_stale");
}

#[test]
fn what_has_no_readable_time_cannot_be_fresh() {
    for body in
        [&br#"{"event": "x"}"#[..], br#"{"event": "x", "timestamp": 5}"#, br#"{"event": "x", "timestamp": "now"}"#]
    {
        let error = verified(body).unwrap().require_fresh(Duration::MAX, UNIX_EPOCH).unwrap_err();
        assert_eq!((error.code(), error.path()), ("payload_invalid", Some("timestamp")));
    }
}

#[test]
fn verify_fresh_is_both() {
    let webhook = Webhook::new(SECRET).unwrap();
    let body = br#"{"event": "x", "timestamp": "1970-01-01T00:00:00"}"#;
    let headers = [("x-chatislav-signature", webhook.sign(body).to_string())];
    let minute = Duration::from_secs(60);
    assert!(webhook.verify_fresh(body, &headers, minute, UNIX_EPOCH + minute).is_ok());
    let stale = webhook.verify_fresh(body, &headers, minute, UNIX_EPOCH + minute * 2).unwrap_err();
    assert_eq!(stale.code(), "event_stale");
    let forged = webhook.verify_fresh(b"{}", &headers, minute, UNIX_EPOCH).unwrap_err();
    assert_eq!(forged.code(), "signature_mismatch");
}

#[test]
fn a_delivery_key_is_the_hash_of_the_body() {
    // printf '{"event": "lead_collection", "data": {}}' | sha256sum
    let expected = "f0912178ee1d567465189ccd1078dd19937e6c73bec55b0fb92573de8722c4e7";
    assert_eq!(verified(LEAD).unwrap().delivery_key().to_string(), expected);
    assert_eq!(DeliveryKey::of(LEAD).to_string(), expected);
}

#[test]
fn a_model_of_the_callers_is_read_or_refused() {
    #[derive(Debug, Deserialize)]
    struct Lead<'a> {
        bot_id: u64,
        bot_name: &'a str,
    }
    let read = |body: &str| match verified(body.as_bytes()).unwrap() {
        Event::LeadCollection(lead) => lead.data().parse::<Lead<'_>>().map(|lead| (lead.bot_id, lead.bot_name.len())),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(r#"{"event": "lead_collection", "data": {"bot_id": 7, "bot_name": "Ada", "new": 1}}"#), Ok((7, 3)));
    let error = read(r#"{"event": "lead_collection", "data": {"bot_id": "hunter2"}}"#).unwrap_err();
    assert_eq!((error.code(), error.http_status()), ("schema_mismatch", 500));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_payload_is_walked_without_losing_anything() {
    let event =
        verified(r#"{"event": "x", "a": {"n": [1.0, 12345678901234567890, "é\n"], "n2": -5}}"#.as_bytes()).unwrap();
    let a = event.payload().get("a").unwrap();
    let items: Vec<_> = a.get("n").unwrap().items().map(|json| json.as_str()).collect();
    assert_eq!(items, ["1.0", "12345678901234567890", "\"é\\n\""]);
    assert_eq!(a.get("n2").unwrap().as_i64(), Some(-5));
    assert_eq!(a.get("n").unwrap().items().last().unwrap().as_string().as_deref(), Some("é\n"));
    assert_eq!(a.get("n").unwrap().items().nth(1).unwrap().as_i64(), None);
    assert!(a.get("nothing").is_none() && a.items().next().is_none());
}
