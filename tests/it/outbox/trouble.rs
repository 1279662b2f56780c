//! What is in the way of a dispatcher: a full disk, a clock that is set, endpoints that misbehave.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use chatislav_dispatcher::engine::{Carry, Clock, Notice, Rules, Summary, run};
use chatislav_dispatcher::outbox::{
    ClaimRules, Ledger, MemoryOutbox, NewDelivery, Outbox, SqliteOutbox, State, Trouble,
};
use chatislav_dispatcher::{Attempt, BoxFuture, Dispatcher, Request};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Outcome, Profile, Schedule};
use rusqlite::Connection;

use super::hurried::HurriedClock;
use super::{endpoint, lead, leads, retry, second, settlement};
use crate::support::{SmallDisk, start, verified};

/// Three attempts, these delays between them, and nothing left to chance.
pub(super) fn rules(concurrency: usize, delays: [Duration; 2]) -> Rules {
    let schedule = Schedule { delays: delays.to_vec(), jitter_percent: 0, time_scale: 1.0 };
    Rules {
        concurrency: NonZeroUsize::new(concurrency).unwrap(),
        claims: ClaimRules::default(),
        profile: Profile::from(schedule),
        drain: true,
    }
}

pub(super) fn local() -> Dispatcher {
    Dispatcher::new(Guard { allow_local: true, ..Guard::default() })
}

