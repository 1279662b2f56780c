//! Webhooks without a signature.

use chatislav_webhooks::Unsigned;

use crate::support::LEAD;

#[track_caller]
fn check(unsigned: &Unsigned, body: &[u8], headers: &[(&str, &str)], expected: &str) {
    let read = unsigned.read(body, headers).map_or_else(|error| error.code(), |_| "read");
    assert_eq!(read, expected, "{headers:?}");
}

#[test]
fn anything_that_is_an_event_is_read() {
    let unsigned = Unsigned::new();
    check(&unsigned, LEAD, &[], "read");
    check(&unsigned, LEAD, &[("x-chatislav-signature", "nonsense")], "read");
    check(&unsigned, b"{}", &[], "payload_invalid");
    check(&unsigned.clone().with_max_body(LEAD.len()), LEAD, &[], "read");
    check(&unsigned.with_max_body(LEAD.len() - 1), LEAD, &[], "body_too_large");
}

#[test]
fn a_required_header_is_the_only_protection_left() {
    let unsigned = Unsigned::new().require_header("Authorization", "Bearer a, b").unwrap();
    check(&unsigned, LEAD, &[("authorization", "Bearer a, b")], "read");
    check(&unsigned, LEAD, &[("AUTHORIZATION", " Bearer a, b\t"), ("authorization", "Bearer a, b")], "read");
    check(&unsigned, LEAD, &[], "signature_missing");
    check(&unsigned, LEAD, &[("authorization", "")], "signature_mismatch");
    check(&unsigned, LEAD, &[("authorization", "Bearer a")], "signature_mismatch");
    check(&unsigned, LEAD, &[("authorization", "bearer a, b")], "signature_mismatch");
    check(&unsigned, LEAD, &[("authorization", "Bearer a, b"), ("authorization", "x")], "signature_ambiguous");
    check(&unsigned, b"not json", &[], "signature_missing");
    assert!(!format!("{unsigned:?}").contains("Bearer"));
}

#[test]
fn a_header_that_everybody_has_protects_nothing() {
    assert_eq!(Unsigned::new().require_header("x", " ").unwrap_err().code(), "secret_blank");
    assert_eq!(Unsigned::new().require_header("", "x").unwrap_err().code(), "secret_blank");
}

#[test]
fn an_unverified_event_says_what_it_says() {
    let none: [(&str, &str); 0] = [];
    let body = br#"{"event": "lead_collection", "data": {"form_data": [{"field": "a", "value": 1}]}, "messages": []}"#;
    let event = Unsigned::new().read(body, none).unwrap();
    assert_eq!((event.event(), event.raw()), ("lead_collection", &body[..]));
    assert_eq!(event.form().get("a").map(|json| json.as_str()), Some("1"));
    assert!(event.data().is_some() && event.summary().is_none() && event.messages().is_some());

    let body = br#"{"event": "conversation_summary", "summary": {"title": "a"}, "data": {"form_data": []}}"#;
    let event = Unsigned::new().read(body, none).unwrap();
    assert_eq!(event.summary().map(|json| json.as_str()), Some(r#"{"title": "a"}"#));
    assert!(event.data().is_none() && event.form().is_empty() && event.messages().is_none());

    let event = Unsigned::new().read(br#"{"event": "x", "data": {}, "summary": {}}"#, none).unwrap();
    assert!(event.data().is_none() && event.summary().is_none());
}
