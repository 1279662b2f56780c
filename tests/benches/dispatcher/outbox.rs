//! The same deliveries through an outbox in a file, every commit on the disk; and what waits in one.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::engine::{Rules, SystemClock, run};
use chatislav_dispatcher::outbox::{ClaimRules, Endpoint, NewDelivery, Outbox, Record, Settlement, SqliteOutbox};
use chatislav_dispatcher::{Dispatcher, Method};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Profile, Step, Target, Webhook};

use super::{SECRET, body, cpu, memory_kib};

/// How many are delivered in a round.
const COUNT: usize = 20_000;
/// How many go in at once.
const BATCH: usize = 1_000;
/// How many are claimed at once, and how often that is timed.
const CLAIM: usize = 64;
const CLAIMS: usize = 200;

/// Enqueues, then delivers, and says how fast and at what cost: both together, and the second alone.
pub(crate) async fn deliver(address: std::net::SocketAddr, in_flight: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let outbox = SqliteOutbox::open(&folder.path().join("outbox.db")).expect("an outbox");
    let to = endpoint(&format!("http://{address}/hook"));
    let webhook = Webhook::new(SECRET).expect("a secret");
    let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() });
    let per_endpoint = NonZeroU32::new(4 * in_flight as u32).expect("some");
    let rules = Rules {
        concurrency: NonZeroUsize::new(in_flight).expect("some"),
        claims: ClaimRules { per_endpoint, ..ClaimRules::default() },
        profile: Profile::chatislav(),
        drain: true,
    };
    let (cpu, start) = (cpu(), Instant::now());
    for first in (0..COUNT).step_by(BATCH) {
        let batch = (first..first + BATCH).map(|number| {
            let body = Bytes::from(body(number));
            let signature = Some(webhook.sign(&body).to_string());
            NewDelivery { endpoint: Arc::clone(&to), body, signature, event: "e".to_owned(), at: SystemTime::now() }
        });
        outbox.enqueue(batch.collect(), None).await.expect("it is kept");
    }
    let enqueued = start.elapsed();
    let (mut entropy, mut watch) = (|| 0, |_: chatislav_dispatcher::engine::Notice<'_>| {});
    let done = run(&outbox, &dispatcher, &SystemClock, &rules, &mut entropy, &mut watch, std::future::pending());
    assert_eq!(done.await.expect("it runs").delivered, COUNT as u64);
    let all = start.elapsed();
    let count = COUNT as f64;
    println!(
        "{} {} {}",
        count / all.as_secs_f64(),
        (super::cpu() - cpu) / count * 1e6,
        count / (all - enqueued).as_secs_f64()
    );
}

/// Fills an outbox with deliveries that wait for their retry.
pub(crate) async fn fill(path: &Path, count: usize) {
    let outbox = SqliteOutbox::open(path).expect("an outbox");
    let to = endpoint("http://127.0.0.1:9/");
    let all = ClaimRules { per_endpoint: NonZeroU32::MAX, ..ClaimRules::default() };
    let now = SystemTime::now();
    let at = now + Duration::from_secs(86_400);
    for first in (0..count).step_by(BATCH) {
        let batch = (first..first + BATCH).map(|number| delivery(&to, number, now));
        outbox.enqueue(batch.collect(), None).await.expect("it is kept");
        let lent = outbox.claim(now, all, BATCH).await.expect("they are lent").deliveries;
        let settled: Vec<_> = lent.iter().map(|claimed| outbox.settle(settlement(claimed, at))).collect();
        for settled in settled {
            settled.await.expect("it is kept");
        }
    }
}

/// Says how many KiB a process has that claims beside what waits, and how many µs a claim takes.
pub(crate) async fn claim(path: &Path) {
    let outbox = SqliteOutbox::open(path).expect("an outbox");
    let to = endpoint("http://127.0.0.1:9/other");
    let now = SystemTime::now();
    let all = ClaimRules { per_endpoint: NonZeroU32::MAX, ..ClaimRules::default() };
    let batch = (0..CLAIM * CLAIMS).map(|number| delivery(&to, number, now));
    outbox.enqueue(batch.collect(), None).await.expect("it is kept");
    let mut times = Vec::new();
    for _ in 0..CLAIMS {
        let start = Instant::now();
        let lent = outbox.claim(now, all, CLAIM).await.expect("they are lent").deliveries;
        assert_eq!(lent.len(), CLAIM);
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    println!("{} {}", memory_kib(), super::median(times));
}

fn endpoint(url: &str) -> Arc<Endpoint> {
    let (target, headers) = (Target::parse(url).expect("a target"), Vec::new());
    Arc::new(Endpoint { target, method: Method::Post, headers, timeout: Duration::from_secs(30) })
}

fn delivery(to: &Arc<Endpoint>, number: usize, at: SystemTime) -> NewDelivery {
    let body = Bytes::from(format!("{{\"event\": \"e\", \"n\": {number}}}"));
    NewDelivery { endpoint: Arc::clone(to), body, signature: None, event: "e".to_owned(), at }
}

fn settlement(claimed: &chatislav_dispatcher::outbox::Claimed, at: SystemTime) -> Settlement {
    let record = Record {
        attempt: 1,
        send: claimed.send,
        started: claimed.due,
        duration: Some(Duration::from_millis(5)),
        status: Some(503),
        phase: None,
        error: None,
        phases: "{}".to_owned(),
        profile: "639c9abb9c5eab5e".to_owned(),
        decision: "retry".to_owned(),
    };
    let step = Step::Retry { at, delay: Duration::from_secs(86_400) };
    Settlement { id: claimed.id, lease: claimed.lease, record, step, at: claimed.due }
}
