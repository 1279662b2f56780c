//! Every request as it was: kept, found again, followed as they come.

mod capture;
mod record;
mod ring;
mod search;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use capture::{Answer, Capture, End, INCOMPLETE, MALFORMED, Version};
pub use record::{InvalidRecord, from_json, to_json};
use ring::Ring;
pub(crate) use search::each_after;
pub use search::{Found, closest, matches, search};

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

/// Keeps captures.
#[derive(Debug)]
pub struct Journal {
    kept: Kept,
    /// The number of the newest capture.
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
enum Kept {
    Memory(Mutex<Ring>),
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

    /// Gives a capture its number and keeps it. With a store it comes back once the capture is in
    /// the file, so that what was answered can be found there after a crash.
    ///
    /// # Errors
    /// [`NotKept`] if the store cannot be written.
    pub async fn append(&self, capture: Capture) -> Result<Arc<Capture>, NotKept> {
        Ok(self.append_soon(capture))
    }

    /// The same without waiting for the store, for where there is nobody to answer any more.
    pub fn append_soon(&self, capture: Capture) -> Arc<Capture> {
        let Kept::Memory(ring) = &self.kept;
        let capture = lock(ring).push(capture);
        self.newest.send_replace(capture.number);
        capture
    }

    /// One capture.
    pub fn get(&self, number: u64) -> Option<Arc<Capture>> {
        let Kept::Memory(ring) = &self.kept;
        lock(ring).get(number)
    }

    /// The capture that has this id, [`Capture::id`].
    pub fn named(&self, id: &str) -> Option<Arc<Capture>> {
        let (_, number) = id.split_once('-')?;
        self.get(number.parse().ok()?).filter(|capture| capture.id() == id)
    }

    /// At most so many captures after a number, oldest first.
    pub fn after(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let Kept::Memory(ring) = &self.kept;
        lock(ring).after(number, limit)
    }

    /// At most so many captures before a number, newest first.
    pub fn before(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let Kept::Memory(ring) = &self.kept;
        lock(ring).before(number, limit)
    }

    /// Forgets everything; numbers go on.
    pub fn clear(&self) {
        let Kept::Memory(ring) = &self.kept;
        lock(ring).clear();
    }

    /// How many captures were made, and how many of them are kept no more.
    pub fn counts(&self) -> (u64, u64) {
        let Kept::Memory(ring) = &self.kept;
        lock(ring).counts()
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
