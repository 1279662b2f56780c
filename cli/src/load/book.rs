//! What was offered and has not ended, delivery by delivery.
//!
//! Whoever offers writes into it, and whoever hears of ends strikes out; neither counts for the other. So a
//! delivery that is lost stays in it, and one that ends twice is seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chatislav_dispatcher::outbox::{DeliveryId, Ledger, OutboxError, Query, State};
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Book {
    entries: Mutex<Entries>,
    balanced: Notify,
}

#[derive(Default)]
struct Entries {
    /// Offered and not ended, with the number of its endpoint.
    open: HashMap<DeliveryId, usize>,
    /// Ended and not offered: whoever offered it may not know its id yet.
    unoffered: HashSet<DeliveryId>,
    /// How many were offered to each endpoint.
    offered: Vec<u64>,
    is_closed: bool,
}

/// What became of the deliveries of one endpoint that nobody told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) offered: u64,
    /// The outbox still holds them, or ended them at the last moment.
    pub(super) unfinished: u64,
    /// The outbox does not know them.
    pub(super) lost: u64,
}

impl Balance {
    pub(super) fn and(self, other: Balance) -> Balance {
        Balance {
            offered: self.offered + other.offered,
            unfinished: self.unfinished + other.unfinished,
            lost: self.lost + other.lost,
        }
    }
}

impl Book {
    pub(super) fn new(endpoints: usize) -> Self {
        let entries = Entries { offered: vec![0; endpoints], ..Entries::default() };
        Book { entries: Mutex::new(entries), balanced: Notify::new() }
    }

    /// The outbox has taken these, each for the endpoint of this number.
    pub(super) fn offer(&self, deliveries: impl IntoIterator<Item = (DeliveryId, usize)>) {
        let mut entries = self.lock();
        for (id, endpoint) in deliveries {
            if let Some(offered) = entries.offered.get_mut(endpoint) {
                *offered += 1;
            }
            if !entries.unoffered.remove(&id) {
                entries.open.insert(id, endpoint);
            }
        }
    }

    /// A delivery has ended.
    pub(super) fn end(&self, id: DeliveryId) {
        let mut entries = self.lock();
        if entries.open.remove(&id).is_none() {
            entries.unoffered.insert(id);
        }
        self.look(&entries);
    }

    /// Nothing more is offered.
    pub(super) fn close(&self) {
        let mut entries = self.lock();
        entries.is_closed = true;
        self.look(&entries);
    }

    pub(super) fn open(&self) -> usize {
        self.lock().open.len()
    }

    pub(super) fn offered(&self) -> u64 {
        self.lock().offered.iter().sum()
    }

    /// Ends once nothing more is offered and all that was has ended.
    pub(super) async fn balanced(&self) {
        self.balanced.notified().await;
    }

    /// How many ended that nobody offered, or ended twice.
    pub(super) fn unoffered(&self) -> usize {
        self.lock().unoffered.len()
    }

    /// For each endpoint what is open, as the outbox knows it.
    pub(super) async fn balance(&self, ledger: &dyn Ledger) -> Result<Vec<Balance>, OutboxError> {
        let query = Query { states: vec![State::Waiting, State::Leased], limit: usize::MAX, ..Query::default() };
        let (mut open, mut balances) = {
            let entries = self.lock();
            let balances: Vec<_> =
                entries.offered.iter().map(|offered| Balance { offered: *offered, ..Balance::default() }).collect();
            (entries.open.clone(), balances)
        };
        if open.is_empty() {
            return Ok(balances);
        }
        for stored in ledger.list(query).await? {
            let endpoint = open.remove(&stored.id);
            if let Some(balance) = endpoint.and_then(|endpoint| balances.get_mut(endpoint)) {
                balance.unfinished += 1;
            }
        }
        for (id, endpoint) in open {
            let Some(balance) = balances.get_mut(endpoint) else { continue };
            // A last attempt may be kept by an outbox whose sender was stopped before it heard of that.
            if ledger.attempts(id).await?.is_empty() {
                balance.lost += 1;
            } else {
                balance.unfinished += 1;
            }
        }
        Ok(balances)
    }

    fn look(&self, entries: &Entries) {
        if entries.is_closed && entries.open.is_empty() {
            self.balanced.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing in between can panic and leave it half changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
