//! What waits to be written.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chatislav_sqlite::Queue as Jobs;
use tokio::sync::{Semaphore, oneshot};

use super::super::blocks::Blocks;
use super::super::{Capture, NotKept};
use super::schema::{micros, to_micros};

/// How much may wait of what somebody waits for; who comes later waits for room.
const ROOM: usize = 32 * 1024 * 1024;
/// How much may wait beside, of what nobody can wait for.
const ROOM_SOON: usize = 32 * 1024 * 1024;
/// Room is counted in these.
const UNIT: usize = 1024;

/// What the writer is asked to do.
pub(super) enum Job {
    /// Keep a capture, and tell if somebody waits.
    Keep { capture: Arc<Capture>, room: Room, waiter: Option<Waiter> },
    /// Forget all captures.
    Clear(SyncSender<Result<(), NotKept>>),
    /// Keep a setting.
    Set { key: String, value: String, done: SyncSender<Result<(), NotKept>> },
}

/// What becomes known to who waits.
pub(super) type Waiter = oneshot::Sender<Told>;

/// The outcome of a batch, and who else waits for it.
///
/// A runtime is woken from outside by a system call for each task, and from inside by none. So the
/// writer tells the first of a batch, and that one tells the others, even if it is dropped.
pub(super) struct Told {
    outcome: Result<(), NotKept>,
    others: Vec<Waiter>,
}

impl Told {
    /// Tells all of them.
    pub(super) fn tell(outcome: Result<(), NotKept>, mut waiters: Vec<Waiter>) {
        while let Some(first) = waiters.pop() {
            let told = Told { outcome: outcome.clone(), others: waiters };
            // Who has gone gives the message back.
            let Err(mut told) = first.send(told) else { return };
            waiters = std::mem::take(&mut told.others);
        }
    }

    pub(super) fn outcome(&self) -> Result<(), NotKept> {
        self.outcome.clone()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        for other in self.others.drain(..) {
            let _ = other.send(Told { outcome: self.outcome.clone(), others: Vec::new() });
        }
    }
}

/// The room that a job takes while it waits.
pub(super) enum Room {
    Waited(u32),
    Soon(usize),
}

pub(super) struct Queue {
    jobs: Arc<Jobs<Job>>,
    numbers: Mutex<Numbers>,
    room: Semaphore,
}

/// Held while a capture is queued: numbers rise in the order of the queue.
struct Numbers {
    /// The number of the next capture.
    next: u64,
    blocks: Blocks,
    /// How many bytes wait for which nobody waits.
    soon: usize,
}

impl Queue {
    pub(super) fn new(next: u64) -> Self {
        let numbers = Numbers { next, blocks: Blocks::default(), soon: 0 };
        Queue { jobs: Arc::default(), numbers: Mutex::new(numbers), room: Semaphore::new(ROOM / UNIT) }
    }

    /// Waits until there is room for a capture, and takes it.
    pub(super) async fn wait_for_room(&self, capture: &Capture) -> Result<Room, NotKept> {
        let units = (capture.size().div_ceil(UNIT)).min(ROOM / UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let permit = self.room.acquire_many(units).await.map_err(|_| closed())?;
        permit.forget();
        Ok(Room::Waited(units))
    }

    /// Gives a capture its number and a place. If it is closed, the waiter is dropped.
    pub(super) fn push(&self, capture: Arc<Capture>, room: Room, waiter: Waiter) -> Arc<Capture> {
        let mut numbers = self.numbers();
        let capture = numbers.number(capture);
        self.jobs.push(Job::Keep { capture: Arc::clone(&capture), room, waiter: Some(waiter) });
        capture
    }

    /// The same for what cannot wait; `false` if there is no room.
    pub(super) fn push_soon(&self, capture: Arc<Capture>) -> (Arc<Capture>, bool) {
        let size = capture.size();
        let mut numbers = self.numbers();
        let capture = numbers.number(capture);
        let job = Job::Keep { capture: Arc::clone(&capture), room: Room::Soon(size), waiter: None };
        let is_queued = numbers.soon + size <= ROOM_SOON && self.jobs.push(job);
        if is_queued {
            numbers.soon += size;
        }
        (capture, is_queued)
    }

    /// Another job than a capture, for who blocks until it is done.
    pub(super) fn ask(&self, job: Job) {
        self.jobs.push_at_once(job);
    }

    /// Takes all that waits into `jobs`, which is empty, and waits until there is something; `false`
    /// once it is closed and there is nothing left.
    pub(super) fn take(&self, jobs: &mut Vec<Job>) -> bool {
        self.jobs.take(jobs, usize::MAX, None)
    }

    /// Gives room back.
    pub(super) fn release(&self, waited: usize, soon: usize) {
        if soon > 0 {
            self.numbers().soon -= soon;
        }
        self.room.add_permits(waited);
    }

    /// Takes nothing more. What waits is still written.
    pub(super) fn close(&self) {
        self.room.close();
        self.jobs.close();
    }

    /// Drops what waits, for when there is no writer any more: who waits is told by that.
    pub(super) fn abandon(&self) {
        self.room.close();
        self.jobs.abandon();
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        // Nothing between lock and unlock leaves them half changed.
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbers {
    /// The capture as it will be found, with its number and with the precision of the file.
    fn number(&mut self, mut capture: Arc<Capture>) -> Arc<Capture> {
        let Capture { number, time, duration, head, body, .. } = Arc::make_mut(&mut capture);
        (*head, *body) = (self.blocks.keep(head), self.blocks.keep(body));
        *number = self.next;
        self.next += 1;
        *time = to_micros(*time);
        *duration = micros(*duration);
        capture
    }
}

pub(super) fn closed() -> NotKept {
    NotKept("the store is closed".to_owned())
}
