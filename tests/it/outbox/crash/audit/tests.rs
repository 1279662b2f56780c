//! The audit sees what is broken.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::outbox::{DeliveryId, Record, State, Stored};
use chatislav_webhooks::DeliveryKey;

use super::super::child::Begun;
use super::super::facts::{Arrived, Seen};
use super::{Audit, Broken};
use crate::outbox::second;

const DELAYS: [Duration; 2] = [Duration::from_secs(5); 2];

/// Send 1 at second 0 was interrupted, send 2 at second 10 was answered 503, send 3 at second 20 was taken.
fn good() -> Seen {
    let record = |send, attempt, at, status, decision: &str| Record {
        attempt,
        send,
        started: second(at),
        duration: None,
        status,
        phase: None,
        error: None,
        phases: "{}".to_owned(),
        profile: String::new(),
        decision: decision.to_owned(),
    };
    let begun = |send, attempt, due, is_resent| {
        let (id, due) = (DeliveryId(1), second(due));
        Begun { id, send, attempt, due, is_resent }
    };
    let arrived = |at: SystemTime, status| {
        let at = at + Duration::from_millis(1);
        Arrived { at, is_whole: true, status: Some(status) }
    };
    Seen {
        stored: Stored {
            id: DeliveryId(1),
            key: DeliveryKey::of(&Bytes::new()),
            event: "slow".to_owned(),
            url: "http://10.0.0.1/".to_owned(),
            state: State::Delivered,
            attempts: 2,
            sends: 3,
            at: second(0),
            due: second(15),
            ended: Some(second(20)),
        },
        records: vec![
            record(1, 1, 0, None, "interrupted"),
            record(2, 1, 10, Some(503), "retry"),
            record(3, 2, 20, Some(200), "delivered"),
        ],
        begun: vec![begun(1, 1, 0, false), begun(2, 1, 0, true), begun(3, 2, 15, false)],
        requests: vec![arrived(second(0), 503), arrived(second(10), 503), arrived(second(20), 200)],
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Seen), expected: &[Broken]) {
    let mut seen = good();
    change(&mut seen);
    let audit = Audit::of(&[seen], &DELAYS);
    let broken: Vec<Broken> = audit.broken.keys().copied().collect();
    assert_eq!(broken, expected, "{:?}", audit.broken);
}

#[test]
fn a_second_send_that_is_marked_is_allowed_and_counted() {
    let audit = Audit::of(&[good()], &DELAYS);
    assert!(audit.broken.is_empty(), "{:?}", audit.broken);
    assert_eq!((audit.requests, audit.twice, audit.interrupted, audit.delivered), (3, 1, 1, 1));
}

#[test]
fn what_has_not_ended_as_it_had_to_is_lost() {
    check(|seen| seen.stored.state = State::Waiting, &[Broken::Lost]);
    check(|seen| seen.stored.state = State::Exhausted, &[Broken::Lost]);
    check(|seen| seen.records[1].decision = "delivered".to_owned(), &[Broken::Lost]);
    check(|seen| seen.records[1].decision = "failed".to_owned(), &[Broken::Lost]);
    check(|seen| seen.records[2].decision = "retry".to_owned(), &[Broken::Lost]);
}

#[test]
fn what_is_sent_before_its_time_is_early() {
    check(|seen| seen.begun[2].due = second(21), &[Broken::Early]);
    check(|seen| seen.begun[2].due = second(14), &[Broken::Early]);
    check(|seen| seen.requests[0].at = second(0) - DELAYS[0], &[Broken::Early]);
    check(|seen| seen.requests[2].at = second(14), &[Broken::AfterEnd, Broken::Unmarked, Broken::Untrue]);
}

#[test]
fn what_is_sent_after_the_end_is_seen() {
    let again = |seen: &mut Seen| {
        let last = *seen.requests.last().unwrap();
        seen.requests.push(Arrived { at: last.at + DELAYS[0], ..last });
    };
    check(again, &[Broken::AfterEnd]);
    check(|seen| seen.requests[1].status = Some(200), &[Broken::AfterEnd, Broken::Untrue]);
}

#[test]
fn a_second_send_that_nobody_speaks_of_is_unmarked() {
    check(|seen| seen.begun[1].is_resent = false, &[Broken::Unmarked]);
    check(|seen| seen.begun[1].send = 1, &[Broken::Unmarked, Broken::Untrue]);
    check(|seen| seen.requests.insert(1, Arrived { at: second(2), ..seen.requests[0] }), &[Broken::Unmarked]);
    check(|seen| seen.requests.insert(2, Arrived { at: second(12), ..seen.requests[1] }), &[Broken::Unmarked]);
    let unrecorded = |seen: &mut Seen| {
        seen.records.remove(0);
    };
    check(unrecorded, &[Broken::Early, Broken::Unmarked, Broken::Untrue]);
}

#[test]
fn what_the_receiver_has_not_seen_so_is_untrue() {
    let unseen = |seen: &mut Seen| {
        seen.requests.pop();
    };
    check(unseen, &[Broken::Untrue]);
    check(|seen| seen.requests[2].is_whole = false, &[Broken::Untrue]);
    check(|seen| seen.requests[1].status = Some(500), &[Broken::Untrue]);
    check(|seen| seen.stored.attempts = 3, &[Broken::Untrue]);
}
