//! An outbox that ends with the program.

mod inner;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::Notify;

use super::delivery::micros;
use super::{
    ClaimRules, Claims, DeliveryId, Import, Lease, Ledger, NewDelivery, Outbox, OutboxError, Query, Record, Settlement,
    State, Stored,
};
use crate::BoxFuture;
use inner::Inner;

/// An outbox in memory, for one program: what it holds ends with it.
#[derive(Default)]
pub struct MemoryOutbox {
    inner: Mutex<Inner>,
    changed: Notify,
}

impl MemoryOutbox {
    /// An empty one.
    pub fn new() -> Self {
        MemoryOutbox::default()
    }

    /// Stands for the end of the program that sends, and the start of the next one: what was lent until now
    /// is lent to somebody who is gone.
    pub fn restart(&self) {
        let mut inner = self.lock();
        inner.lease = inner.lease.of_next_run();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in between can panic and leave it half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut Inner) -> T) -> BoxFuture<'_, T> {
        let outcome = work(&mut self.lock());
        Box::pin(std::future::ready(outcome))
    }
}

impl Outbox for MemoryOutbox {
    fn enqueue(
        &self,
        deliveries: Vec<NewDelivery>,
        import: Option<Import>,
    ) -> BoxFuture<'_, Result<Vec<DeliveryId>, OutboxError>> {
        let outcome = self.lock().enqueue(deliveries, import);
        self.changed.notify_one();
        Box::pin(std::future::ready(outcome))
    }

    fn claim(&self, now: SystemTime, rules: ClaimRules, limit: usize) -> BoxFuture<'_, Result<Claims, OutboxError>> {
        self.with(|inner| Ok(inner.claim(micros(now), rules, limit)))
    }

    fn settle(&self, settlement: Settlement) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.with(|inner| inner.settle(settlement))
    }

    fn give_back(&self, id: DeliveryId, lease: Lease) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.with(|inner| {
            let row = inner.leased(id, lease)?;
            row.sends -= 1;
            let due = row.due;
            inner.wait(id, due);
            Ok(())
        })
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64, OutboxError>> {
        self.with(|inner| Ok(inner.recover()))
    }

    fn changed(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.changed.notified())
    }
}

impl Ledger for MemoryOutbox {
    fn list(&self, query: Query) -> BoxFuture<'_, Result<Vec<Stored>, OutboxError>> {
        self.with(|inner| Ok(inner.list(&query)))
    }

    fn attempts(&self, id: DeliveryId) -> BoxFuture<'_, Result<Vec<Record>, OutboxError>> {
        self.with(|inner| Ok(inner.rows.get(&id).map_or(Vec::new(), |row| row.records.clone())))
    }

    fn body(&self, id: DeliveryId) -> BoxFuture<'_, Result<Option<Bytes>, OutboxError>> {
        self.with(|inner| Ok(inner.rows.get(&id).map(|row| row.body.clone())))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, OutboxError>> {
        self.with(|inner| {
            let mut counts = BTreeMap::new();
            for row in inner.rows.values() {
                *counts.entry(row.state).or_default() += 1;
            }
            Ok(counts.into_iter().collect())
        })
    }

    fn retry(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>> {
        let outcome = self.lock().retry(id, micros(now));
        self.changed.notify_one();
        Box::pin(std::future::ready(outcome))
    }

    fn cancel(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>> {
        let outcome = self.lock().cancel(id, micros(now));
        self.changed.notify_one();
        Box::pin(std::future::ready(outcome))
    }

    fn prune(&self, before: SystemTime) -> BoxFuture<'_, Result<u64, OutboxError>> {
        self.with(|inner| {
            let count = inner.rows.len();
            inner.rows.retain(|_, row| row.ended.is_none_or(|ended| ended >= micros(before)));
            Ok((count - inner.rows.len()) as u64)
        })
    }

    fn import(&self, name: &str) -> BoxFuture<'_, Result<Option<Import>, OutboxError>> {
        self.with(|inner| Ok(inner.imports.get(name).cloned()))
    }
}
