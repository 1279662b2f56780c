//! The one thread that writes: what waits goes in one transaction, and is told once the disk has it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use tokio::sync::Notify;

use super::queue::{Job, Jobs};
use super::tables::Tables;
use super::{Hook, Point};
use crate::outbox::{OutboxError, Trouble};

/// How many jobs go in one transaction at most.
const MOST: usize = 512;
/// How often to look whether another program has written.
const LOOK: Duration = Duration::from_millis(100);

pub(super) struct Writer {
    pub(super) tables: Tables,
    pub(super) jobs: Arc<Jobs>,
    pub(super) changed: Arc<Notify>,
    pub(super) hook: Hook,
}

/// However the thread ends, nobody waits for it in vain.
struct Abandoned(Arc<Jobs>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let _abandoned = Abandoned(Arc::clone(&self.jobs));
        let mut jobs = Vec::new();
        let mut looked = Instant::now();
        while self.jobs.take(&mut jobs, MOST, Some(LOOK)) {
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                // What cannot be read now is found at the next claim.
                if self.tables.others_have_written().unwrap_or(false) {
                    self.changed.notify_one();
                }
            }
            if jobs.is_empty() {
                continue;
            }
            let enqueues = jobs.iter().any(|job| matches!(job.name(), "enqueue" | "retry" | "cancel"));
            let prunes = jobs.iter().any(|job| job.name() == "prune");
            let began = Instant::now();
            let kept = self.transaction(&mut jobs).map_err(|error| not_kept(&error));
            if let Err(error) = &kept {
                self.tables.forget_turns();
                if error.trouble == Trouble::Full {
                    // What is in the log may need no more room than the database has.
                    self.tables.put_log_away();
                }
            } else if enqueues {
                self.changed.notify_one();
            }
            for job in jobs.drain(..) {
                job.tell(kept.clone());
            }
            if prunes && self.tables.lease.is_none() {
                // Who waits for the file looks only now and then whether it is free, and a dispatcher beside
                // would stand still for as long as much is forgotten.
                thread::sleep(began.elapsed().min(LOOK));
            }
        }
        self.tables.end();
    }

    fn transaction(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
        self.tables.begin()?;
        for job in &mut *jobs {
            if let Err(error) = job.work(&mut self.tables) {
                self.tables.roll_back();
                return Err(error);
            }
        }
        jobs.iter().for_each(|job| (self.hook)(Point::BeforeCommit(job.name())));
        self.tables.commit()?;
        jobs.iter().for_each(|job| (self.hook)(Point::AfterCommit(job.name())));
        Ok(())
    }
}

/// What is told to whoever asked.
pub(super) fn not_kept(error: &rusqlite::Error) -> OutboxError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OutboxError::new(Trouble::Full, "the disk is full: nothing was kept"),
        _ => OutboxError::new(Trouble::Other, format!("the outbox cannot be written: {error}")),
    }
}
