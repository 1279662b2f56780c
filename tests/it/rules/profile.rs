//! Senders' profiles: the retry table, delays, the hash.

use std::time::{Duration, UNIX_EPOCH};

use chatislav_webhooks::profile::{Class, Decision, Decisions, RetryAfter};
use chatislav_webhooks::sample::JsonStyle;
use chatislav_webhooks::target::classify;
use chatislav_webhooks::{CustomHeader, Delivery, Outcome, Phase, Profile, Schedule, Step};
use proptest::prelude::*;

fn blocked() -> Outcome {
    Outcome::Blocked(classify("10.0.0.1".parse().unwrap()).unwrap())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with(class: Class, decision: Decision) -> Decisions {
    Decisions::default().with(class, decision).unwrap()
}

/// How a first attempt ends.
fn ends(profile: &Profile, outcome: Outcome) -> &'static str {
    profile.step(1, outcome, None, UNIX_EPOCH, 0).name()
}

#[test]
fn the_built_in_profile_is_the_vendors_rule_for_every_status() {
    let chatislav = Profile::default();
    for status in 0..=999 {
        let outcome = Outcome::from_status(status);
        let expected = match status {
            200..=299 => "delivered",
            300..=499 => "failed",
            _ => "retry",
        };
        assert_eq!(ends(&chatislav, outcome), expected, "{status}");
        assert_eq!(chatislav.decisions.of(outcome) == Decision::Retry, outcome.is_retried(), "{status}");
        assert_eq!(chatislav.consequence(outcome), outcome.consequence());
    }
    for phase in [Phase::Dns, Phase::Connect, Phase::Tls, Phase::Write, Phase::Headers, Phase::Body] {
        assert_eq!(ends(&chatislav, Outcome::RequestError(phase)), "retry");
        assert_eq!(ends(&chatislav, Outcome::Timeout(phase)), "retry");
    }
    assert_eq!(ends(&chatislav, blocked()), "blocked");
}

#[test]
fn a_profile_flips_what_it_names_and_nothing_else() {
    for (class, decision, flipped, step, words) in [
        (Class::Statuses(429, 429), Decision::Retry, 429..=429, "retry", "429: retried, by the profile x"),
        (Class::Statuses(409, 410), Decision::Success, 409..=410, "delivered", "409: delivered, by the profile x"),
        (Class::Statuses(500, 599), Decision::Fail, 500..=599, "failed", "500: final, not retried, by the profile x"),
        (Class::Statuses(300, 499), Decision::Retry, 300..=499, "retry", "300: retried, by the profile x"),
    ] {
        let profile = Profile { name: "x".to_owned(), decisions: with(class, decision), ..Profile::default() };
        for status in 0..=999 {
            let outcome = Outcome::from_status(status);
            let expected = if flipped.contains(&status) { step } else { ends(&Profile::default(), outcome) };
            assert_eq!(ends(&profile, outcome), expected, "{class} {status}");
        }
        assert_eq!(profile.consequence(Outcome::from_status(*flipped.start())), words);
        assert_eq!(profile.consequence(Outcome::Timeout(Phase::Dns)), "timeout: retried");
    }
    let decisions = with(Class::RequestError, Decision::Fail);
    let profile = Profile { decisions, ..Profile::default() };
    // A status that is no valid answer is a request error.
    for outcome in [Outcome::RequestError(Phase::Dns), Outcome::from_status(600), Outcome::from_status(101)] {
        assert_eq!(ends(&profile, outcome), "failed");
        assert_eq!(
            profile.consequence(outcome),
            "request error: final, not retried, by the profile chatislav",
            "{outcome:?}"
        );
    }
    // Also one that somebody made by hand.
    assert_eq!(ends(&profile, Outcome::ServerError(600)), "failed");
    assert_eq!(ends(&profile, Outcome::Timeout(Phase::Dns)), "retry");
    let profile = Profile { decisions: with(Class::Timeout, Decision::Fail), ..Profile::default() };
    assert_eq!(ends(&profile, Outcome::Timeout(Phase::Dns)), "failed");
    assert_eq!(ends(&profile, Outcome::RequestError(Phase::Dns)), "retry");
}

