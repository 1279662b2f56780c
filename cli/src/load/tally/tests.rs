use std::time::UNIX_EPOCH;

use bytes::Bytes;
use chatislav_dispatcher::Attempt;
use chatislav_dispatcher::outbox::{Claimed, Lease};
use chatislav_webhooks::{DeliveryKey, Method, Target};

use super::*;

fn endpoint(path: &str) -> Arc<Endpoint> {
    let target = Target::parse(&format!("http://127.0.0.1{path}")).unwrap();
    Arc::new(Endpoint { target, method: Method::default(), headers: Vec::new(), timeout: Duration::from_secs(1) })
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

/// An attempt of this number and how manieth send, due and begun at these milliseconds, which took 5.
fn kept(endpoint: &Arc<Endpoint>, (number, send): (u32, u32), (due, started): (u64, u64), step: Step) -> Kept {
    let status = if step == Step::Delivered { 200 } else { 503 };
    let delivery = Claimed {
        id: DeliveryId(1),
        lease: Lease::default(),
        endpoint: Arc::clone(endpoint),
        body: Bytes::new(),
        signature: None,
        key: DeliveryKey::of(b""),
        attempts: number - 1,
        send,
        is_resent: false,
        due: at(due),
    };
    let attempt = Ok(Attempt::simulated(Outcome::from_status(status), Duration::from_millis(5)));
    Kept { delivery, number, started: at(started), attempt, step }
}

fn retry() -> Step {
    Step::Retry { at: at(100), delay: Duration::from_millis(90) }
}

#[track_caller]
fn check(histogram: &Histogram<u64>, ms: &[u64]) {
    let recorded: Vec<_> = histogram
        .iter_recorded()
        .flat_map(|step| vec![step.value_iterated_to(); step.count_at_value() as usize])
        .collect();
    let expected: Vec<_> = ms.iter().map(|ms| histogram.highest_equivalent(ms * 1_000)).collect();
    assert_eq!(recorded, expected);
}

#[test]
fn latency_counts_from_the_instant_that_was_meant_over_all_retries() {
    let (one, two) = (endpoint("/1"), endpoint("/2"));
    let mut tally = Tally::new(vec![Arc::clone(&one), Arc::clone(&two)]).unwrap();
    tally.kept(&kept(&one, (1, 1), (0, 3), retry()), at(10));
    check(&tally.all.latency, &[]);
    tally.kept(&kept(&one, (2, 2), (100, 101), Step::Delivered), at(107));
    check(&tally.all.latency, &[107]);
    check(&tally.all.lateness, &[1, 3]);
    check(&tally.all.service, &[5, 5]);
    // A stalled sender: the attempt took 5 ms, and its delivery was meant two seconds before.
    tally.kept(&kept(&two, (1, 1), (200, 2_200), Step::Delivered), at(2_206));
    check(&tally.rows[1].latency, &[2_006]);
    check(&tally.rows[1].lateness, &[2_000]);
    let Row { sent, retries, delivered, duplicates, .. } = tally.all;
    assert_eq!((sent, retries, delivered, duplicates), (3, 1, 2, 0));
    assert_eq!((tally.rows[0].sent, tally.rows[0].delivered, tally.rows[1].sent), (2, 1, 1));
}

#[test]
fn a_send_that_counts_as_no_attempt_is_a_duplicate_once() {
    let one = endpoint("/1");
    let mut tally = Tally::new(vec![Arc::clone(&one)]).unwrap();
    tally.kept(&kept(&one, (1, 2), (0, 0), retry()), at(1));
    tally.kept(&kept(&one, (2, 3), (0, 0), retry()), at(1));
    tally.kept(&kept(&one, (3, 5), (0, 0), Step::Exhausted), at(1));
    assert_eq!((tally.all.duplicates, tally.rows[0].duplicates, tally.all.exhausted), (2, 2, 1));
    tally.fenced(&one);
    assert_eq!(tally.all.duplicates, 3);
}

#[test]
fn what_was_refused_or_ended_otherwise_is_counted_and_has_no_latency() {
    let one = endpoint("/1");
    let mut tally = Tally::new(vec![Arc::clone(&one)]).unwrap();
    let rule = Target::parse("http://127.0.0.1/").unwrap();
    let rule = match chatislav_webhooks::target::Guard::default().admit(&rule) {
        Err(rule) => rule,
        Ok(_) => panic!("loopback is refused"),
    };
    let mut blocked = kept(&one, (1, 1), (0, 0), Step::Blocked);
    blocked.attempt = Ok(Attempt::simulated(Outcome::Blocked(rule), Duration::ZERO));
    tally.kept(&blocked, at(1));
    tally.kept(&kept(&one, (1, 1), (0, 0), Step::Failed), at(1));
    let Row { sent, blocked, failed, .. } = tally.all;
    assert_eq!((sent, blocked, failed), (1, 1, 1));
    check(&tally.all.latency, &[]);
    // Longer than an hour is an hour.
    tally.kept(&kept(&one, (1, 1), (0, 0), Step::Delivered), at(10 * 3_600_000));
    assert!(tally.all.latency.max() <= micros(LONGEST) + micros(LONGEST) / 1_000);
}
