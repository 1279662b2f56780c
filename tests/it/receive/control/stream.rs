use std::sync::Arc;
use std::time::Duration;

use crate::support::{Controlled, LEAD, LEAD_SIGNATURE, controlled, controlled_with, exchange, verified};

async fn lead(control: &Controlled, path: &str) {
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
    exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
}

#[tokio::test]
async fn each_request_is_told_as_the_log_tells_it() {
    let control = controlled(verified("200")).await;
    lead(&control, "/before").await;
    let mut events = control.stream("", "").await;
    lead(&control, "/a").await;
    let event = events.next().await.unwrap();
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("2", "request"));
    let listed = control.ask("GET", "/api/v1/requests?limit=1").await.json();
    assert_eq!(event.data, listed["requests"][0]);
}

#[tokio::test]
async fn it_goes_on_where_it_broke_off() {
    let control = controlled(verified("200")).await;
    let mut events = control.stream("", "").await;
    for _ in 0..2 {
        lead(&control, "/").await;
    }
    assert_eq!(events.next().await.unwrap().id, "1");
    drop(events);
    for _ in 0..40 {
        lead(&control, "/").await;
    }
    let mut events = control.stream("", "Last-Event-ID: 1\r\n").await;
    for number in 2..=42 {
        assert_eq!(events.next().await.unwrap().id, number.to_string());
    }
    lead(&control, "/").await;
    assert_eq!(events.next().await.unwrap().id, "43");
    let told = control.ask_with("GET", "/api/v1/stream", "Last-Event-ID: x\r\n", "").await;
    assert_eq!((told.status, told.code().as_str()), (400, "query_invalid"));
}

#[tokio::test]
async fn what_is_kept_no_more_is_a_gap() {
    let control = controlled(verified("200")).await;
    for _ in 0..3 {
        lead(&control, "/").await;
    }
    control.receiver.journal.clear().unwrap();
    lead(&control, "/").await;
    let mut events = control.stream("", "Last-Event-ID: 1\r\n").await;
    let gap = events.next().await.unwrap();
    assert_eq!((gap.kind.as_str(), gap.id.as_str()), ("gap", "3"));
    assert_eq!((gap.data["from"].as_u64(), gap.data["to"].as_u64()), (Some(2), Some(3)));
    assert_eq!(events.next().await.unwrap().id, "4");
}

#[tokio::test]
async fn a_filter_lets_through_what_it_means() {
    let control = controlled(verified("200")).await;
    let mut events = control.stream("?filter=path%3A/b*", "Last-Event-ID: 0\r\n").await;
    for path in ["/a", "/b1", "/a", "/b2"] {
        lead(&control, path).await;
    }
    assert_eq!(events.next().await.unwrap().id, "2");
    assert_eq!(events.next().await.unwrap().id, "4");
}

#[tokio::test]
async fn silence_is_broken_by_comments() {
    let control = controlled_with(verified("200"), |config| config.keep_alive = Duration::from_millis(1)).await;
    let mut events = control.stream("", "").await;
    assert!(events.until("\n\n").await.unwrap().contains(": nothing new"));
}

#[tokio::test]
async fn it_ends_when_the_receiver_has_and_all_is_told() {
    let control = controlled(verified("200")).await;
    let mut events = control.stream("", "").await;
    lead(&control, "/").await;
    control.stop().await;
    assert_eq!(events.next().await.unwrap().id, "1");
    assert_eq!(events.next().await, None);
}

/// A reader that does not read holds a number and no requests: what the journal drops in the
/// meantime it gets told as a gap, and everything is either told or in a gap, once.
#[tokio::test]
async fn a_slow_reader_misses_nothing_without_being_told() {
    let control = controlled(verified("200")).await;
    lead(&control, "/").await;
    let template = control.receiver.journal.get(1).unwrap();
    let mut events = control.stream("", "Last-Event-ID: 0\r\n").await;
    // More than the journal keeps and the sockets between us hold.
    const COUNT: u64 = 60_000;
    let mut made = Vec::new();
    for _ in 1..COUNT {
        made.push(Arc::downgrade(&control.receiver.journal.append_soon((*template).clone())));
        if control.receiver.journal.counts().0 % 1000 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let (_, lost) = control.receiver.journal.counts();
    let held = made.iter().filter(|capture| capture.strong_count() > 0).count() as u64;
    assert_eq!(held, COUNT - lost, "somebody beside the journal holds captures");
    let (mut last, mut gaps) = (0, 0);
    while last < COUNT {
        let event = events.next().await.unwrap();
        if event.kind == "gap" {
            assert_eq!(event.data["from"].as_u64(), Some(last + 1));
            last = event.data["to"].as_u64().unwrap();
            gaps += 1;
        } else {
            last += 1;
            assert_eq!(event.id, last.to_string());
        }
    }
    assert!(gaps > 0, "nothing was lost, so nothing was tried");
}

/// Whoever is thrown out again and again while requests come from all sides hears of each once.
#[tokio::test]
async fn nothing_is_lost_or_doubled_by_a_reader_that_comes_again() {
    const SENDERS: u64 = 8;
    const EACH: u64 = 30;
    let control = controlled(verified("200")).await;
    let address = control.receiver.address;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            tokio::spawn(async move {
                let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
                for _ in 0..EACH {
                    exchange(address, &format!("POST /{}", sender % 2), &header, LEAD).await;
                }
            })
        })
        .collect();
    for query in ["", "?filter=path%3A/1"] {
        let wanted = if query.is_empty() { SENDERS * EACH } else { SENDERS / 2 * EACH };
        let (mut seen, mut last, mut patience) = (0, 0, 1);
        while seen < wanted {
            let mut events = control.stream(query, &format!("Last-Event-ID: {last}\r\n")).await;
            patience = (patience * 29 + 7) % 37;
            for _ in 0..=patience.min(wanted - seen - 1) {
                let event = events.next().await.unwrap();
                let id: u64 = event.id.parse().unwrap();
                assert_eq!(event.kind, "request");
                assert!(if query.is_empty() { id == last + 1 } else { id > last }, "{id} after {last}");
                (seen, last) = (seen + 1, id);
            }
        }
    }
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(control.receiver.journal.counts(), (SENDERS * EACH, 0));
}