#[test]
fn no_table_retries_a_success_or_sends_to_a_blocked_target() {
    for (class, decision, words) in [
        (Class::Statuses(200, 200), Decision::Retry, "a 2xx is success"),
        (Class::Statuses(299, 400), Decision::Fail, "a 2xx is success"),
        (Class::RequestError, Decision::Success, "a request-error is no success"),
        (Class::Timeout, Decision::Success, "a timeout is no success"),
        (Class::Statuses(199, 250), Decision::Success, "statuses go from 200 to 599"),
        (Class::Statuses(500, 600), Decision::Retry, "statuses go from 200 to 599"),
        (Class::Statuses(504, 500), Decision::Retry, "504-500 has no status in it"),
    ] {
        let error = Decisions::default().with(class, decision).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
    assert!("blocked".parse::<Class>().unwrap_err().to_string().starts_with("a blocked target is final"));
    let wild = with(Class::Statuses(300, 599), Decision::Retry);
    let profile =
        Profile { decisions: wild, retry_after: RetryAfter::Raise { cap: seconds(60) }, ..Profile::default() };
    for attempt in 0..9 {
        assert_eq!(profile.step(attempt, blocked(), Some(seconds(9)), UNIX_EPOCH, 7), Step::Blocked);
        assert_eq!(profile.step(attempt, Outcome::Success(202), None, UNIX_EPOCH, 7), Step::Delivered);
    }
    assert_eq!(profile.consequence(blocked()), "blocked: final, no request was made");
}

#[test]
fn a_table_is_told_in_as_few_classes_as_possible() {
    let shown = |decisions: Decisions| {
        let classes = decisions.classes();
        classes.iter().map(|(class, decision)| format!("{class} {}", decision.name())).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(with(Class::Statuses(429, 429), Decision::Retry)),
        [
            "200-299 success",
            "300-428 fail",
            "429 retry",
            "430-499 fail",
            "500-599 retry",
            "request-error retry",
            "timeout retry"
        ]
    );
    assert_eq!(
        shown(with(Class::Statuses(300, 599), Decision::Success)),
        ["200-599 success", "request-error retry", "timeout retry"]
    );
}

#[test]
fn a_delivery_goes_on_where_another_process_left_it() {
    let profile = Profile::from(Schedule { jitter_percent: 0, ..Schedule::default() });
    let mut delivery = Delivery::resumed(profile.clone(), 4);
    assert_eq!((delivery.attempts(), delivery.max_attempts(), profile.max_attempts()), (4, 6, 6));
    let last = Step::Retry { at: UNIX_EPOCH + seconds(3_600), delay: seconds(3_600) };
    assert_eq!(delivery.step(Outcome::ServerError(503), UNIX_EPOCH, 0), last);
    assert_eq!(delivery.step(Outcome::ServerError(503), UNIX_EPOCH, 0), Step::Exhausted);
    for attempts in [6, u32::MAX] {
        assert_eq!(Delivery::resumed(profile.clone(), attempts).step(blocked(), UNIX_EPOCH, 0), Step::Blocked);
        let mut late = Delivery::resumed(profile.clone(), attempts);
        assert_eq!(late.step(Outcome::ServerError(503), UNIX_EPOCH, 0), Step::Exhausted);
        assert_eq!(late.step(Outcome::Success(200), UNIX_EPOCH, 0), Step::Exhausted, "the end stays");
    }
}

#[test]
fn retry_after_raises_a_delay_up_to_its_cap() {
    let schedule = Schedule { delays: vec![seconds(30)], jitter_percent: 0, time_scale: 1.0 };
    let raising = Profile { retry_after: RetryAfter::Raise { cap: seconds(100) }, ..schedule.clone().into() };
    let delay = |profile: &Profile, asked: Option<u64>| match profile.step(
        1,
        Outcome::ServerError(503),
        asked.map(seconds),
        UNIX_EPOCH,
        0,
    ) {
        Step::Retry { at, delay } if at == UNIX_EPOCH + delay => delay.as_secs_f64(),
        other => panic!("{other:?}"),
    };
    for (asked, expected) in [(None, 30.0), (Some(0), 30.0), (Some(29), 30.0), (Some(31), 31.0), (Some(101), 100.0)] {
        assert_eq!(delay(&raising, asked), expected, "{asked:?}");
        assert_eq!(delay(&Profile::from(schedule.clone()), asked), 30.0, "Chatislav's ignores it");
    }
    // The time scale is for all of it, and the longest delay of the schedule for the schedule alone.
    let mut quick = Profile { max_delay: Some(seconds(20)), ..raising };
    assert_eq!((delay(&quick, None), delay(&quick, Some(60))), (20.0, 60.0));
    quick.schedule.time_scale = 10.0;
    assert_eq!((delay(&quick, None), delay(&quick, Some(60))), (2.0, 6.0));
    // There is no retry that the schedule does not have.
    let exhausted = quick.step(2, Outcome::ServerError(503), Some(seconds(60)), UNIX_EPOCH, 0);
    assert_eq!(exhausted, Step::Exhausted);
}

proptest! {
    #[test]
    fn a_delay_stays_within_jitter_maximum_and_cap(
        delays in prop::collection::vec(0_u64..1_000_000, 1..9),
        attempt in 0_u32..12,
        jitter_percent in 0_u8..=100,
        max in prop::option::of(0_u64..1_000_000),
        cap in prop::option::of(0_u64..1_000_000),
        asked in prop::option::of(0_u64..10_000_000),
        entropy: u64,
    ) {
        let schedule =
            Schedule { delays: delays.iter().copied().map(seconds).collect(), jitter_percent, time_scale: 1.0 };
        let retry_after = cap.map_or(RetryAfter::Ignore, |cap| RetryAfter::Raise { cap: seconds(cap) });
        let ignoring = Profile { max_delay: max.map(seconds), ..Profile::from(schedule) };
        let profile = Profile { retry_after, ..ignoring.clone() };
        let outcome = Outcome::Timeout(Phase::Headers);
        let now = UNIX_EPOCH + seconds(entropy >> 40);
        let step = |profile: &Profile, asked: Option<u64>| {
            match profile.step(attempt, outcome, asked.map(seconds), now, entropy) {
                Step::Retry { at, delay } => {
                    assert_eq!(at, now + delay);
                    Some(delay)
                }
                end => {
                    assert_eq!(end, Step::Exhausted);
                    None
                }
            }
        };
        let scheduled = step(&ignoring, asked);
        let delay = step(&profile, asked);
        prop_assert_eq!(scheduled, step(&profile, None), "nothing asked is nothing raised");
        let in_schedule = attempt.checked_sub(1).and_then(|index| delays.get(index as usize));
        prop_assert_eq!(delay.is_some(), in_schedule.is_some());
        if let (Some(delay), Some(scheduled), Some(in_schedule)) = (delay, scheduled, in_schedule) {
            let max = max.map_or(f64::INFINITY, |max| max as f64);
            let (low, high) = (100 - jitter_percent, 100 + jitter_percent);
            let bound = |percent: u8| (*in_schedule as f64 * f64::from(percent) / 100.0).min(max);
            prop_assert!(scheduled.as_secs_f64() >= bound(low) - 1e-6, "{scheduled:?}");
            prop_assert!(scheduled.as_secs_f64() <= bound(high) + 1e-6, "{scheduled:?}");
            prop_assert!(delay >= scheduled, "a delay is never shortened");
            let granted = asked.zip(cap).map_or(Duration::ZERO, |(asked, cap)| seconds(asked.min(cap)));
            prop_assert!(delay >= granted);
            prop_assert!(delay == scheduled || delay == granted, "{delay:?}");
        }
    }
}

#[test]
fn the_built_in_profile_and_its_hash_are_pinned() {
    let text = "name = \"chatislav\"\njson-style = \"python\"\nredirect = \"never\"\n\n\
        [outcomes]\n200-299 = \"success\"\n300-499 = \"fail\"\n500-599 = \"retry\"\n\
        request-error = \"retry\"\ntimeout = \"retry\"\n\n\
        [schedule]\ndelays = [\"5s\", \"30s\", \"2m\", \"10m\", \"1h\"]\njitter-percent = 10\n\n\
        [retry-after]\npolicy = \"ignore\"\n\n[headers]\n";
    assert_eq!(Profile::chatislav().to_toml(), text);
    // By `sha256sum | cut -c1-16` on this text.
    assert_eq!(Profile::chatislav().hash(), "639c9abb9c5eab5e");
}

#[test]
fn every_field_changes_the_hash_and_what_is_no_policy_does_not() {
    let header = |name: &str, value: &str| CustomHeader::new(name, value).unwrap();
    let of = |change: &dyn Fn(&mut Profile)| {
        let mut profile = Profile::chatislav();
        change(&mut profile);
        profile.hash()
    };
    let raise = |cap| RetryAfter::Raise { cap: seconds(cap) };
    let mut hashes = vec![
        of(&|_| {}),
        of(&|profile| profile.name = "x".to_owned()),
        of(&|profile| profile.name = "x\"\\\n\u{1b}y".to_owned()),
        of(&|profile| profile.json_style = JsonStyle::Compact),
        of(&|profile| profile.decisions = with(Class::Statuses(429, 429), Decision::Retry)),
        of(&|profile| profile.decisions = with(Class::Statuses(428, 428), Decision::Retry)),
        of(&|profile| profile.decisions = with(Class::Statuses(429, 429), Decision::Success)),
        of(&|profile| profile.decisions = with(Class::RequestError, Decision::Fail)),
        of(&|profile| profile.decisions = with(Class::Timeout, Decision::Fail)),
        of(&|profile| profile.schedule.delays[0] = Duration::from_nanos(5_000_000_001)),
        of(&|profile| profile.schedule.delays.truncate(4)),
        of(&|profile| profile.schedule.delays.clear()),
        of(&|profile| profile.schedule.jitter_percent = 11),
        of(&|profile| profile.max_delay = Some(seconds(3_600))),
        of(&|profile| profile.max_delay = Some(seconds(3_601))),
        of(&|profile| profile.retry_after = raise(3_600)),
        of(&|profile| profile.retry_after = raise(3_601)),
        of(&|profile| profile.headers = vec![header("x-a", "1")]),
        of(&|profile| profile.headers = vec![header("x-a", "2")]),
        of(&|profile| profile.headers = vec![header("x-b", "1")]),
        of(&|profile| profile.headers = vec![header("x-a", "1"), header("x-b", "1")]),
    ];
    let count = hashes.len();
    assert!(hashes.iter().all(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())));
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);

    assert_eq!(of(&|profile| profile.schedule.time_scale = 60.0), Profile::chatislav().hash());
    let one = of(&|profile| profile.headers = vec![header("x-b", "1"), header("X-A", "1")]);
    assert_eq!(one, of(&|profile| profile.headers = vec![header("x-a", "1"), header("X-B", "1")]));
}

#[test]
fn the_users_own_headers_win() {
    let header = |name: &str, value: &str| CustomHeader::new(name, value).unwrap();
    let headers = vec![header("user-agent", "profile"), header("x-sender", "profile")];
    let profile = Profile { headers, ..Profile::default() };
    let own = [header("User-Agent", "own"), header("X-B", "1"), header("x-b", "2")];
    let with: Vec<_> = profile.headers_with(&own).iter().map(|h| format!("{} {}", h.name(), h.value())).collect();
    assert_eq!(with, ["x-sender profile", "User-Agent own", "X-B 1", "x-b 2"]);
}
