//! The filter language for captured requests.

use std::time::Duration;

use chatislav_webhooks::DeliveryKey;
use chatislav_webhooks::filter::{Closest, Facts, Filter};
use proptest::prelude::*;
use serde::Deserialize;

use super::vectors::{Literal, read};

const BODY: &str = r#"{"event": "lead_collection", "data": {"name": "Ann \u00e9", "note": "a*b, \"c\""}}"#;
const HEADERS: [(&str, &[u8]); 5] =
    [("user-agent", b"curl/8.5.0"), ("X-Twice", b"a"), ("x-twice", b"b"), ("x-empty", b""), ("x-bytes", b"\xff\xfe=")];

/// A request with a wrong signature, answered at the second attempt.
fn facts() -> Facts<'static> {
    Facts {
        id: "r12",
        method: "POST",
        target: "/hooks/chatislav?team=a&x=1",
        event: "lead_collection",
        verdict: "signature_mismatch",
        status: Some(401),
        delivery: Some(DeliveryKey::of(BODY.as_bytes())),
        attempt: 2,
        secret: None,
        step: None,
        end: "answered",
        duration: Duration::from_micros(12_500),
        headers: &HEADERS,
        body: BODY.as_bytes(),
    }
}

#[test]
fn filter_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        filter: String,
        #[serde(default)]
        facts: Changes,
        expect: Expect,
    }
    /// What differs from the request of [`facts`].
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Changes {
        target: Option<String>,
        event: Option<String>,
        verdict: Option<String>,
        #[serde(default, with = "there")]
        status: Option<Option<u16>>,
        delivery: Option<bool>,
        secret: Option<usize>,
        step: Option<(u64, u64)>,
        body: Option<Literal>,
    }
    /// A null is there, too.
    mod there {
        use serde::{Deserialize, Deserializer};

        pub(super) fn deserialize<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<u16>>, D::Error> {
            Option::deserialize(field).map(Some)
        }
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expect {
        Matches(bool),
        Error { at: usize, message: String },
    }
    for Case { why, filter: text, facts: changes, expect } in read("filter.json") {
        let body = changes.body.map(|body| body.bytes());
        let base = facts();
        let facts = Facts {
            target: changes.target.as_deref().unwrap_or(base.target),
            event: changes.event.as_deref().unwrap_or(base.event),
            verdict: changes.verdict.as_deref().unwrap_or(base.verdict),
            status: changes.status.unwrap_or(base.status),
            delivery: base.delivery.filter(|_| changes.delivery != Some(false)),
            secret: changes.secret,
            step: changes.step,
            body: body.as_deref().unwrap_or(base.body),
            ..base
        };
        match (Filter::parse(&text), expect) {
            (Ok(filter), Expect::Matches(expected)) => {
                assert_eq!(filter.matches(&facts), expected, "{why}: {text}");
                assert_eq!(filter.misses(&facts).is_empty(), expected, "{why}: {text}");
            }
            (Err(error), Expect::Error { at, message }) => {
                assert_eq!(error.at(), at, "{why}: {error}");
                assert!(error.message().contains(&message), "{why}: {error}");
            }
            (Ok(_), Expect::Error { .. }) => panic!("{why}: {text} parses"),
            (Err(error), Expect::Matches(_)) => panic!("{why}: {error}"),
        }
    }
}

#[test]
fn a_term_is_shown_as_it_was_written() {
    let filter = Filter::parse(" status:401,5xx\t!header:X-A=\"b c\"*  \"text\" !verified x,refused").unwrap();
    let terms: Vec<_> = filter.terms().iter().map(|term| (term.to_string(), term.key())).collect();
    let expected = [
        ("status:401,5xx", "status"),
        ("!header:X-A=\"b c\"*", "header"),
        ("\"text\"", "text"),
        ("!verified", "verdict"),
        ("x,refused", "text"),
    ];
    assert_eq!(terms, expected.map(|(text, key)| (text.to_owned(), key)));
    assert_eq!(filter.to_string(), "status:401,5xx !header:X-A=\"b c\"* \"text\" !verified x,refused");
    assert!(!filter.is_empty() && Filter::parse(" ").unwrap().is_empty() && Filter::default().is_empty());
    let missed: Vec<_> = filter.misses(&facts()).iter().map(|term| term.key()).collect();
    assert_eq!(missed, ["text"]);
}

#[test]
fn the_error_points_at_the_place() {
    let error = Filter::parse("event:é status:abc").unwrap_err().to_string();
    let lines: Vec<_> = error.lines().collect();
    assert!(lines[0].starts_with("expected a status"), "{error}");
    assert_eq!(&lines[1..], ["  event:é status:abc", "                 ^"]);
}

