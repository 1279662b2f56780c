use std::sync::mpsc;

use chatislav_dispatcher::outbox::{ClaimRules, Ledger, MemoryOutbox, Query};
use chatislav_webhooks::{Method, Target};

use super::*;

/// By now all of a schedule should have been offered.
const LONG_AGO: SystemTime = SystemTime::UNIX_EPOCH;

fn endpoint(path: &str) -> Arc<Endpoint> {
    let target = Target::parse(&format!("http://127.0.0.1{path}")).unwrap();
    Arc::new(Endpoint { target, method: Method::default(), headers: Vec::new(), timeout: Duration::from_secs(1) })
}

/// Feeds by this schedule, with at most so many open; gives back the end, the book and the outbox.
fn fed(schedule: Schedule, start: SystemTime, most_open: usize, is_stopped: bool) -> (End, Book, MemoryOutbox) {
    let (book, outbox) = (Book::new(2), MemoryOutbox::new());
    let (go_on, stopped) = mpsc::channel();
    if is_stopped {
        drop(go_on);
    }
    let feed = Feed {
        schedule,
        clock: SteadyClock::new(),
        start,
        endpoints: &[endpoint("/a"), endpoint("/b")],
        turns: &[0, 1, 0],
        body: &|number| Ok(Bytes::from(format!("{{\"number\":{number}}}"))),
        event: "lead_collection",
        secret: None,
        outbox: &outbox,
        book: &book,
        most_open,
    };
    let end = feed.run(&stopped).end;
    (end, book, outbox)
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    runtime::new().unwrap().block_on(future)
}

#[test]
fn who_comes_late_offers_everything_for_the_instants_that_were_meant() {
    let (end, book, outbox) = fed(Schedule::new(1_000.0, Duration::from_millis(250)), LONG_AGO, usize::MAX, false);
    assert!(matches!(end, End::All));
    let all = ready(outbox.list(Query { limit: usize::MAX, ..Query::default() })).unwrap();
    assert_eq!((book.offered(), book.open(), all.len()), (250, 250, 250));
    for (number, stored) in all.iter().rev().enumerate() {
        assert_eq!(stored.due, LONG_AGO + Duration::from_millis(number as u64));
        assert_eq!(
            stored.url.clone(),
            ["http://127.0.0.1/a", "http://127.0.0.1/b", "http://127.0.0.1/a"][number % 3]
        );
    }
    let claims = ready(outbox.claim(LONG_AGO, ClaimRules::default(), 2)).unwrap();
    assert_ne!(claims.deliveries[0].body, claims.deliveries[1].body);
}

#[test]
fn it_ends_when_more_are_open_than_may_be_or_when_it_is_stopped() {
    let schedule = Schedule::new(1_000.0, Duration::from_secs(1));
    let (end, book, _) = fed(schedule, LONG_AGO, 150, false);
    assert!(matches!(end, End::TooMany));
    assert_eq!(book.open(), 2 * BATCH);
    let (end, book, _) = fed(schedule, LONG_AGO, usize::MAX, true);
    assert!(matches!(end, End::Stopped));
    assert_eq!(book.offered(), 0);
}
