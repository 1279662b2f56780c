//! Deliveries come at a steady rate while the dispatcher is killed every few seconds, for as long as one likes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chatislav_dispatcher::outbox::{Outbox, SqliteOutbox, State};
use chatislav_receiver::Journal;
use chatislav_receiver::journal::Limits;

use super::audit::Audit;
use super::child::{Dispatching, Task};
use super::facts::{Seen, gathered};
use super::{DELAYS, config, numbered};
use crate::support::{send, start_with};

/// New deliveries come so many times in a second.
const TICKS: usize = 20;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes as long as SOAK_SECONDS says: `make soak`"]
async fn nothing_is_lost_however_often_the_dispatcher_is_killed() {
    let time = Duration::from_secs(setting("SOAK_SECONDS", 600) as u64);
    let rate = setting("SOAK_RATE", 200);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let journal = Arc::new(Journal::in_memory(Limits { count: usize::MAX, bytes: usize::MAX }));
    let receiver = start_with(config(), Arc::clone(&journal)).await;
    let (address, url) = (receiver.address, format!("http://{}", receiver.address));
    let until = Instant::now() + time;

    let beside = SqliteOutbox::join(&path).unwrap();
    let to = url.clone();
    let enqueuing = tokio::spawn(async move {
        let mut ids = Vec::new();
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(TICKS).unwrap());
        while Instant::now() < until {
            ticks.tick().await;
            let batch = (0..rate / TICKS).map(|index| numbered(ids.len() + index, &to, SystemTime::now()));
            ids.extend(beside.enqueue(batch.collect(), None).await.unwrap());
        }
        ids
    });

    let (mut begun, mut kills) = (Vec::new(), 0);
    let task = Task { concurrency: 16, ..Task::default() };
    while Instant::now() < until {
        let mut dispatching = Dispatching::start(&path, &url, &task);
        // Between one second and five, and never in the same rhythm.
        tokio::time::sleep(Duration::from_millis(1_000 + kills * 977 % 4_000)).await;
        dispatching.kill();
        let said = dispatching.ended().await;
        assert!(said.status.code().is_none(), "it has ended by itself: {}", said.status);
        begun.extend(said.begun);
        kills += 1;
        send(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    }
    let ids = enqueuing.await.unwrap();
    let said = Dispatching::start(&path, &url, &Task { drain: true, ..task }).ended().await;
    assert!(said.status.success(), "the last one: {}", said.status);
    begun.extend(said.begun);

    receiver.stopped().await;
    let seen = gathered(&SqliteOutbox::open(&path).unwrap(), &journal, &begun).await;
    let audit = Audit::of(&seen, &DELAYS);
    let kept: HashSet<_> = seen.iter().map(|seen| seen.stored.id).collect();
    let lost = ids.iter().filter(|id| !kept.contains(id)).count();
    let broken: Vec<_> = audit.broken.iter().map(|(broken, sentences)| (broken, sentences.len())).collect();
    println!("\nsoak: {} s, {} deliveries enqueued, {kills} kills", time.as_secs(), ids.len());
    println!("  sent         {:>8} requests came whole", audit.requests);
    println!("  delivered    {:>8} of {}, the others failed or exhausted as they had to", audit.delivered, seen.len());
    println!("  lost         {lost:>8}");
    println!("  sent twice   {:>8}, all of them marked", audit.twice);
    println!("  interrupted  {:>8} sends", audit.interrupted);
    println!("  broken       {broken:?}");
    let waited = waited(&seen);
    println!("  from enqueued to delivered, retries and kills included: p50 {:?}, p99 {:?}", waited(50), waited(99));
    assert!(audit.broken.is_empty(), "{}", audit.broken.values().flatten().next().unwrap());
    assert_eq!((lost, seen.len()), (0, ids.len()));
}

/// The times from enqueued to delivered, by percentile.
fn waited(seen: &[Seen]) -> impl Fn(usize) -> Duration {
    let delivered = seen.iter().filter(|seen| seen.stored.state == State::Delivered);
    let mut all: Vec<Duration> =
        delivered.filter_map(|seen| seen.stored.ended?.duration_since(seen.stored.at).ok()).collect();
    all.sort();
    move |percent| all.get(all.len() * percent / 100).copied().unwrap_or_default()
}
