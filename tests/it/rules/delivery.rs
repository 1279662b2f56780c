//! Outcomes, schedules, deliveries.

use std::time::{Duration, UNIX_EPOCH};

use chatislav_webhooks::target::classify;
use chatislav_webhooks::{Delivery, Outcome, Phase, Schedule, Step, parse_duration, parse_size};
use serde::Deserialize;

use super::vectors::read;

fn delivery(seconds: &[u64]) -> Delivery {
    let delays = seconds.iter().copied().map(Duration::from_secs).collect();
    Delivery::new(Schedule { delays, jitter_percent: 0, time_scale: 1.0 })
}

#[test]
fn delivery_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        delays: Vec<u64>,
        outcomes: Vec<Told>,
        expect: Vec<String>,
    }
    for Case { why, delays, outcomes, expect } in read("delivery.json") {
        let mut delivery = delivery(&delays);
        let steps = outcomes.into_iter().map(|told| match delivery.step(told.outcome(), UNIX_EPOCH, 0) {
            Step::Retry { at, delay } => {
                assert_eq!(at, UNIX_EPOCH + delay, "{why}");
                format!("retry {}", delay.as_secs())
            }
            end => end.name().to_owned(),
        });
        assert_eq!(steps.collect::<Vec<_>>(), expect, "{why}");
    }
}

/// A status, or `blocked`, or `error` or `timeout` with its phase.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Status(u16),
    Words(String),
}

impl Told {
    fn outcome(&self) -> Outcome {
        let words = match self {
            Told::Status(status) => return Outcome::from_status(*status),
            Told::Words(words) => words,
        };
        let phase = |name: &str| PHASES.into_iter().find(|phase| phase.name() == name).unwrap();
        match words.split_once(' ') {
            None if words == "blocked" => Outcome::Blocked(classify("10.0.0.1".parse().unwrap()).unwrap()),
            Some(("error", name)) => Outcome::RequestError(phase(name)),
            Some(("timeout", name)) => Outcome::Timeout(phase(name)),
            _ => panic!("{words}"),
        }
    }
}

const PHASES: [Phase; 6] = [Phase::Dns, Phase::Connect, Phase::Tls, Phase::Write, Phase::Headers, Phase::Body];

#[test]
fn an_outcome_says_what_it_knows() {
    let blocked = Outcome::Blocked(classify("10.0.0.1".parse().unwrap()).unwrap());
    for (outcome, status, phase, words) in [
        (Outcome::from_status(200), Some(200), None, "2xx: delivered"),
        (Outcome::from_status(302), Some(302), None, "3xx: final"),
        (Outcome::from_status(429), Some(429), None, "4xx: final"),
        (Outcome::from_status(503), Some(503), None, "5xx: retried"),
        (Outcome::from_status(100), None, Some(Phase::Headers), "request error: retried"),
        (Outcome::Timeout(Phase::Tls), None, Some(Phase::Tls), "timeout: retried"),
        (blocked, None, None, "blocked: final"),
    ] {
        assert_eq!((outcome.status(), outcome.phase()), (status, phase), "{outcome:?}");
        assert!(outcome.consequence().starts_with(words), "{outcome:?}");
        assert_eq!(outcome.is_retried(), words.ends_with("retried"), "{outcome:?}");
    }
}

#[test]
fn retries_follow_the_schedule_from_the_end_of_each_attempt() {
    let mut delivery = delivery(&[5, 30]);
    assert_eq!((delivery.attempts(), delivery.max_attempts()), (0, 3));
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let retry = |due, delay| Step::Retry { at: at(due), delay: Duration::from_secs(delay) };
    assert_eq!(delivery.step(Outcome::ServerError(503), at(100), 0), retry(105, 5));
    assert_eq!(delivery.step(Outcome::Timeout(Phase::Body), at(140), 0), retry(170, 30));
    assert_eq!(delivery.step(Outcome::ServerError(500), at(171), 0), Step::Exhausted);
    // The end stays, whatever is told afterwards.
    assert_eq!(delivery.step(Outcome::Success(200), at(172), 0), Step::Exhausted);
    assert_eq!(delivery.attempts(), 3);
}

#[test]
fn the_default_schedule_is_ours_and_documented() {
    let delays = Schedule::default().delays.iter().map(Duration::as_secs).collect::<Vec<_>>();
    assert_eq!(delays, [5, 30, 120, 600, 3_600]);
    assert_eq!(delivery(&[]).step(Outcome::ServerError(500), UNIX_EPOCH, 0), Step::Exhausted);
    assert_eq!(Schedule::none().delay_after(1, 0), None);
}

#[test]
fn jitter_stays_within_ten_percent_and_follows_the_entropy() {
    let schedule = Schedule::default();
    let delay = |entropy| schedule.delay_after(2, entropy).unwrap().as_secs_f64();
    assert!((delay(0) - 27.0).abs() < 0.001, "{}", delay(0));
    assert!((delay(u64::MAX) - 33.0).abs() < 0.001, "{}", delay(u64::MAX));
    assert!((delay(1 << 63) - 30.0).abs() < 0.001, "{}", delay(1 << 63));
    let wild = Schedule { jitter_percent: 200, ..Schedule::default() };
    assert_eq!(wild.delay_after(2, 0), Some(Duration::ZERO), "never before the attempt's end");
    assert_eq!(schedule.delay_after(0, 0), None);
    assert_eq!(schedule.delay_after(6, 0), None);
    assert_eq!(schedule.delay_after(u32::MAX, 0), None);
}

#[test]
fn a_time_scale_makes_it_pass_faster_and_nonsense_does_not_stop_it() {
    let at = |time_scale| Schedule { time_scale, jitter_percent: 0, ..Schedule::default() }.delay_after(2, 0).unwrap();
    assert_eq!(at(60.0), Duration::from_millis(500));
    assert_eq!(at(0.5), Duration::from_secs(60));
    for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE] {
        assert_eq!(at(nonsense), Duration::from_secs(30), "{nonsense}");
    }
}

#[test]
fn durations_and_sizes_are_read_as_people_write_them() {
    for (text, millis) in
        [("250ms", 250), ("2s", 2_000), ("1m", 60_000), ("1h", 3_600_000), ("5", 5_000), ("1.5s", 1_500), ("0", 0)]
            .into_iter()
            .chain([("876000h", 3_153_600_000_000), ("000000000000000001", 1_000), ("0.123000000", 123)])
    {
        assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
    }
    for text in [
        "",
        "s",
        "-1s",
        "1 s",
        "1d",
        "1.s",
        ".5s",
        "1e3",
        "2S",
        "99999999999999999999s",
        "9999999h",
        "876000.1h",
        "0000000000000000001",
        "0.1230000000",
        "1..2",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
    for (text, bytes) in
        [("512", 512), ("10B", 10), ("64KiB", 65_536), ("8MiB", 8_388_608), ("1GiB", 1 << 30), ("0.5KiB", 512)]
    {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
    }
    for text in ["", "KiB", "8MB", "8 MiB", "8mib", "-1", "99999999999GiB"] {
        assert!(parse_size(text).is_err(), "{text}");
    }
}
