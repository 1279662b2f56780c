//! One line per request: pretty for people, JSON for programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatislav_webhooks::explain::Explanation;
use chatislav_webhooks::{Line, Printable, Timestamp};
use tokio::sync::Notify;

use crate::explain;
use crate::journal::Capture;

/// A line waits at most this long before it is written.
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// Lines are written at once when this many bytes wait.
const FLUSH_AT: usize = 64 * 1024;

/// Where captures are told of.
pub trait Sink: Send + Sync {
    /// Takes a request that is over.
    fn record(&self, capture: &Capture);

    /// Takes why a refused request's signature does not fit, some time after the request.
    fn explained(&self, capture: &Capture, explanation: &Explanation) {
        let _ = (capture, explanation);
    }

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
    waiting: Mutex<String>,
    out: Mutex<Out>,
    has_lines: Notify,
}

struct Out {
    to: Box<dyn Write + Send>,
    /// Empty; lines are gathered in its memory while others are written.
    spare: String,
}

impl Lines {
    /// Writes to `out`, which is written to from whichever thread handles a request.
    pub fn new(format: Format, out: impl Write + Send + 'static) -> Self {
        let out = Out { to: Box::new(out), spare: String::new() };
        Lines { format, waiting: Mutex::default(), out: Mutex::new(out), has_lines: Notify::new() }
    }

    /// Writes a line of the caller's in its turn.
    pub fn line(&self, line: &str) {
        self.gather(|waiting| waiting.push_str(line));
    }

    fn gather(&self, add: impl FnOnce(&mut String)) {
        let mut waiting = lock(&self.waiting);
        let was_empty = waiting.is_empty();
        add(&mut waiting);
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
        let Out { to, spare } = &mut *out;
        std::mem::swap(&mut *lock(&self.waiting), spare);
        let written = to.write_all(spare.as_bytes()).and_then(|()| to.flush());
        spare.clear();
        written
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
    fn record(&self, capture: &Capture) {
        match self.format {
            Format::Json => self.gather(|waiting| {
                *waiting = request(Line::behind(std::mem::take(waiting), "request"), capture);
            }),
            Format::Pretty { colours } => self.line(&pretty(capture, colours)),
            Format::Quiet => {}
        }
    }

    fn explained(&self, capture: &Capture, explanation: &Explanation) {
        match self.format {
            // On stdout a line is a request, for whoever counts them.
            Format::Json => {
                let _ = io::stderr().write_all(explain::line(capture, explanation).as_bytes());
            }
            Format::Pretty { .. } => {
                let fix = format!("fix: {}", explanation.fix_at_sender());
                let text = explanation.to_string();
                let mut lines = format!("              {} explained:\n", capture.id());
                for line in text.lines().chain([&*fix]) {
                    // Writing to a String cannot fail.
                    let _ = writeln!(lines, "                {}", Printable(line));
                }
                self.line(&lines);
            }
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

/// A capture without its bytes: one JSON object of type `request`, with a line end.
pub(crate) fn request_line(capture: &Capture) -> String {
    request(Line::new("request"), capture)
}

fn request(line: Line, capture: &Capture) -> String {
    let (method, target) = capture.method_and_target();
    let mut line = line
        .word("id", &capture.id())
        .word("time", &Timestamp::from(capture.time).rfc3339())
        .text("method", &method)
        .text("target", &target)
        .text("event", &capture.event)
        .word("verdict", &capture.verdict);
    line = match capture.secret {
        Some(secret) => line.integer("secret", secret as u64),
        None => line.null("secret"),
    };
    line = match capture.delivery {
        Some(delivery) => line.word("delivery", &delivery.hex()),
        None => line.word("delivery", ""),
    };
    line = line.integer("attempt", capture.attempt);
    line = match capture.status() {
        Some(status) => line.integer("status", status.into()),
        None => line.null("status"),
    };
    line = match capture.step {
        Some((step, of)) => line.fraction("step", step, of),
        None => line.null("step"),
    };
    let micros = u64::try_from(capture.duration.as_micros()).unwrap_or(u64::MAX);
    line.integer("bytes", capture.body.len() as u64).thousandths("ms", micros).word("end", capture.end.name()).end()
}

/// How much of a target or of an event's name a line shows, in characters: a sender may write as much as
/// it likes.
const SHOWN: usize = 120;

fn beginning(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => Cow::Owned(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

fn pretty(capture: &Capture, colours: bool) -> String {
    let paint = |code: &'static str| if colours { code } else { "" };
    let (green, yellow, red, dim, plain) =
        (paint("\x1b[32m"), paint("\x1b[33m"), paint("\x1b[31m"), paint("\x1b[2m"), paint("\x1b[0m"));
    let time = Timestamp::from(capture.time).rfc3339();
    let time = time.get(11..23).unwrap_or_default();
    let (symbol, colour) = match capture.verdict.as_ref() {
        "verified" => ("✓", green),
        "unsigned" => ("?", yellow),
        _ => ("✗", red),
    };
    let status_colour = match capture.status() {
        Some(200..=299) => green,
        Some(500..) | None => yellow,
        Some(_) => red,
    };
    let event = if capture.event.is_empty() { "-" } else { &capture.event };
    let (method, target) = capture.method_and_target();
    let verdict = &capture.verdict;
    let status = match (capture.status(), capture.end) {
        (Some(status), _) => status.to_string(),
        (None, end) => format!("no answer ({})", end.name()),
    };
    let step = capture.step.map_or_else(String::new, |(step, of)| {
        let sticks = if capture.sticks { ", the last: it stays" } else { "" };
        format!("  step {step}/{of}{sticks}")
    });
    let ms = capture.duration.as_secs_f64() * 1e3;
    let mut line = format!(
        "{dim}{time}{plain}  {}  {} {}  {}  {colour}{symbol} {verdict}{plain}  → {status_colour}{status}{plain}{step}  attempt {}  {} B  {ms:.1} ms\n",
        capture.id(),
        Printable(&method),
        Printable(&beginning(&target)),
        Printable(&beginning(event)),
        capture.attempt,
        capture.body.len(),
    );
    if !capture.reason.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(line, "              {dim}{}{plain}", Printable(&capture.reason));
    }
    line
}