pub(super) async fn drain(
    outbox: &dyn Outbox,
    carrier: &dyn Carry,
    clock: &dyn Clock,
    rules: &Rules,
    watch: &mut (dyn FnMut(Notice<'_>) + Send),
) -> Summary {
    let mut entropy = || 0;
    let run = run(outbox, carrier, clock, rules, &mut entropy, watch, std::future::pending());
    tokio::time::timeout(Duration::from_secs(60), run).await.expect("nothing is stuck").unwrap()
}

#[tokio::test]
async fn a_full_disk_stops_what_comes_and_nothing_that_was_kept_is_lost() {
    let Some(disk) = SmallDisk::mounted(12) else { return };
    let path = disk.path("outbox");
    let outbox = SqliteOutbox::open(&path).unwrap();
    let ballast = disk.take(9 << 20);
    let receiver = start(verified("200")).await;
    let to = endpoint(&format!("http://{}/", receiver.address));
    let mut promised = Vec::new();
    // Long ones and then short ones, until not even the smallest change has room.
    for filling in [20_000, 0] {
        let error = loop {
            let body = format!(r#"{{"event": "e", "number": {}, "x": "{}"}}"#, promised.len(), "x".repeat(filling));
            let signature = Some(
                chatislav_webhooks::Webhook::new(crate::support::SECRET).unwrap().sign(body.as_bytes()).to_string(),
            );
            match outbox.enqueue(vec![NewDelivery { body: body.into(), signature, ..lead(&to) }], None).await {
                Ok(ids) => promised.extend(ids),
                Err(error) => break error,
            }
        };
        assert_eq!((error.trouble, error.to_string().as_str()), (Trouble::Full, "the disk is full: nothing was kept"));
    }

    let mut told = Vec::new();
    let clock = HurriedClock::new(100);
    let summary = drain(&outbox, &local(), &clock, &rules(8, [Duration::ZERO; 2]), &mut |notice| match notice {
        Notice::Sending(_) if told.last() == Some(&"stuck") => told.push("sends"),
        Notice::Stuck(error) => {
            assert_eq!(error.trouble, Trouble::Full);
            told.push("stuck");
            if told.len() == 3 {
                std::fs::remove_file(&ballast).unwrap();
            }
        }
        Notice::GoesOn => told.push("goes on"),
        _ => {}
    })
    .await;
    assert_eq!((summary.delivered, summary.attempts), (promised.len() as u64, promised.len() as u64));
    assert_eq!(told, ["stuck", "stuck", "stuck", "goes on"]);
    assert_eq!(receiver.records().len(), promised.len(), "each came once");
    promised.extend(outbox.enqueue(leads(&to, 1), None).await.unwrap());
    assert_eq!(promised.last().unwrap().0, promised.len() as u64, "what was refused has left nothing");
    drop(outbox);
    let check: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn what_was_sent_when_the_disk_became_full_is_kept_once_there_is_room() {
    let Some(disk) = SmallDisk::mounted(8) else { return };
    let outbox = SqliteOutbox::open(&disk.path("outbox")).unwrap();
    let receiver = start(verified("200")).await;
    outbox.enqueue(leads(&endpoint(&format!("http://{}/", receiver.address)), 30), None).await.unwrap();
    let (mut sent, mut stuck, mut goes_on) = (0, 0, 0);
    let clock = HurriedClock::new(100);
    let summary = drain(&outbox, &local(), &clock, &rules(4, [Duration::ZERO; 2]), &mut |notice| match notice {
        Notice::Sending(_) => {
            sent += 1;
            if sent == 10 {
                disk.take_all();
            }
        }
        Notice::Stuck(error) => {
            assert_eq!(error.trouble, Trouble::Full);
            stuck += 1;
            if stuck == 4 {
                std::fs::remove_file(disk.path("ballast")).unwrap();
            }
        }
        Notice::GoesOn => goes_on += 1,
        _ => {}
    })
    .await;
    assert!(stuck > 0, "the disk was too large for this test");
    assert_eq!((summary.delivered, summary.attempts, goes_on), (30, 30, 1));
    assert_eq!((receiver.records().len(), sent), (30, 30), "each came once");
}

/// The log of changes grows until it is put away, and a small disk is full before that.
#[tokio::test]
async fn a_disk_that_is_full_of_the_outboxs_own_log_is_not_the_end() {
    let Some(disk) = SmallDisk::mounted(4) else { return };
    let path = disk.path("outbox");
    let (outbox, to) = (SqliteOutbox::open(&path).unwrap(), endpoint("http://10.0.0.1/"));
    // What was forgotten has left room in the database itself.
    for _ in 0..20 {
        let long = NewDelivery { body: vec![b'x'; 50_000].into(), ..lead(&to) };
        let id = outbox.enqueue(vec![long], None).await.unwrap()[0];
        outbox.cancel(id, second(0)).await.unwrap();
    }
    assert_eq!(outbox.prune(second(1)).await.unwrap(), 20);
    drop(outbox);
    let outbox = SqliteOutbox::open(&path).unwrap();
    outbox.enqueue(leads(&to, 1), None).await.unwrap();
    let mut full = 0;
    for time in 1..=500 {
        // Who is told that it is full asks once more, as the engine does.
        let claims = match outbox.claim(second(time), ClaimRules::default(), 1).await {
            Ok(claims) => claims,
            Err(error) => {
                assert_eq!(error.trouble, Trouble::Full);
                full += 1;
                outbox.claim(second(time), ClaimRules::default(), 1).await.unwrap()
            }
        };
        let settlement = settlement(&claims.deliveries[0], retry(time), time);
        if let Err(error) = outbox.settle(settlement.clone()).await {
            assert_eq!(error.trouble, Trouble::Full);
            full += 1;
            outbox.settle(settlement).await.unwrap();
        }
    }
    assert!(full > 0, "the disk was too large for this test");
    assert_eq!(outbox.counts().await.unwrap(), [(State::Waiting, 1)]);
}

/// Answers so often 503 and then 200, and sets the clock in the middle of a request.
struct Setting {
    clock: HurriedClock,
    by: i64,
    failures: usize,
    requests: Mutex<Vec<String>>,
}

impl Carry for Setting {
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let path = request.target().path_and_query().to_owned();
            let mut requests = self.requests.lock().unwrap();
            let before = requests.iter().filter(|other| **other == path).count();
            requests.push(path);
            if requests.len() == 7 {
                self.clock.set(self.by);
            }
            let outcome = if before < self.failures { Outcome::ServerError(503) } else { Outcome::Success(200) };
            Attempt::simulated(outcome, Duration::ZERO)
        })
    }
}

async fn a_clock_is_set(outbox: &dyn Outbox, by: i64) {
    let clock = HurriedClock::new(10_000);
    for number in 0..10 {
        let to = endpoint(&format!("http://10.0.0.1/{number}"));
        outbox.enqueue(vec![NewDelivery { at: clock.now(), ..lead(&to) }], None).await.unwrap();
    }
    let delays = [Duration::from_secs(30), Duration::from_secs(600)];
    let world = Setting { clock: clock.clone(), by, failures: 2, requests: Mutex::default() };
    let mut early: Vec<(SystemTime, SystemTime)> = Vec::new();
    let summary = drain(outbox, &world, &clock, &rules(1, delays), &mut |notice| match notice {
        // What was never sent is sent at once, also by a clock that was set back.
        Notice::Sending(claimed) if claimed.attempts > 0 && clock.now() < claimed.due => {
            early.push((clock.now(), claimed.due));
        }
        _ => {}
    })
    .await;
    assert_eq!((summary.delivered, summary.attempts), (10, 30), "set by {by} s");
    assert!(early.is_empty(), "set by {by} s: {early:?}");
}

#[tokio::test]
async fn a_clock_that_is_set_by_an_hour_sends_nothing_twice_or_early_and_nothing_is_stuck() {
    for by in [3_600, -3_600] {
        a_clock_is_set(&MemoryOutbox::new(), by).await;
        let folder = tempfile::tempdir().unwrap();
        a_clock_is_set(&SqliteOutbox::open(&folder.path().join("outbox")).unwrap(), by).await;
    }
}

/// What waits for the rate alone, and not for a time of its own, goes on by the new time.
#[tokio::test]
async fn a_clock_that_is_set_back_by_a_year_does_not_hold_up_what_is_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteOutbox::open(&folder.path().join("outbox")).unwrap();
    let outboxes: [&dyn Outbox; 2] = [&MemoryOutbox::new(), &file];
    for outbox in outboxes {
        let clock = HurriedClock::new(1_000);
        outbox.enqueue(leads(&endpoint("http://10.0.0.1/"), 2), None).await.unwrap();
        clock.set_while_waited(-365 * 86_400);
        let rules = rules(1, [Duration::ZERO; 2]);
        // The second one would have to wait for half a year.
        let rules = Rules { claims: ClaimRules { rate: Some(1.0 / (182.0 * 86_400.0)), ..rules.claims }, ..rules };
        let world = Setting { clock: clock.clone(), by: 0, failures: 0, requests: Mutex::default() };
        let summary = drain(outbox, &world, &clock, &rules, &mut |_| {}).await;
        assert_eq!((summary.delivered, clock.now() < second(0)), (2, true));
    }
}
