use std::sync::Arc;
use std::time::Duration;

use chatislav_receiver::Journal;
use chatislav_receiver::journal::Limits;

use crate::support::{
    Controlled, Event, Events, LEAD, LEAD_SIGNATURE, controlled_over, controlled_with, exchange, verified,
};

/// Nobody waits for an update in these tests: the first comes at once, and the rest with the end.
const FOREVER: Duration = Duration::from_secs(3600);

async fn gathering() -> Controlled {
    controlled_with(verified("200"), |config| config.gather = FOREVER).await
}

async fn lead(control: &Controlled, path: &str) {
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
    exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
}

async fn leads(control: &Controlled, paths: &[&str]) {
    for path in paths {
        lead(control, path).await;
    }
}

/// A request by its number, the others with what they pass over.
fn short(event: Event) -> String {
    let (kind, data) = (event.kind.as_str(), &event.data);
    if kind == "request" {
        return event.id;
    }
    assert_eq!((data["v"].as_u64(), data["type"].as_str()), (Some(1), Some(kind)));
    assert_eq!(data["to"].to_string(), event.id, "who comes again goes on after what was passed over");
    format!("{kind} {}-{}", data["from"], data["to"])
}

/// The next events in short.
async fn told(events: &mut Events, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..count {
        told.push(short(events.next().await.unwrap()));
    }
    told
}

/// All that is told until the end.
async fn rest(mut events: Events, control: Controlled) -> Vec<String> {
    control.stop().await;
    let mut rest = Vec::new();
    while let Some(event) = events.next().await {
        rest.push(short(event));
    }
    rest
}

#[tokio::test]
async fn after_silence_it_is_told_at_once_and_then_gathered() {
    let control = gathering().await;
    lead(&control, "/before").await;
    let mut events = control.stream("?latest=3", "").await;
    lead(&control, "/").await;
    assert_eq!(told(&mut events, 1).await, ["2"]);
    leads(&control, &["/"; 30]).await;
    assert_eq!(rest(events, control).await, ["skip 3-29", "30", "31", "32"]);
}

#[tokio::test]
async fn as_many_as_wanted_are_told_and_no_word_is_lost_on_none() {
    let control = gathering().await;
    leads(&control, &["/"; 20]).await;
    for (query, expected) in [("?latest=19", vec!["skip 1-1"]), ("?latest=20", vec![]), ("?latest=1000", vec![])] {
        let mut events = control.stream(query, "Last-Event-ID: 0\r\n").await;
        let numbers = (expected.len() + 1..=20).map(|number| number.to_string());
        let expected: Vec<_> = expected.iter().map(|word| (*word).to_owned()).chain(numbers).collect();
        assert_eq!(told(&mut events, 20).await, expected, "{query}");
    }
    // All of it was told before.
    let mut events = control.stream("?latest=1", "Last-Event-ID: 20\r\n").await;
    lead(&control, "/").await;
    assert_eq!(told(&mut events, 1).await, ["21"]);
}

#[tokio::test]
async fn it_goes_on_where_it_broke_off() {
    let control = gathering().await;
    let mut events = control.stream("?latest=2", "").await;
    lead(&control, "/").await;
    assert_eq!(told(&mut events, 1).await, ["1"]);
    drop(events);
    leads(&control, &["/"; 40]).await;
    let mut events = control.stream("?latest=2", "Last-Event-ID: 1\r\n").await;
    assert_eq!(told(&mut events, 3).await, ["skip 2-39", "40", "41"]);
}

#[tokio::test]
async fn a_filter_counts_what_it_lets_through() {
    let control = gathering().await;
    for _ in 0..10 {
        leads(&control, &["/wanted", "/other", "/other"]).await;
    }
    let mut events = control.stream("?latest=2&filter=path%3A/wanted", "Last-Event-ID: 0\r\n").await;
    assert_eq!(told(&mut events, 3).await, ["skip 1-24", "25", "28"]);
    // What is let through is told, however much else came since.
    leads(&control, &["/other"; 40]).await;
    let mut events = control.stream("?latest=2&filter=path%3A/wanted", "Last-Event-ID: 27\r\n").await;
    assert_eq!(told(&mut events, 1).await, ["28"]);
    assert_eq!(rest(events, control).await, [""; 0]);
}

#[tokio::test]
async fn what_is_kept_no_more_is_a_gap_and_not_passed_over() {
    let control = gathering().await;
    leads(&control, &["/"; 3]).await;
    control.receiver.journal.clear().unwrap();
    leads(&control, &["/"; 3]).await;
    let mut events = control.stream("?latest=5", "Last-Event-ID: 1\r\n").await;
    assert_eq!(told(&mut events, 4).await, ["gap 2-3", "4", "5", "6"]);
    let mut events = control.stream("?latest=2", "Last-Event-ID: 1\r\n").await;
    assert_eq!(told(&mut events, 3).await, ["skip 2-4", "5", "6"]);
}

#[tokio::test]
async fn a_file_is_read_as_memory_is_and_its_end_is_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.db");
    let journal = Arc::new(Journal::open(&path, Limits::of_store()).unwrap());
    let control = controlled_over(journal, verified("200"), |config| {
        (config.gather, config.keep_alive) = (FOREVER, FOREVER);
    })
    .await;
    leads(&control, &["/"; 40]).await;
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute("DELETE FROM requests WHERE number IN (20, 21)", []).unwrap();
    let mut events = control.stream("?latest=21", "Last-Event-ID: 1\r\n").await;
    assert_eq!(told(&mut events, 4).await, ["skip 2-17", "18", "19", "gap 20-21"]);
    // What cannot be read is not lost: whoever comes again hears of it.
    file.execute_batch("ALTER TABLE requests RENAME TO elsewhere").unwrap();
    for query in ["", "?latest=21"] {
        let mut events = control.stream(query, "Last-Event-ID: 1\r\nConnection: close\r\n").await;
        assert_eq!(events.next().await, None, "{query}");
    }
}

#[tokio::test]
async fn a_number_out_of_bounds_is_refused() {
    let control = gathering().await;
    for latest in ["0", "1001", "-1", "x", ""] {
        let answer = control.ask("GET", &format!("/api/v1/stream?latest={latest}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "query_invalid"), "{latest}");
    }
}

/// With its own pace and requests from all sides, everything is told or passed over, once.
#[tokio::test]
async fn nothing_is_told_twice_and_nothing_left_out() {
    const COUNT: u64 = 400;
    let control = controlled_with(verified("200"), |config| config.gather = Duration::from_millis(2)).await;
    let mut events = control.stream("?latest=5", "").await;
    let address = control.receiver.address;
    let senders: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
                for _ in 0..COUNT / 4 {
                    exchange(address, "POST /", &header, LEAD).await;
                }
            })
        })
        .collect();
    let mut last = 0;
    while last < COUNT {
        let event = events.next().await.unwrap();
        let from =
            if event.kind == "request" { event.id.parse().unwrap() } else { event.data["from"].as_u64().unwrap() };
        assert_eq!(from, last + 1, "{event:?}");
        last = event.id.parse().unwrap();
    }
    for sender in senders {
        sender.await.unwrap();
    }
}
