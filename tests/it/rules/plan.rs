//! The plan language.

use std::collections::HashMap;
use std::time::Duration;

use chatislav_webhooks::DeliveryKey;
use chatislav_webhooks::plan::{CounterKey, Counters, Facts, Plan, Preset};
use serde::Deserialize;

use super::vectors::read;

#[test]
fn plan_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        plan: String,
        expect: Expect,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expect {
        Outcomes(Vec<String>),
        Error { at: usize, message: String },
    }
    for Case { why, plan: text, expect } in read("plan.json") {
        match (Plan::parse(&text), expect) {
            (Ok(plan), Expect::Outcomes(expected)) => {
                let outcomes: Vec<_> = (0..).take(expected.len()).map(|count| outcome(&plan, count, 0)).collect();
                assert_eq!(outcomes, expected, "{why}: {text}");
            }
            (Err(error), Expect::Error { at, message }) => {
                assert_eq!(error.at(), at, "{why}: {error}");
                assert!(error.message().contains(&message), "{why}: {error}");
            }
            (Ok(_), Expect::Error { .. }) => panic!("{why}: {text} parses"),
            (Err(error), Expect::Outcomes(_)) => panic!("{why}: {error}"),
        }
    }
}

fn outcome(plan: &Plan, count: u64, entropy: u64) -> String {
    let played = plan.play(0, count, entropy).unwrap();
    let wait = if played.wait.is_zero() { String::new() } else { format!("wait({:?}) ", played.wait) };
    let sticks = if played.sticks { " sticks" } else { "" };
    format!("{wait}{} {}/{}{sticks}", played.action, played.step, played.of)
}

#[test]
fn presets_mean_what_they_say() {
    for preset in Preset::ALL {
        let (named, spelt) = (Plan::parse(preset.name()).unwrap(), Plan::parse(preset.plan()).unwrap());
        assert_eq!(named.is_random(), spelt.is_random(), "{}", preset.name());
        for count in 0..5 {
            let (named, spelt) = (named.play(0, count, 5).unwrap(), spelt.play(0, count, 5).unwrap());
            assert_eq!((named.step, named.of), (spelt.step, spelt.of), "{}", preset.name());
        }
    }
}

#[test]
fn conditions_choose_a_branch() {
    let plan = Plan::parse(
        r#"when(path=/a*,!method=PUT) 404; when(event="a b") 503; when(unsigned) 403; when(refused) 400; when(verdict=verified) 201; else 200"#,
    )
    .unwrap();
    let facts = Facts { method: "POST", path: "/", event: "", verdict: "verified" };
    for (facts, branch) in [
        (Facts { path: "/abc", ..facts }, 0),
        (Facts { path: "/abc", method: "PUT", ..facts }, 4),
        (Facts { event: "a b", ..facts }, 1),
        (Facts { verdict: "signature_missing", ..facts }, 2),
        (Facts { verdict: "unsigned", ..facts }, 2),
        (Facts { verdict: "signature_mismatch", ..facts }, 3),
        (facts, 4),
    ] {
        assert_eq!(plan.branch(&facts), branch, "{facts:?}");
    }
    let conditions: Vec<_> = plan.conditions().map(Option::unwrap_or_default).collect();
    assert_eq!(conditions[0], "path=/a*,!method=PUT");
    assert_eq!(conditions[1], "event=\"a b\"");
    assert_eq!(conditions[5], "");
}

#[test]
fn weights_are_kept_to() {
    let plan = Plan::parse("200:8|500:2").unwrap();
    let mut counts: HashMap<String, u32> = HashMap::new();
    for number in 0..10_000 {
        let key = CounterKey::of_name(&number.to_string(), true);
        *counts.entry(outcome(&plan, 0, key.entropy(7, 0))).or_default() += 1;
    }
    assert_eq!(counts.len(), 2);
    assert!((7_800..8_200).contains(&counts["200 1/1 sticks"]), "{counts:?}");
}

#[test]
fn a_seed_gives_the_same_answers_everywhere() {
    // By Python's hashlib and SplitMix64 as its authors published it.
    let key = CounterKey::of_name("x", true);
    assert_eq!(key.entropy(7, 0), 17585827754683393829);
    assert_eq!(key.entropy(7, 1), 11542295597568687229);
    assert_eq!(key.entropy(8, 0), 15503594147779417224);
    assert_eq!(CounterKey::of_name("x", false).entropy(7, 0), 16751013976880476691);
    assert_eq!(key.in_branch(1).entropy(7, 0), 1231863565993795148);
    assert_eq!(CounterKey::of_name("y", true).entropy(7, 0), 2430946986071098616);
    let plan = Plan::parse("flaky").unwrap();
    let statuses = (0..12).map(|count| plan.play(0, 0, key.entropy(42, count)).unwrap().action.to_string());
    assert_eq!(statuses.collect::<Vec<_>>().join(" "), "200 503 503 200 200 503 200 200 503 503 200 200");
}

#[test]
fn a_wait_is_drawn_from_its_range() {
    let plan = Plan::parse("wait(50ms..2s) 200").unwrap();
    let waits: Vec<_> = (0..1_000)
        .map(|count| plan.play(0, 0, CounterKey::of_name("x", true).entropy(1, count)).unwrap().wait)
        .collect();
    let (low, high) = (Duration::from_millis(50), Duration::from_secs(2));
    assert!(waits.iter().all(|wait| (low..=high).contains(wait)));
    assert!(waits.iter().any(|wait| *wait < low * 4) && waits.iter().any(|wait| *wait > high - low * 4));
}

#[test]
fn a_seed_in_the_plan_is_told() {
    assert_eq!(Plan::parse("seed=42; 200|503").unwrap().seed(), Some(42));
    assert_eq!(Plan::parse("200").unwrap().seed(), None);
}

#[test]
fn the_error_points_at_the_place() {
    let error = Plan::parse("503x2,\u{7}é").unwrap_err();
    assert_eq!(error.to_string().lines().nth(1), Some(r"  503x2,\u{7}é"));
    assert_eq!(error.to_string().lines().nth(2), Some("        ^"));
}

#[test]
fn too_much_of_anything_is_refused() {
    assert!(Plan::parse(&"200,".repeat(20_000)).is_err());
    let nested = |depth: usize| format!("{}200{}", "loop(".repeat(depth), ")".repeat(depth));
    assert!(Plan::parse(&nested(16)).is_ok());
    assert!(Plan::parse(&nested(17)).is_err());
    assert!(Plan::parse(&nested(10_000)).is_err());
}

#[test]
fn counters_are_bounded_and_kept_apart() {
    let key = |name: &str, verified| CounterKey::of_delivery(DeliveryKey::of(name.as_bytes()), verified);
    let mut counters = Counters::new(2);
    assert_eq!([0; 3].map(|_| counters.next(key("a", true))), [0, 1, 2]);
    assert_eq!(counters.next(key("b", true)), 0);
    // A flood of forged requests pushes out none of the good.
    for number in 0..100 {
        assert_eq!(counters.next(key(&number.to_string(), false)), 0);
    }
    assert_eq!((counters.next(key("a", true)), counters.next(key("a", false))), (3, 0));
    // The oldest goes first.
    assert_eq!(counters.next(key("c", true)), 0);
    assert_eq!(counters.next(key("b", true)), 1);
    assert_eq!(counters.next(key("a", true)), 0);
    // Branches count for themselves.
    assert_eq!(Counters::new(9).next(key("a", true).in_branch(1)), 0);
}
