//! What waits to be written.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot};

use super::super::blocks::Blocks;
use super::super::{Capture, NotKept};
use super::schema::{micros, to_micros};

/// How much may wait of what somebody waits for; who comes later waits for room.
const ROOM: usize = 32 * 1024 * 1024;
/// How much may wait beside, of what nobody can wait for.
const ROOM_SOON: usize = 32 * 1024 * 1024;
/// The writer does not wait for more than these to come together.
const BATCH: usize = 16;
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

/// The writer is idle, and woken when this is dropped.
///
/// A transaction costs as much as several rows, and a writer who is woken by the first row has often
/// begun before the second one is there.
pub(super) struct Wake<'a>(&'a Queue);

impl Wake<'_> {
    /// Wakes the writer once nothing more comes at the same time, or there is enough.
    pub(super) async fn with_others(self) {
        let mut waiting = 0;
        loop {
            let now = self.0.lock().jobs.len();
            if now == waiting || now >= BATCH {
                return;
            }
            waiting = now;
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Wake<'_> {
    fn drop(&mut self) {
        self.0.ready.notify_one();
    }
}

/// The room that a job takes while it waits.
pub(super) enum Room {
    Waited(u32),
    Soon(usize),
}

pub(super) struct Queue {
    state: Mutex<State>,
    /// For the writer.
    ready: Condvar,
    room: Semaphore,
}

struct State {
    jobs: Vec<Job>,
    blocks: Blocks,
    /// The number of the next capture.
    next: u64,
    soon: usize,
    is_writer_idle: bool,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(next: u64) -> Self {
        let state = State {
            jobs: Vec::new(),
            blocks: Blocks::default(),
            next,
            soon: 0,
            is_writer_idle: false,
            is_closed: false,
        };
        Queue { state: Mutex::new(state), ready: Condvar::new(), room: Semaphore::new(ROOM / UNIT) }
    }

    /// Gives a capture its number and a place, once there is room. Who stops waiting for room leaves
    /// the capture to be kept soon.
    pub(super) async fn wait_for_room(&self, capture: &Capture) -> Result<Room, NotKept> {
        let units = (capture.size().div_ceil(UNIT)).min(ROOM / UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let permit = self.room.acquire_many(units).await.map_err(|_| closed())?;
        permit.forget();
        Ok(Room::Waited(units))
    }

    pub(super) fn push(&self, capture: Arc<Capture>, room: Room, waiter: Waiter) -> (Arc<Capture>, Option<Wake<'_>>) {
        let mut state = self.lock();
        let capture = state.number(capture);
        if !state.is_closed {
            state.jobs.push(Job::Keep { capture: Arc::clone(&capture), room, waiter: Some(waiter) });
        }
        (capture, self.wake(&mut state))
    }

    /// The same for what cannot wait; `false` if there is no room. The writer is woken at once.
    pub(super) fn push_soon(&self, capture: Arc<Capture>) -> (Arc<Capture>, bool) {
        let size = capture.size();
        let mut state = self.lock();
        let capture = state.number(capture);
        let has_room = !state.is_closed && state.soon + size <= ROOM_SOON;
        if has_room {
            state.soon += size;
            state.jobs.push(Job::Keep { capture: Arc::clone(&capture), room: Room::Soon(size), waiter: None });
        }
        let wake = self.wake(&mut state);
        drop(state);
        drop(wake);
        (capture, has_room)
    }

    /// Another job than a capture; there are few. Who asks blocks until it is done, perhaps the thread
    /// that would have woken the writer.
    pub(super) fn ask(&self, job: Job) {
        let mut state = self.lock();
        if !state.is_closed {
            state.jobs.push(job);
        }
        drop(state);
        self.ready.notify_one();
    }

    /// Takes all that waits into `jobs`, which is empty, and waits until there is something; `false`
    /// once it is closed and there is nothing left.
    pub(super) fn take(&self, jobs: &mut Vec<Job>) -> bool {
        let mut state = self.lock();
        while state.jobs.is_empty() {
            if state.is_closed {
                return false;
            }
            state.is_writer_idle = true;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_writer_idle = false;
        std::mem::swap(&mut state.jobs, jobs);
        true
    }

    /// Gives room back.
    pub(super) fn release(&self, waited: usize, soon: usize) {
        if soon > 0 {
            self.lock().soon -= soon;
        }
        self.room.add_permits(waited);
    }

    /// Takes nothing more. What waits is still written.
    pub(super) fn close(&self) {
        self.room.close();
        self.lock().is_closed = true;
        self.ready.notify_all();
    }

    /// Drops what waits, for when there is no writer any more: who waits is told by that.
    pub(super) fn abandon(&self) {
        self.close();
        let jobs = std::mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    /// What wakes the writer, if he is idle and nobody has it yet.
    fn wake(&self, state: &mut State) -> Option<Wake<'_>> {
        std::mem::take(&mut state.is_writer_idle).then(|| Wake(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::yield_now;

    fn job() -> Job {
        let (done, _) = std::sync::mpsc::sync_channel(1);
        Job::Clear(done)
    }

    /// How many jobs were there when the writer was woken, where one comes each time somebody looks.
    async fn woken_with(coming: usize) -> usize {
        let queue = Queue::new(1);
        queue.ask(job());
        let woken = async {
            Wake(&queue).with_others().await;
            queue.lock().jobs.len()
        };
        let come = async {
            for _ in 1..coming {
                queue.ask(job());
                yield_now().await;
            }
        };
        tokio::join!(biased; woken, come).0
    }

    #[tokio::test]
    async fn what_comes_at_the_same_time_is_one_batch() {
        assert_eq!(woken_with(1).await, 1);
        assert_eq!(woken_with(5).await, 5);
        assert_eq!(woken_with(1000).await, BATCH);
    }
}