#[test]
fn the_closest_is_the_one_with_the_fewest_misses() {
    let filter = Filter::parse("event:conversation_summary status:200 attempt:2 body:secret-marker").unwrap();
    let mut closest = Closest::default();
    assert_eq!(closest.near_miss(), None);
    let mut told = |facts: Facts<'_>| {
        closest.consider(&filter, &facts);
        closest.near_miss().map(|miss| format!("{} {miss}", miss.id()))
    };
    let matching = Facts { event: "conversation_summary", status: Some(200), body: b"secret-marker", ..facts() };
    assert_eq!(told(matching), None);
    let all = "r12 the closest differed in `event`, `status` and `body`";
    assert_eq!(told(facts()).as_deref(), Some(all));
    let two = Some("r13 the closest differed in `event` and `body`");
    assert_eq!(told(Facts { id: "r13", status: Some(200), ..facts() }).as_deref(), two);
    assert_eq!(told(facts()).as_deref(), two);
    let one = Some("r14 the closest differed in `body`");
    assert_eq!(told(Facts { id: "r14", body: b"marker", ..matching }).as_deref(), one);
    assert_eq!(told(Facts { id: "r15", ..matching }).as_deref(), one);
    // Of equals the last.
    assert_eq!(
        told(Facts { id: "r16", status: None, ..matching }).as_deref(),
        Some("r16 the closest differed in `status`")
    );
}

#[test]
fn what_differs_twice_is_told_once() {
    let filter = Filter::parse("body:x body:y !verified").unwrap();
    let mut closest = Closest::default();
    closest.consider(&filter, &Facts { verdict: "verified", ..Facts::default() });
    let miss = closest.near_miss().unwrap();
    assert_eq!(miss.to_string(), "the closest differed in `body` and `verdict`");
    assert_eq!(miss.keys(), ["body", "body", "verdict"]);
    // It is as far away as its terms are many.
    closest.consider(&filter, &Facts { body: b"x", id: "b", ..Facts::default() });
    assert_eq!(closest.near_miss().unwrap().to_string(), "the closest differed in `body`");
}

#[test]
fn too_much_of_anything_is_refused() {
    assert!(Filter::parse(&"a".repeat(4096)).is_ok());
    assert!(Filter::parse(&"a".repeat(4097)).is_err());
    assert!(Filter::parse(&"body:a ".repeat(64)).is_ok());
    assert!(Filter::parse(&"body:a ".repeat(65)).is_err());
    assert!(Filter::parse(&format!("id:a{}", ",a".repeat(63))).is_ok());
    assert!(Filter::parse(&format!("id:a{}", ",a".repeat(64))).is_err());
    assert!(Filter::parse(&format!("header:a{}", ",a".repeat(64))).is_err());
}

/// A search that begins again at each place compares sixteen billion bytes here, and one that goes
/// back to try other places for a wildcard does not end.
#[test]
fn bodies_made_to_be_slow_are_not() {
    let body = "a".repeat(8 << 20).into_bytes();
    for text in [format!("body:{}b", "a".repeat(2000)), format!("body:{}", "a*".repeat(1000) + "b")] {
        let filter = Filter::parse(&text).unwrap();
        assert!(!filter.matches(&Facts { body: &body, ..facts() }));
        // What is cheaper decides first.
        let filter = Filter::parse(&format!("{text} event:other")).unwrap();
        assert!(!filter.matches(&Facts { body: &body, ..facts() }));
    }
    let target = "a".repeat(8 << 10);
    let filter = Filter::parse(&format!("target:{}b", "a*".repeat(1000))).unwrap();
    assert!(!filter.matches(&Facts { target: &target, ..facts() }));
}

/// Wildcards as they are defined, with no thought for time.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|start| naive(rest, &text[start..])),
        Some((first, rest)) => text.first() == Some(first) && naive(rest, &text[1..]),
    }
}

proptest! {
    #[test]
    fn any_filter_parses_or_is_pointed_at(text in "(!|status:|event:|header:|x-a|=|5xx|>=1|none|,|\\*|\"|\\\\| |body:a|\\PC){0,12}") {
        match Filter::parse(&text) {
            Ok(filter) => {
                prop_assert_eq!(filter.matches(&facts()), filter.misses(&facts()).is_empty());
                let again = Filter::parse(&filter.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), filter.to_string());
                prop_assert_eq!(again.matches(&facts()), filter.matches(&facts()));
            }
            Err(error) => prop_assert!(text.is_char_boundary(error.at()), "{:?}", error),
        }
    }

    #[test]
    fn wildcards_mean_what_they_are_defined_as(pattern in "[ab*]{1,8}", text in "[ab]{0,10}") {
        let filter = Filter::parse(&format!("event:{pattern}")).unwrap();
        let expected = naive(pattern.as_bytes(), text.as_bytes());
        prop_assert_eq!(filter.matches(&Facts { event: &text, ..Facts::default() }), expected);
    }

    #[test]
    fn a_text_is_found_in_a_body_where_it_stands(needle in "[ab]{1,6}", body in "[ab]{0,40}") {
        let filter = Filter::parse(&format!("body:{needle}")).unwrap();
        let found = body.as_bytes().windows(needle.len()).any(|window| window == needle.as_bytes());
        prop_assert_eq!(filter.matches(&Facts { body: body.as_bytes(), ..Facts::default() }), found);
    }
}
