//! What is known of each delivery: from the outbox, from the receiver, and from those who sent.

use std::collections::HashMap;
use std::time::SystemTime;

use chatislav_dispatcher::outbox::{DeliveryId, Ledger, Query, Record, SqliteOutbox, Stored};
use chatislav_receiver::Journal;
use chatislav_webhooks::SIGNATURE_HEADER;

use super::child::Begun;
use super::signature;

/// What is known of one delivery.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) stored: Stored,
    /// The outbox's records, oldest first.
    pub(super) records: Vec<Record>,
    /// What those who sent said, in the order in which they did.
    pub(super) begun: Vec<Begun>,
    /// What the receiver's journal has, by the time at which the head came.
    pub(super) requests: Vec<Arrived>,
}

/// A request that came to the receiver, be it in part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived {
    pub(super) at: SystemTime,
    /// Whether all of it came.
    pub(super) is_whole: bool,
    /// What was answered.
    pub(super) status: Option<u16>,
}

/// All deliveries of an outbox. A request that is of none of them is a fault of its own.
pub(super) async fn gathered(outbox: &SqliteOutbox, journal: &Journal, begun: &[Begun]) -> Vec<Seen> {
    let mut by_signature: HashMap<String, Vec<Arrived>> = HashMap::new();
    for capture in journal.after(0, usize::MAX) {
        let signature = capture.headers().find(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
        // A head that was cut off is not known by anything, and was no request to anybody.
        let Some((_, signature)) = signature else { continue };
        let (at, is_whole, status) = (capture.time, capture.is_whole(), capture.status());
        let signature = String::from_utf8(signature.to_vec()).unwrap();
        by_signature.entry(signature).or_default().push(Arrived { at, is_whole, status });
    }
    let mut by_id: HashMap<DeliveryId, Vec<Begun>> = HashMap::new();
    for begun in begun {
        by_id.entry(begun.id).or_default().push(*begun);
    }
    let mut all = Vec::new();
    for stored in outbox.list(Query { limit: usize::MAX, ..Query::default() }).await.unwrap() {
        let body = outbox.body(stored.id).await.unwrap().unwrap();
        let mut requests = by_signature.remove(&signature(&body)).unwrap_or_default();
        requests.sort_by_key(|request| request.at);
        let records = outbox.attempts(stored.id).await.unwrap();
        let begun = by_id.remove(&stored.id).unwrap_or_default();
        all.push(Seen { stored, records, begun, requests });
    }
    assert!(by_signature.is_empty(), "somebody has sent what was in no outbox");
    assert!(by_id.is_empty(), "somebody has sent what is not in the outbox any more");
    all
}
