//! How the sender behaves, by what a receiver saw of one delivery.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::DeliveryKey;
use chatislav_webhooks::conduct::{Answered, BrokenRule, Conduct, Fault, Tried, content_key, gaps};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use proptest::prelude::*;
use serde::Deserialize;

use super::properties::any_json;
use super::vectors::{Literal, read};

#[test]
fn conduct_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        tries: Vec<Try>,
        expect: Expect,
    }
    /// Times in milliseconds; no status is no answer.
    #[derive(Deserialize)]
    struct Try {
        at: u64,
        took: u64,
        status: Option<u16>,
        #[serde(default = "body")]
        body: String,
        #[serde(default = "signature")]
        signature: Option<String>,
        #[serde(default = "secret")]
        secret: Option<usize>,
    }
    fn body() -> String {
        "a".into()
    }
    fn signature() -> Option<String> {
        Some("s".into())
    }
    fn secret() -> Option<usize> {
        Some(0)
    }
    #[derive(Deserialize)]
    struct Expect {
        state: String,
        next: String,
        faults: Vec<String>,
        gaps: Vec<u64>,
    }
    for Case { why, tries, expect } in read("conduct.json") {
        let tries: Vec<_> = tries
            .iter()
            .map(|each| Tried {
                at: UNIX_EPOCH + Duration::from_millis(each.at),
                took: Duration::from_millis(each.took),
                answered: each.status.map_or(Answered::Nothing, Answered::Status),
                delivery: DeliveryKey::of(each.body.as_bytes()),
                signature: each.signature.as_deref().map(str::as_bytes),
                secret: each.secret,
            })
            .collect();
        let conduct = Conduct::of(&tries);
        let faults: Vec<_> =
            conduct.faults.iter().map(|fault| format!("{} {}", fault.attempt, fault.rule.name())).collect();
        assert_eq!((conduct.state.name(), faults), (expect.state.as_str(), expect.faults), "{why}");
        assert_eq!(conduct.next.to_string(), expect.next, "{why}");
        let gaps: Vec<_> = gaps(&tries).collect();
        assert_eq!(gaps, expect.gaps.into_iter().map(Duration::from_millis).collect::<Vec<_>>(), "{why}");
    }
}

#[test]
fn each_answer_has_its_consequence() {
    for (answered, words) in [
        (Answered::Status(204), "204: delivered"),
        (Answered::Status(307), "307: final, redirects are not followed, this event is lost"),
        (Answered::Status(404), "404: final, this event is lost"),
        (Answered::Status(429), "429: final, this event is lost"),
        (Answered::Status(503), "503: Chatislav tries again"),
        (Answered::Status(999), "999: Chatislav tries again"),
        (Answered::Nothing, "no answer: Chatislav tries again"),
    ] {
        assert_eq!(answered.consequence(), words);
    }
}

#[test]
fn content_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        bodies: [Literal; 2],
        expect: String,
    }
    for Case { why, bodies, expect } in read("content.json") {
        let found = match bodies.map(|body| content_key(&body.bytes())) {
            [None, None] => "none",
            [Some(one), Some(other)] if one == other => "same",
            [Some(_), Some(_)] => "other",
            _ => "of one only",
        };
        assert_eq!(found, expect, "{why}");
    }
}

#[test]
fn a_content_key_is_as_it_was_defined() {
    // By Python's json, decimal and hashlib.
    for (body, key) in [
        (
            r#"{"event": "lead_collection", "data": {"b": [1.50, -20, null], "a": "\u00e9"}, "n": true}"#,
            "0b5eff05a70e36a892a3960ce9c0380e993f83b2e8a63df2f229860ce1adbe44",
        ),
        (r#"[[], {}, {"z": {"y": [0, 1e3]}}, ""]"#, "ef06fc931606fcf00c3745c5409ab4b4538fea8e8a730b212e69873a7a233114"),
    ] {
        assert_eq!(hex::encode(content_key(body.as_bytes()).unwrap()), key, "{body}");
    }
}

#[test]
fn content_as_deep_and_as_repeated_as_can_be_has_a_key() {
    let deep = |n: usize| format!("{}1{}", r#"{"a":["#.repeat(n), "]}".repeat(n));
    assert!(content_key(deep(64).as_bytes()).is_some());
    assert!(content_key(deep(65).as_bytes()).is_none());
    let repeated = format!("{{{}\"a\": 2}}", "\"a\": [{}], ".repeat(20_000));
    assert_eq!(content_key(repeated.as_bytes()), content_key(br#"{"a":2}"#));
}

#[test]
fn a_fault_says_what_the_rule_is() {
    for (rule, words) in [
        (BrokenRule::RetriedAfterSuccess, "a 2xx ends the delivery"),
        (BrokenRule::RetriedAfterRedirect, "a 3xx is final"),
        (BrokenRule::RetriedAfterClientError, "a 4xx is final"),
        (BrokenRule::Overlapped, "a retry waits for the answer"),
        (BrokenRule::BytesChanged, "a retry repeats the same bytes"),
        (BrokenRule::SignatureChanged, "under the same secret have the same signature"),
    ] {
        assert!(BrokenRule::ALL.contains(&rule));
        let shown = Fault { rule, attempt: 3 }.to_string();
        assert!(shown.starts_with("attempt 3: ") && shown.contains(words), "{shown}");
    }
}

/// Each attempt held against each before it, with no thought for time.
fn naive(tries: &[Tried<'_>]) -> Vec<(u64, &'static str)> {
    let mut faults = Vec::new();
    for (number, this) in tries.iter().enumerate() {
        let under_way = |before: &Tried<'_>| this.at >= before.at && this.at < before.at + before.took;
        let mut finals =
            tries[..number].iter().filter(|before| !under_way(before)).filter_map(|before| match before.answered {
                Answered::Status(200..=299) => Some("retried_after_success"),
                Answered::Status(300..=399) => Some("retried_after_redirect"),
                Answered::Status(400..=499) => Some("retried_after_client_error"),
                _ => None,
            });
        let overlaps = tries[..number].iter().any(under_way).then_some("overlapped");
        faults.extend(finals.next_back().into_iter().chain(overlaps).map(|name| (number as u64 + 1, name)));
    }
    faults
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis)
}

proptest! {
    #[test]
    fn retries_are_judged_as_they_are_defined(
        mut attempts in prop::collection::vec((0_u64..40, 0_u64..20, prop::option::of(prop::sample::select(vec![200_u16, 302, 404, 503]))), 0..8)
    ) {
        attempts.sort_by_key(|(start, _, _)| *start);
        let delivery = DeliveryKey::of(b"a");
        let tries: Vec<_> = attempts.into_iter().map(|(start, took, status)| Tried {
            at: at(start),
            took: Duration::from_millis(took),
            answered: status.map_or(Answered::Nothing, Answered::Status),
            delivery,
            signature: None,
            secret: None,
        }).collect();
        let found: Vec<_> = Conduct::of(&tries).faults.iter().map(|fault| (fault.attempt, fault.rule.name())).collect();
        prop_assert_eq!(found, naive(&tries));
    }

    #[test]
    fn the_way_of_writing_does_not_matter(value in any_json()) {
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        let sample = Sample::from_json(&pretty).unwrap();
        let key = content_key(&pretty);
        prop_assert!(key.is_some());
        prop_assert_eq!(content_key(&sample.to_body(JsonStyle::Python)), key);
        prop_assert_eq!(content_key(&sample.to_body(JsonStyle::Compact)), key);
    }
}
