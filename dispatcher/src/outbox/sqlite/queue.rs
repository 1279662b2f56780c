//! What waits for the thread that writes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::tables::Tables;
use crate::outbox::OutboxError;

/// What stops a job.
pub(super) enum Stop {
    /// The job was refused before it changed anything: it alone has failed.
    Refused(OutboxError),
    /// The file fails: all of the transaction has failed.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Stop::Failed(error)
    }
}

/// A piece of work in a transaction, and who waits for it to be kept.
pub(super) trait Job: Send {
    /// What it is, for the one who watches.
    fn name(&self) -> &'static str;

    /// Does it, once.
    fn work(&mut self, tables: &mut Tables) -> Result<(), rusqlite::Error>;

    /// Tells how it ended, once the transaction has.
    fn tell(self: Box<Self>, kept: Result<(), OutboxError>);
}

struct Asked<T, F> {
    name: &'static str,
    work: Option<F>,
    outcome: Option<Result<T, OutboxError>>,
    done: oneshot::Sender<Result<T, OutboxError>>,
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: FnOnce(&mut Tables) -> Result<T, Stop> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&mut self, tables: &mut Tables) -> Result<(), rusqlite::Error> {
        let Some(work) = self.work.take() else { return Ok(()) };
        self.outcome = match work(tables) {
            Ok(value) => Some(Ok(value)),
            Err(Stop::Refused(error)) => Some(Err(error)),
            Err(Stop::Failed(error)) => return Err(error),
        };
        Ok(())
    }

    fn tell(self: Box<Self>, kept: Result<(), OutboxError>) {
        let Asked { outcome, done, .. } = *self;
        let outcome = outcome.unwrap_or_else(|| Err(OutboxError::closed()));
        // Nobody may be waiting any more.
        let _ = done.send(kept.and(outcome));
    }
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<Waiting>,
    ready: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Box<dyn Job>>,
    is_closed: bool,
}

impl Queue {
    /// Asks for this piece of work, and gives back what becomes of it.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Tables) -> Result<T, Stop> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, OutboxError>> {
        let (done, outcome) = oneshot::channel();
        let mut state = self.lock();
        if !state.is_closed {
            state.jobs.push(Box::new(Asked { name, work: Some(work), outcome: None, done }));
            drop(state);
            self.ready.notify_one();
        }
        outcome
    }

    /// Takes at most so many jobs into `jobs`, which is empty, and waits until there are some or the
    /// time is over; `false` once it is closed and nothing is left.
    pub(super) fn take(&self, jobs: &mut Vec<Box<dyn Job>>, most: usize, patience: Duration) -> bool {
        let is_idle = |state: &mut Waiting| state.jobs.is_empty() && !state.is_closed;
        let waited = self.ready.wait_timeout_while(self.lock(), patience, is_idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let end = state.jobs.len().min(most);
        jobs.extend(state.jobs.drain(..end));
        !(jobs.is_empty() && state.is_closed)
    }

    /// Takes nothing more. What waits is still done.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.ready.notify_all();
    }

    /// Drops what waits, for when there is no writer any more: who waits is told by that.
    pub(super) fn abandon(&self) {
        self.close();
        let jobs = std::mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
