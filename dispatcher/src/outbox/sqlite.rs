//! An outbox in a file: a SQLite database that outlives the program.
//!
//! What was told as kept is on the disk (WAL, `synchronous = FULL`). One thread writes, and puts what waits
//! for it into one transaction. The dispatcher owns the file while it runs; others enqueue, list, retry
//! and cancel beside it, and it notices.

mod ledger;
mod lending;
mod queue;
mod schema;
mod tables;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use bytes::Bytes;
use chatislav_sqlite::{FileError, Opened};
use rusqlite::Connection;
use tokio::sync::Notify;

use super::delivery::micros;
use super::{
    ClaimRules, Claims, DeliveryId, Import, Lease, Ledger, NewDelivery, Outbox, OutboxError, Query, Record, Settlement,
    State, Stored, Trouble,
};
use crate::BoxFuture;
use queue::{Jobs, Stop};
use schema::KIND;
use tables::Tables;
use writer::Writer;

/// A moment in the life of a transaction, told with each piece of work in it: `enqueue`, `claim`, `settle`,
/// `give back`, `recover`, `retry`, `cancel`, `prune`. For tests that end the process there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The work is done; nothing is kept yet.
    BeforeCommit(&'static str),
    /// It is kept; nobody has been told.
    AfterCommit(&'static str),
}

/// Who watches the transactions.
type Hook = Box<dyn Fn(Point) + Send>;

/// An outbox in a file.
pub struct SqliteOutbox {
    jobs: Arc<Jobs>,
    changed: Arc<Notify>,
    reader: Mutex<Connection>,
    thread: Option<JoinHandle<()>>,
    _lock: Option<File>,
}

impl SqliteOutbox {
    /// Opens the file as its dispatcher, or makes it. What an earlier one had lent stays so until
    /// [`Outbox::recover`].
    ///
    /// # Errors
    /// [`FileError`] if it is no outbox, cannot be written, is open to other users, was written by a newer
    /// version, or has a dispatcher already.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        SqliteOutbox::open_watched(path, |_| {})
    }

    /// The same, with somebody who watches the transactions.
    ///
    /// # Errors
    /// As [`SqliteOutbox::open`].
    pub fn open_watched(path: &Path, watch: impl Fn(Point) + Send + 'static) -> Result<Self, FileError> {
        let Opened { writer, reader, lock } = KIND.open(path)?;
        let tables = Tables::owned(writer).map_err(|error| FileError::of(&KIND, path, &error))?;
        SqliteOutbox::start(tables, reader, Some(lock), Box::new(watch))
    }

    /// Opens the file beside its dispatcher, or makes it: for everything but to claim.
    ///
    /// # Errors
    /// As [`SqliteOutbox::open`], but for the dispatcher.
    pub fn join(path: &Path) -> Result<Self, FileError> {
        let writer = KIND.join(path)?;
        let reader = KIND.read(path)?;
        SqliteOutbox::start(Tables::joined(writer), reader, None, Box::new(|_| {}))
    }

    fn start(tables: Tables, reader: Connection, lock: Option<File>, hook: Hook) -> Result<Self, FileError> {
        let (jobs, changed) = (Arc::<Jobs>::default(), Arc::<Notify>::default());
        let writer = Writer { tables, jobs: Arc::clone(&jobs), changed: Arc::clone(&changed), hook };
        let thread = thread::Builder::new().name("outbox".to_owned()).spawn(|| writer.run());
        let thread = thread.map_err(|error| FileError::new(format!("there is no thread for the outbox: {error}")))?;
        Ok(SqliteOutbox { jobs, changed, reader: Mutex::new(reader), thread: Some(thread), _lock: lock })
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Tables) -> Result<T, Stop> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, OutboxError>> {
        let outcome = queue::ask(&self.jobs, name, work);
        Box::pin(async move { outcome.await.unwrap_or_else(|_| Err(OutboxError::closed())) })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> BoxFuture<'_, Result<T, OutboxError>> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = read(&reader)
            .map_err(|error| OutboxError::new(Trouble::Other, format!("the outbox cannot be read: {error}")));
        Box::pin(std::future::ready(outcome))
    }
}

impl Outbox for SqliteOutbox {
    fn enqueue(
        &self,
        deliveries: Vec<NewDelivery>,
        import: Option<Import>,
    ) -> BoxFuture<'_, Result<Vec<DeliveryId>, OutboxError>> {
        self.ask("enqueue", move |tables| tables.enqueue(&deliveries, import.as_ref()))
    }

    fn claim(&self, now: SystemTime, rules: ClaimRules, limit: usize) -> BoxFuture<'_, Result<Claims, OutboxError>> {
        self.ask("claim", move |tables| tables.claim(micros(now), &rules, limit))
    }

    fn settle(&self, settlement: Settlement) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.ask("settle", move |tables| tables.settle(&settlement))
    }

    fn give_back(&self, id: DeliveryId, lease: Lease) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.ask("give back", move |tables| tables.give_back(id, lease))
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64, OutboxError>> {
        self.ask("recover", Tables::recover)
    }

    fn changed(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.changed.notified())
    }
}

/// Reading is done at once, on the thread that asks: for commands, not for a runtime at work.
impl Ledger for SqliteOutbox {
    fn list(&self, query: Query) -> BoxFuture<'_, Result<Vec<Stored>, OutboxError>> {
        self.read(|reader| ledger::list(reader, &query))
    }

    fn attempts(&self, id: DeliveryId) -> BoxFuture<'_, Result<Vec<Record>, OutboxError>> {
        self.read(|reader| ledger::attempts(reader, id))
    }

    fn body(&self, id: DeliveryId) -> BoxFuture<'_, Result<Option<Bytes>, OutboxError>> {
        self.read(|reader| ledger::body(reader, id).map(|body| body.map(Bytes::from)))
    }

    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, OutboxError>> {
        self.read(ledger::counts)
    }

    fn retry(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.ask("retry", move |tables| tables.retry(id, micros(now)))
    }

    fn cancel(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>> {
        self.ask("cancel", move |tables| tables.cancel(id, micros(now)))
    }

    fn prune(&self, before: SystemTime) -> BoxFuture<'_, Result<u64, OutboxError>> {
        Box::pin(async move {
            let (mut all, mut beyond) = (0, 0);
            loop {
                let (count, last) = self.ask("prune", move |tables| tables.prune(micros(before), beyond)).await?;
                if count == 0 {
                    return Ok(all);
                }
                (all, beyond) = (all + count, last);
            }
        })
    }

    fn import(&self, name: &str) -> BoxFuture<'_, Result<Option<Import>, OutboxError>> {
        self.read(|reader| ledger::import(reader, name))
    }
}

impl Drop for SqliteOutbox {
    /// Waits until all that was asked for is in the file.
    fn drop(&mut self) {
        self.jobs.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for SqliteOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteOutbox")
    }
}
