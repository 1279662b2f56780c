//! The one thread that writes: what waits goes in one transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Statement};
use tokio::sync::watch;

use super::super::{Limits, NotKept};
use super::queue::{Job, Queue, Room, Told, Waiter};
use super::schema::{INSERT, Rows, integer};

/// What the file has counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// The number that was given last.
    pub(super) newest: u64,
    pub(super) requests: u64,
    pub(super) bytes: u64,
}

impl Totals {
    /// A number is never given twice, even if somebody has changed the totals.
    pub(super) fn read(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let sql = "SELECT max(newest, ifnull((SELECT max(number) FROM requests), 0)), requests, bytes FROM totals";
        connection.prepare_cached(sql)?.query_row([], |row| {
            let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or_default());
            Ok(Totals { newest: number(0)?, requests: number(1)?, bytes: number(2)? })
        })
    }

    fn exceed(&self, limits: &Limits) -> bool {
        self.requests > limits.count as u64 || self.bytes > limits.bytes as u64
    }
}

/// What the thread has to do with.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) queue: Arc<Queue>,
    pub(super) limits: Limits,
    pub(super) newest: watch::Sender<u64>,
    /// How many could not be kept of those for which nobody waits.
    pub(super) lost: Arc<AtomicU64>,
}

/// However the thread ends, nobody waits for it in vain.
struct Abandoned<'a>(&'a Queue);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(super) fn run(self) {
        let Writer { connection, queue, limits, newest, lost } = self;
        let _abandoned = Abandoned(&queue);
        // The tables were there when it was opened, so these fail only where memory is out.
        let Ok(mut table) = Table::new(&connection) else { return };
        let mut jobs = Vec::new();
        while queue.take(&mut jobs) {
            let outcome = match table.write(&jobs, &limits) {
                Ok(written) => {
                    if let Some(number) = written {
                        newest.send_replace(number);
                    }
                    Ok(())
                }
                Err(error) => Err(not_kept(&error)),
            };
            let has_cleared = outcome.is_ok() && jobs.iter().any(|job| matches!(job, Job::Clear(_)));
            if has_cleared {
                // Gives the space back, and overwrites what was there. Who reads just now is in the
                // way; then the space is used again later.
                let _ = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
            }
            settle(&mut jobs, outcome, &queue, &lost);
        }
        drop(table);
        // What a reader holds back stays in the log, where the next one finds it.
        let _ = connection.busy_timeout(Duration::ZERO);
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Tells everybody how it went, and gives their room back.
fn settle(jobs: &mut Vec<Job>, outcome: Result<(), NotKept>, queue: &Queue, lost: &AtomicU64) {
    let (mut waited, mut soon) = (0, 0);
    let mut waiters: Vec<Waiter> = Vec::new();
    let mut asked: Vec<SyncSender<Result<(), NotKept>>> = Vec::new();
    for job in jobs.drain(..) {
        match job {
            Job::Keep { room, waiter, .. } => {
                match room {
                    Room::Waited(units) => waited += units as usize,
                    Room::Soon(bytes) => soon += bytes,
                }
                if waiter.is_none() && outcome.is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
                waiters.extend(waiter);
            }
            Job::Clear(done) | Job::Set { done, .. } => asked.push(done),
        }
    }
    queue.release(waited, soon);
    for done in asked {
        let _ = done.send(outcome.clone());
    }
    Told::tell(outcome, waiters);
}

fn not_kept(error: &rusqlite::Error) -> NotKept {
    NotKept(match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy) => "another program holds the file".to_owned(),
        _ => error.to_string(),
    })
}

/// The statements, prepared once.
struct Table<'a> {
    connection: &'a Connection,
    begin: Statement<'a>,
    insert: Statement<'a>,
    count: Statement<'a>,
    commit: Statement<'a>,
    oldest: Statement<'a>,
    forget: Statement<'a>,
    rows: Rows,
}

impl<'a> Table<'a> {
    fn new(connection: &'a Connection) -> Result<Self, rusqlite::Error> {
        Ok(Table {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            insert: connection.prepare(INSERT)?,
            count: connection.prepare(
                "UPDATE totals SET newest = ?1, requests = requests + ?2, bytes = bytes + ?3 RETURNING requests, bytes",
            )?,
            commit: connection.prepare("COMMIT")?,
            oldest: connection.prepare("SELECT number, size FROM requests ORDER BY number")?,
            forget: connection.prepare("DELETE FROM requests WHERE number <= ?1")?,
            rows: Rows::default(),
        })
    }

    /// Does all jobs or none; gives back the number of the newest capture, if there is one.
    fn write(&mut self, jobs: &[Job], limits: &Limits) -> Result<Option<u64>, rusqlite::Error> {
        let written = self.transact(jobs, limits);
        // The last values stay bound otherwise, and bodies are large.
        self.insert.clear_bindings();
        if written.is_err() && !self.connection.is_autocommit() {
            // A full disk may have rolled back already. Where rolling back fails, so does the next BEGIN.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        written
    }

    fn transact(&mut self, jobs: &[Job], limits: &Limits) -> Result<Option<u64>, rusqlite::Error> {
        let (mut newest, mut requests, mut bytes) = (None, 0, 0);
        self.begin.execute([])?;
        for job in jobs {
            match job {
                Job::Keep { capture, .. } => {
                    self.rows.insert(&mut self.insert, capture)?;
                    newest = Some(capture.number);
                    requests += 1;
                    bytes += integer(capture.size());
                }
                Job::Clear(_) => {
                    self.connection.execute("DELETE FROM requests", [])?;
                    self.connection.execute("UPDATE totals SET requests = 0, bytes = 0", [])?;
                    (requests, bytes) = (0, 0);
                }
                Job::Set { key, value, .. } => {
                    self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [key, value])?;
                }
            }
        }
        if let Some(newest) = newest {
            let totals = self.count.query_row([integer(newest), requests, bytes], |row| {
                let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or_default());
                Ok(Totals { newest, requests: number(0)?, bytes: number(1)? })
            })?;
            if totals.exceed(limits) {
                self.prune(totals, limits)?;
            }
        }
        self.commit.execute([])?;
        Ok(newest)
    }

    /// Forgets the oldest until the rest is within the limits. The trigger counts them off.
    fn prune(&mut self, mut totals: Totals, limits: &Limits) -> Result<(), rusqlite::Error> {
        let mut last = None;
        let mut rows = self.oldest.query([])?;
        while totals.exceed(limits) {
            let Some(row) = rows.next()? else { break };
            last = Some(row.get::<_, i64>(0)?);
            totals.requests = totals.requests.saturating_sub(1);
            totals.bytes = totals.bytes.saturating_sub(row.get::<_, i64>(1)?.unsigned_abs());
        }
        drop(rows);
        if let Some(last) = last {
            self.forget.execute([last])?;
        }
        Ok(())
    }
}
