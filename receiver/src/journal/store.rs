//! The journal in a file: a SQLite database that outlives the receiver.
//!
//! What was committed is whole and survives the end of the process at any moment, also by `kill -9`.
//! After a power cut the last transactions may be missing, since the disk is not waited for
//! (`synchronous = NORMAL`); the file is whole even then.

mod queue;
mod schema;
mod writer;

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

pub use chatislav_sqlite::FileError as StoreError;
use chatislav_sqlite::Opened;
use chatislav_webhooks::DeliveryKey;
use rusqlite::{Connection, OptionalExtension, Params};
use tokio::sync::{oneshot, watch};

use super::{Capture, Limits, NotKept};
use queue::{Job, Queue, closed};
use schema::{KIND, capture, integer, select};
use writer::{Totals, Writer};

/// An open store.
pub(super) struct Store {
    /// Closed before the writer, who then is alone and can bring the log to its end.
    reader: Mutex<Connection>,
    /// `None` if it was opened for reading.
    writing: Option<Writing>,
    /// The last thing that went wrong in reading.
    fault: Mutex<Option<String>>,
}

struct Writing {
    queue: Arc<Queue>,
    lost: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl Store {
    pub(super) fn open(path: &Path, limits: Limits, newest: &watch::Sender<u64>) -> Result<Self, StoreError> {
        let Opened { writer: connection, reader, lock } = KIND.open(path)?;
        let totals = Totals::read(&connection).map_err(|error| StoreError::of(&KIND, path, &error))?;
        newest.send_replace(totals.newest);
        let queue = Arc::new(Queue::new(totals.newest + 1));
        let lost = Arc::new(AtomicU64::new(0));
        let writer =
            Writer { connection, queue: Arc::clone(&queue), limits, newest: newest.clone(), lost: Arc::clone(&lost) };
        let thread = thread::Builder::new().name("journal".to_owned()).spawn(|| writer.run());
        let thread =
            Some(thread.map_err(|error| StoreError::new(format!("there is no thread for the store: {error}")))?);
        let writing = Some(Writing { queue, lost, thread, _lock: lock });
        Ok(Store { reader: Mutex::new(reader), writing, fault: Mutex::new(None) })
    }

    pub(super) fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let reader = Mutex::new(KIND.read(path)?);
        Ok(Store { reader, writing: None, fault: Mutex::new(None) })
    }

    pub(super) async fn append(&self, capture: Arc<Capture>) -> Result<Arc<Capture>, NotKept> {
        let Some(Writing { queue, .. }) = &self.writing else { return Err(for_reading()) };
        let mut unqueued = Unqueued { store: self, capture: Some(capture) };
        let room = match &unqueued.capture {
            Some(capture) => queue.wait_for_room(capture).await?,
            None => return Err(closed()),
        };
        let Some(capture) = unqueued.capture.take() else { return Err(closed()) };
        let (waiter, kept) = oneshot::channel();
        let capture = queue.push(capture, room, waiter);
        match kept.await {
            Ok(told) => told.outcome().map(|()| capture),
            // Nobody writes any more.
            Err(_) => Err(closed()),
        }
    }

    pub(super) fn append_soon(&self, mut capture: Arc<Capture>) -> Arc<Capture> {
        let Some(Writing { queue, lost, .. }) = &self.writing else {
            Arc::make_mut(&mut capture).number = 0;
            return capture;
        };
        let (capture, is_queued) = queue.push_soon(capture);
        if !is_queued {
            lost.fetch_add(1, Ordering::Relaxed);
        }
        capture
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Capture>> {
        self.captures(select!("WHERE number = ?1"), [integer(number)]).pop()
    }

    pub(super) fn after(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let sql = select!("WHERE number > ?1 ORDER BY number LIMIT ?2");
        self.captures(sql, [integer(number), integer(limit)])
    }

    pub(super) fn before(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let sql = select!("WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
        self.captures(sql, [integer(number), integer(limit)])
    }

    pub(super) fn clear(&self) -> Result<(), NotKept> {
        self.ask(Job::Clear)
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        let totals = self.read(Totals::read).unwrap_or_default();
        (totals.newest, totals.newest.saturating_sub(totals.requests))
    }

    /// The newest whole requests, oldest first: delivery, whether it passed, attempt.
    pub(super) fn recent_attempts(&self, limit: usize) -> Vec<(DeliveryKey, bool, u64)> {
        let sql = "SELECT delivery, verdict IN ('verified', 'unsigned'), attempt FROM requests \
            WHERE delivery IS NOT NULL ORDER BY number DESC LIMIT ?1";
        let read = self.read(|reader| {
            let mut statement = reader.prepare_cached(sql)?;
            let rows = statement.query_map([integer(limit)], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        let read = read.unwrap_or_default().into_iter().rev();
        read.filter_map(|(key, is_good, attempt)| Some((key.parse().ok()?, is_good, attempt))).collect()
    }

    pub(super) fn setting(&self, key: &str) -> Option<String> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.read(|reader| reader.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()).flatten()
    }

    pub(super) fn set_setting(&self, key: &str, value: &str) -> Result<(), NotKept> {
        self.ask(|done| Job::Set { key: key.to_owned(), value: value.to_owned(), done })
    }

    pub(super) fn lost(&self) -> u64 {
        self.writing.as_ref().map_or(0, |writing| writing.lost.load(Ordering::Relaxed))
    }

    pub(super) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Asks the writer, and waits.
    fn ask(&self, job: impl FnOnce(SyncSender<Result<(), NotKept>>) -> Job) -> Result<(), NotKept> {
        let Some(Writing { queue, .. }) = &self.writing else { return Err(for_reading()) };
        let (done, outcome) = sync_channel(1);
        queue.ask(job(done));
        outcome.recv().unwrap_or_else(|_| Err(closed()))
    }

    fn captures(&self, sql: &str, values: impl Params) -> Vec<Arc<Capture>> {
        let found = self.read(|reader| {
            let mut statement = reader.prepare_cached(sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                match capture(row) {
                    Ok(capture) => found.push(Arc::new(capture)),
                    // The others can still be read.
                    Err(error) => self.remember(&error),
                }
            }
            Ok(found)
        });
        found.unwrap_or_default()
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>) -> Option<T> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read(&reader).map_err(|error| self.remember(&error)).ok()
    }

    fn remember(&self, error: &rusqlite::Error) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }
}

/// A capture that waits for room. Who stops waiting, because its sender has left, leaves it to be
/// kept all the same.
struct Unqueued<'a> {
    store: &'a Store,
    capture: Option<Arc<Capture>>,
}

impl Drop for Unqueued<'_> {
    fn drop(&mut self) {
        if let Some(capture) = self.capture.take() {
            self.store.append_soon(capture);
        }
    }
}

impl Drop for Writing {
    /// Waits until all that was queued is in the file.
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("writes", &self.writing.is_some()).finish_non_exhaustive()
    }
}

fn for_reading() -> NotKept {
    NotKept("the store was opened for reading".to_owned())
}
