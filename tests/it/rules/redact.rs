//! What is left of a payload that is shared.

use std::time::UNIX_EPOCH;

use chatislav_webhooks::redact::{is_shared_header, redact};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::event::verified;
use super::properties::any_json;
use super::vectors::{Literal, read};

#[test]
fn redact_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        body: Literal,
        expect: Expect,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expect {
        Shared(String),
        Refused { error: String, path: String },
    }
    for Case { why, body, expect } in read("redact.json") {
        match (redact(&body.bytes()), expect) {
            (Ok(shared), Expect::Shared(expected)) => {
                assert_eq!(String::from_utf8(shared).unwrap(), expected, "{why}");
            }
            (Err(error), Expect::Refused { error: code, path }) => {
                assert_eq!((error.code(), error.path()), (code.as_str(), Some(path.as_str())), "{why}");
                assert!(!error.to_string().contains("Ann"), "{why}: {error}");
            }
            (Ok(_), Expect::Refused { .. }) => panic!("{why}: it is redacted"),
            (Err(error), Expect::Shared(_)) => panic!("{why}: {error}"),
        }
    }
}

#[test]
fn every_sample_is_still_an_event_of_its_kind() {
    for sample in [Sample::lead_collection(UNIX_EPOCH, 1), Sample::conversation_summary(UNIX_EPOCH, 1)] {
        for style in [JsonStyle::Python, JsonStyle::Compact] {
            let body = sample.to_body(style);
            let shared = redact(&body).unwrap();
            let (before, after) = (verified(&body).unwrap(), verified(&shared).unwrap());
            assert_eq!((before.event(), before.timestamp()), (after.event(), after.timestamp()));
        }
    }
}

#[test]
fn headers_that_may_be_credentials_are_known() {
    for name in [
        "authorization",
        "Authorization",
        "proxy-authorization",
        "cookie",
        "Set-Cookie",
        "x-api-key",
        "API-Key",
        "x-auth-token",
        "X-CSRF-Token",
        "x-amz-security-token",
        "client-secret",
        "x-password",
        "x-apikey",
        "x-my-gate",
        "from",
        "referer",
        "location",
        "x-original-url",
        "",
    ] {
        assert!(!is_shared_header(name), "{name}");
    }
    for name in ["x-chatislav-signature", "Content-Type", "user-agent", "host", "accept"] {
        assert!(is_shared_header(name), "{name}");
    }
}

/// What is to be left of a value in which nothing stays, made by another parser.
fn private(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::from("redacted"),
        Value::Number(_) => Value::from(0),
        Value::Array(items) => items.iter().map(private).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), private(value))).collect(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn nothing_private_is_left_and_nothing_else_is_gone(value in any_json()) {
        let body = serde_json::to_vec_pretty(&serde_json::json!({ "a": value })).unwrap();
        let escaped = Sample::from_json(&body).unwrap().to_body(JsonStyle::Python);
        for body in [body, escaped] {
            let shared = redact(&body).unwrap();
            let expected = private(&serde_json::from_slice(&body).unwrap());
            prop_assert_eq!(serde_json::from_slice::<Value>(&shared).unwrap(), expected);
            let lines = |text: &[u8]| text.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(lines(&shared), lines(&body));
            // What is shared holds nothing that would be taken out again.
            prop_assert_eq!(redact(&shared).unwrap(), shared);
        }
    }

    #[test]
    fn any_bytes_are_redacted_or_refused_as_events_are(body in "[\\[\\]{}:,\"a0 \\\\tu-]{0,24}") {
        let is_json = serde_json::from_str::<Value>(&body).is_ok();
        prop_assert_eq!(redact(body.as_bytes()).is_ok(), is_json, "{}", body);
    }

    #[test]
    fn no_bytes_are_too_odd(body in any::<Vec<u8>>()) {
        let _ = redact(&body);
    }
}
