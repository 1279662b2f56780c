use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_dispatcher::outbox::{Endpoint, MemoryOutbox, NewDelivery, Outbox};
use chatislav_webhooks::{Method, Target};

use super::*;

const NOW: SystemTime = UNIX_EPOCH;

/// Futures of an outbox in memory are ready at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    crate::runtime::new().unwrap().block_on(future)
}

fn outbox_with(count: usize) -> (MemoryOutbox, Vec<DeliveryId>) {
    let outbox = MemoryOutbox::new();
    let target = Target::parse("http://127.0.0.1/").unwrap();
    let endpoint =
        Arc::new(Endpoint { target, method: Method::default(), headers: Vec::new(), timeout: Duration::from_secs(1) });
    let delivery = NewDelivery { endpoint, body: Bytes::from("{}"), signature: None, event: "e".to_owned(), at: NOW };
    let ids = ready(outbox.enqueue(vec![delivery; count], None)).unwrap();
    (outbox, ids)
}

#[test]
fn what_the_outbox_still_holds_is_unfinished_and_what_it_does_not_know_is_lost() {
    let (outbox, ids) = outbox_with(3);
    let gone = [DeliveryId(77), DeliveryId(78)];
    let book = Book::new(2);
    book.offer(ids.iter().map(|id| (*id, 0)));
    book.offer(gone.map(|id| (id, 1)));
    book.end(ids[0]);
    book.end(gone[1]);
    assert_eq!((book.offered(), book.open()), (5, 3));
    let balances = ready(book.balance(&outbox)).unwrap();
    assert_eq!(balances[0], Balance { offered: 3, unfinished: 2, lost: 0 });
    assert_eq!(balances[1], Balance { offered: 2, unfinished: 0, lost: 1 });
}

#[test]
fn an_end_may_be_told_before_the_offer() {
    let (outbox, ids) = outbox_with(1);
    let book = Book::new(1);
    book.end(ids[0]);
    assert_eq!(book.unoffered(), 1);
    book.offer([(ids[0], 0)]);
    assert_eq!((book.unoffered(), book.open()), (0, 0));
    assert_eq!(ready(book.balance(&outbox)).unwrap(), [Balance { offered: 1, unfinished: 0, lost: 0 }]);
    book.end(ids[0]);
    assert_eq!(book.unoffered(), 1, "it has ended twice");
}

#[test]
fn it_is_balanced_once_it_is_closed_and_all_have_ended() {
    let (_, ids) = outbox_with(2);
    let book = Book::new(1);
    let is_balanced = || {
        ready(async {
            tokio::select! {
                biased;
                () = book.balanced() => true,
                () = std::future::ready(()) => false,
            }
        })
    };
    book.offer([(ids[0], 0)]);
    book.end(ids[0]);
    assert!(!is_balanced(), "more may be offered");
    book.offer([(ids[1], 0)]);
    book.close();
    assert!(!is_balanced());
    book.end(ids[1]);
    assert!(is_balanced());
}
