//! Every request as it was: kept, found again, followed as they come.

mod blocks;
mod capture;
mod record;
mod ring;
mod search;
mod store;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chatislav_webhooks::DeliveryKey;
use tokio::sync::watch;

pub(crate) use blocks::SHORT;
pub use capture::{Answer, Capture, End, INCOMPLETE, MALFORMED, Version};
pub use record::{InvalidRecord, from_json, to_json};
use ring::Ring;
pub(crate) use search::each_after;
pub use search::{Found, closest, kept, matches, search};
use store::Store;
pub use store::StoreError;

/// How much a journal keeps; the oldest go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many requests.
    pub count: usize,
    /// How many bytes in all, heads, bodies and answers.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { count: 10_000, bytes: 64 * 1024 * 1024 }
    }
}

impl Limits {
    /// What a store keeps unless it is told otherwise: a million requests, 4 GiB.
    pub fn of_store() -> Self {
        Limits { count: 1_000_000, bytes: 4_usize.saturating_mul(1024 * 1024 * 1024) }
    }
}

/// Keeps captures, in memory or in a file.
///
/// All methods but `append` and `append_soon` may read a file, and block meanwhile: asynchronous code
/// calls them on a thread for that. Only what is in the file is found there, not what still waits.
#[derive(Debug)]
pub struct Journal {
    kept: Kept,
    /// The number of the newest capture.
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
enum Kept {
    Memory(Mutex<Ring>),
    Store(Store),
}

/// Why a capture could not be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKept(String);

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotKept {}

impl Default for Journal {
    /// In memory, with the default limits.
    fn default() -> Self {
        Journal::in_memory(Limits::default())
    }
}

impl Journal {
    /// Keeps captures in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Journal { kept: Kept::Memory(Mutex::new(Ring::new(limits))), newest: watch::Sender::new(0) }
    }

    /// Keeps captures in a file, and finds those of earlier runs in it; numbers go on from there.
    ///
    /// The file is a SQLite database for its owner alone; it is made if it is not there. One journal
    /// at a time writes to it. Dropping the journal waits until all is written. A crash, also
    /// `kill -9`, loses nothing for which [`Journal::append`] has come back; a power cut may lose the
    /// last moments, since the disk is not waited for.
    ///
    /// # Errors
    /// [`StoreError`] if the file is not a store, cannot be written, is open to others, was written by
    /// a newer version, or is being written by another receiver.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self, StoreError> {
        let newest = watch::Sender::new(0);
        Ok(Journal { kept: Kept::Store(Store::open(path.as_ref(), limits, &newest)?), newest })
    }

    /// Reads such a file, whether a receiver writes to it or not. Nothing can be kept, and
    /// [`Journal::follow`] does not hear of what the receiver writes.
    ///
    /// # Errors
    /// [`StoreError`] if there is no such file, or it cannot be read.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Ok(Journal { kept: Kept::Store(Store::open_read_only(path.as_ref())?), newest: watch::Sender::new(0) })
    }

    /// Whether it is a file, and so has to be waited for.
    pub fn is_file(&self) -> bool {
        matches!(self.kept, Kept::Store(_))
    }

    /// Gives a capture its number and keeps it. With a store it comes back once the capture is in
    /// the file, so that what was answered can be found there after a crash. Who stops waiting does
    /// not take the capture back. Once polled, it must be polled to its end or dropped: of those who wait
    /// together one tells the others.
    ///
    /// # Errors
    /// [`NotKept`] if the store cannot be written. The number is then missing.
    pub async fn append(&self, capture: impl Into<Arc<Capture>>) -> Result<Arc<Capture>, NotKept> {
        let capture = capture.into();
        match &self.kept {
            Kept::Memory(ring) => Ok(self.push(ring, capture)),
            Kept::Store(store) => store.append(capture).await,
        }
    }

    /// The same without waiting for the store, for where there is nobody to answer any more. Where the
    /// store is full of what waits already, or cannot be written, [`Journal::lost`] counts it.
    pub fn append_soon(&self, capture: impl Into<Arc<Capture>>) -> Arc<Capture> {
        let capture = capture.into();
        match &self.kept {
            Kept::Memory(ring) => self.push(ring, capture),
            Kept::Store(store) => store.append_soon(capture),
        }
    }

    fn push(&self, ring: &Mutex<Ring>, capture: Arc<Capture>) -> Arc<Capture> {
        let capture = lock(ring).push(capture);
        self.newest.send_replace(capture.number);
        capture
    }

    /// One capture.
    pub fn get(&self, number: u64) -> Option<Arc<Capture>> {
        match &self.kept {
            Kept::Memory(ring) => lock(ring).get(number),
            Kept::Store(store) => store.get(number),
        }
    }

    /// The capture that has this id, [`Capture::id`].
    pub fn named(&self, id: &str) -> Option<Arc<Capture>> {
        let (_, number) = id.split_once('-')?;
        self.get(number.parse().ok()?).filter(|capture| capture.id() == id)
    }

    /// At most so many captures after a number, oldest first.
    pub fn after(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        match &self.kept {
            Kept::Memory(ring) => lock(ring).after(number, limit),
            Kept::Store(store) => store.after(number, limit),
        }
    }

    /// At most so many captures before a number, newest first.
    pub fn before(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        match &self.kept {
            Kept::Memory(ring) => lock(ring).before(number, limit),
            Kept::Store(store) => store.before(number, limit),
        }
    }

    /// Forgets everything; numbers go on.
    ///
    /// # Errors
    /// [`NotKept`] if the store cannot be written.
    pub fn clear(&self) -> Result<(), NotKept> {
        match &self.kept {
            Kept::Memory(ring) => lock(ring).clear(),
            Kept::Store(store) => store.clear()?,
        }
        Ok(())
    }

    /// How many captures were made, and how many of them are kept no more.
    pub fn counts(&self) -> (u64, u64) {
        match &self.kept {
            Kept::Memory(ring) => lock(ring).counts(),
            Kept::Store(store) => store.counts(),
        }
    }

    /// The newest whole requests of earlier runs, oldest first: delivery, whether it passed, attempt.
    /// In memory there are none.
    pub fn recent_attempts(&self, limit: usize) -> Vec<(DeliveryKey, bool, u64)> {
        match &self.kept {
            Kept::Memory(_) => Vec::new(),
            Kept::Store(store) => store.recent_attempts(limit),
        }
    }

    /// A text that the store keeps beside the captures; `None` in memory.
    pub fn setting(&self, key: &str) -> Option<String> {
        match &self.kept {
            Kept::Memory(_) => None,
            Kept::Store(store) => store.setting(key),
        }
    }

    /// Keeps such a text; in memory there is nothing to keep it for.
    ///
    /// # Errors
    /// [`NotKept`] if the store cannot be written.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<(), NotKept> {
        match &self.kept {
            Kept::Memory(_) => Ok(()),
            Kept::Store(store) => store.set_setting(key, value),
        }
    }

    /// How many captures could not be kept of those for which nobody waited.
    pub fn lost(&self) -> u64 {
        match &self.kept {
            Kept::Memory(_) => 0,
            Kept::Store(store) => store.lost(),
        }
    }

    /// Why something was not found that may be there: what went wrong last in reading the store, told
    /// once.
    pub fn fault(&self) -> Option<String> {
        match &self.kept {
            Kept::Memory(_) => None,
            Kept::Store(store) => store.fault(),
        }
    }

    /// Tells when there is a newer capture than the one that was seen.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }
}

fn lock(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    // Nothing between lock and unlock leaves a ring half changed.
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}
