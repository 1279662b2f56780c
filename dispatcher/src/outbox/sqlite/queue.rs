//! What waits for the thread that writes.

use std::sync::Arc;

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

/// The jobs that wait.
pub(super) type Jobs = chatislav_sqlite::Queue<Box<dyn Job>>;

/// Asks for this piece of work, and gives back what becomes of it.
pub(super) fn ask<T: Send + 'static>(
    jobs: &Arc<Jobs>,
    name: &'static str,
    work: impl FnOnce(&mut Tables) -> Result<T, Stop> + Send + 'static,
) -> oneshot::Receiver<Result<T, OutboxError>> {
    let (done, outcome) = oneshot::channel();
    // If it is closed, what waits for the outcome is told by that.
    jobs.push(Box::new(Asked { name, work: Some(work), outcome: None, done }));
    outcome
}
