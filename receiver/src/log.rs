//! One line per request: pretty for people, JSON for programs.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use chatislav_webhooks::{DeliveryKey, Line, Printable, Timestamp};
use tokio::sync::Notify;

use crate::verdict::Verdict;

/// A line waits at most this long before it is written.
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// Lines are written at once when this many bytes wait.
const FLUSH_AT: usize = 64 * 1024;

/// What is told about a request, once it was answered.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Names the request among all of this receiver's.
    pub id: &'a str,
    /// When its head had arrived.
    pub time: SystemTime,
    /// The method as it came.
    pub method: &'a str,
    /// The request target as it came.
    pub target: &'a str,
    /// The event's name; empty if the request was refused.
    pub event: &'a str,
    /// What became of it before the plan.
    pub verdict: &'a Verdict,
    /// What tells its delivery from others; `None` if the body was not read.
    pub delivery: Option<DeliveryKey>,
    /// The number of the attempt within its delivery, from 1.
    pub attempt: u64,
    /// The status that was sent, or `None` if there was no answer.
    pub status: Option<u16>,
    /// The plan's step and how many there are, if the plan was asked.
    pub step: Option<(u64, u64)>,
    /// How many bytes the body has.
    pub bytes: usize,
    /// From the head's arrival to the answer.
    pub duration: Duration,
}

/// Where records go.
pub trait Sink: Send + Sync {
    /// Takes the record of one request.
    fn record(&self, record: &Record<'_>);

    /// Takes a word about something that did not become a request.
    fn notice(&self, notice: &str);
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with or without colours.
    Pretty {
        /// Whether the output understands ANSI colours.
        colours: bool,
    },
    /// One JSON object a line.
    Json,
    /// Not at all.
    Quiet,
}

/// Writes records as lines, gathered and written every 50 ms and at the end: a write for each
/// would cost more than the verification.
pub struct Lines {
    format: Format,
    waiting: Mutex<Vec<u8>>,
    out: Mutex<Box<dyn Write + Send>>,
    has_lines: Notify,
}

impl Lines {
    /// Writes to `out`, which is written to from whichever thread handles a request.
    pub fn new(format: Format, out: impl Write + Send + 'static) -> Self {
        Lines { format, waiting: Mutex::default(), out: Mutex::new(Box::new(out)), has_lines: Notify::new() }
    }

    /// Writes a line of the caller's in its turn.
    pub fn line(&self, line: &str) {
        let mut waiting = lock(&self.waiting);
        let was_empty = waiting.is_empty();
        waiting.extend_from_slice(line.as_bytes());
        let is_much = waiting.len() >= FLUSH_AT;
        drop(waiting);
        if was_empty {
            self.has_lines.notify_one();
        }
        if is_much && self.flush().is_err() {
            // Told to whoever runs the log: it fails there on the next line.
            self.has_lines.notify_one();
        }
    }

    /// Writes what waits, at once. The caller does this at the end.
    ///
    /// # Errors
    /// If the output takes it no more; the lines are then lost.
    pub fn flush(&self) -> io::Result<()> {
        // The output is taken first, so that lines keep their order.
        let mut out = lock(&self.out);
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        out.write_all(&waiting).and_then(|()| out.flush())
    }

    /// Writes lines while requests come; to be run beside the receiver. Comes back with the error
    /// when the output takes no more.
    pub async fn run(&self) -> io::Error {
        loop {
            self.has_lines.notified().await;
            tokio::time::sleep(FLUSH_EVERY).await;
            if let Err(error) = self.flush() {
                return error;
            }
        }
    }
}

impl Sink for Lines {
    fn record(&self, record: &Record<'_>) {
        match self.format {
            Format::Json => self.line(&json(record)),
            Format::Pretty { colours } => self.line(&pretty(record, colours)),
            Format::Quiet => {}
        }
    }

    fn notice(&self, notice: &str) {
        if self.format != Format::Quiet {
            // Nobody may be reading; that is no reason to stop serving.
            let _ = writeln!(io::stderr(), "{}", Printable(notice));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left behind is at worst half a line.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn json(record: &Record<'_>) -> String {
    let secret = match record.verdict {
        Verdict::Verified { secret } => Some(*secret),
        _ => None,
    };
    let line = Line::new("request")
        .plain("id", record.id)
        .plain("time", Timestamp::from(record.time))
        .text("method", record.method)
        .text("target", record.target)
        .text("event", record.event)
        .plain("verdict", record.verdict.name())
        .number_or_null("secret", secret);
    let line = match record.delivery {
        Some(delivery) => line.plain("delivery", delivery),
        None => line.plain("delivery", ""),
    };
    let line = line.number("attempt", record.attempt).number_or_null("status", record.status);
    let line = match record.step {
        Some((step, of)) => line.plain("step", format_args!("{step}/{of}")),
        None => line.number_or_null("step", None::<u8>),
    };
    line.number("bytes", record.bytes).number("ms", format_args!("{:.3}", record.duration.as_secs_f64() * 1e3)).end()
}

fn pretty(record: &Record<'_>, colours: bool) -> String {
    let paint = |code: &'static str| if colours { code } else { "" };
    let (green, yellow, red, dim, plain) =
        (paint("\x1b[32m"), paint("\x1b[33m"), paint("\x1b[31m"), paint("\x1b[2m"), paint("\x1b[0m"));
    let time = Timestamp::from(record.time).rfc3339();
    let time = time.get(11..23).unwrap_or_default();
    let (symbol, colour) = match record.verdict {
        Verdict::Verified { .. } => ("✓", green),
        Verdict::Unsigned => ("?", yellow),
        Verdict::Refused(_) => ("✗", red),
    };
    let status_colour = match record.status {
        Some(200..=299) => green,
        Some(500..) | None => yellow,
        Some(_) => red,
    };
    let event = if record.event.is_empty() { "-" } else { record.event };
    let verdict = record.verdict.name();
    let status = record.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let step = record.step.map_or_else(String::new, |(step, of)| format!("  step {step}/{of}"));
    let ms = record.duration.as_secs_f64() * 1e3;
    let mut line = format!(
        "{dim}{time}{plain}  {}  {} {}  {}  {colour}{symbol} {verdict}{plain}  → {status_colour}{status}{plain}{step}  attempt {}  {} B  {ms:.1} ms\n",
        record.id,
        Printable(record.method),
        Printable(record.target),
        Printable(event),
        record.attempt,
        record.bytes,
    );
    if let Verdict::Refused(error) = record.verdict {
        // Writing to a String cannot fail.
        let _ = writeln!(line, "              {dim}{error}: {}{plain}", error.hint());
    }
    line
}
