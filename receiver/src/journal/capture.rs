//! One request as it was, and what became of it.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_webhooks::{DeliveryKey, push_digits};

/// One request as it was, and what became of it.
///
/// `Debug` shows neither headers nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct Capture {
    /// Counts from 1, in the order in which requests came to their end; with a store over all runs.
    pub number: u64,
    /// `RUN-NUMBER`; see [`Capture::id`].
    pub run: u16,
    /// When its head had arrived.
    pub time: SystemTime,
    /// Who sent it, as far as the socket tells.
    pub peer: Option<SocketAddr>,
    /// The version of HTTP.
    pub version: Version,
    /// The head as it came: request line, header lines and the empty line. Of a refused head it is
    /// what came of it. HTTP/2 has no such text; there it is written anew, names in lower case.
    pub head: Bytes,
    /// The body as it came, without the framing of the connection; what came of it, if it broke off.
    pub body: Bytes,
    /// `verified`, `unsigned`, an error code, [`MALFORMED`] or [`INCOMPLETE`].
    pub verdict: Cow<'static, str>,
    /// Why it was refused, in one sentence with a hint; empty if it was not.
    pub reason: Cow<'static, str>,
    /// Which of the secrets signed it, counted from the newest.
    pub secret: Option<usize>,
    /// The event's name; empty where there is none to believe.
    pub event: Cow<'static, str>,
    /// What tells deliveries apart; `None` if the body was not read to its end.
    pub delivery: Option<DeliveryKey>,
    /// Which attempt of its delivery it is, from 1.
    pub attempt: u64,
    /// Which step of the plan, of how many.
    pub step: Option<(u64, u64)>,
    /// Whether the plan has come to its last step here and stays there.
    pub sticks: bool,
    /// What the plan did, in its own words; empty if it was not asked.
    pub action: Cow<'static, str>,
    /// What was answered, if anything was.
    pub answer: Option<Answer>,
    /// From the end of the head until the answer was decided or given up.
    pub duration: Duration,
    /// How it ended on the wire.
    pub end: End,
}

/// The verdict on a head that is not HTTP, or that two readers would read in two ways.
pub const MALFORMED: &str = "malformed";
/// The verdict on a request whose body did not come to its end.
pub const INCOMPLETE: &str = "incomplete";

/// What was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names and values, without those that the connection adds.
    pub headers: Vec<(String, Bytes)>,
    /// The body; of a long one the beginning.
    pub body: Bytes,
}

/// The version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0 or 1.1; the head tells which.
    Http1,
    /// HTTP/2.
    Http2,
}

/// How a request ended on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The answer was sent.
    Answered,
    /// The sender left before it was.
    SenderLeft,
    /// The connection was closed without an answer.
    Closed,
    /// The connection was reset.
    Reset,
    /// The answer announced more than was sent.
    Short,
    /// The answer was not HTTP.
    Garbage,
    /// The answer stopped in its headers.
    Stalled,
    /// The receiver was stopped before it had answered.
    Stopped,
}

impl Capture {
    /// The name by which the log, the control API and the command line know it.
    pub fn id(&self) -> String {
        // A log names each request, and the formatter would take longer than all the rest of this.
        let nibbles = [12, 8, 4, 0].map(|shift| u32::from(self.run) >> shift & 0xF);
        let mut id: String = nibbles.into_iter().filter_map(|nibble| char::from_digit(nibble, 16)).collect();
        id.push('-');
        push_digits(&mut id, self.number, 1);
        id
    }

    /// The method and the target as they came; empty where the head has none.
    pub fn method_and_target(&self) -> (Cow<'_, str>, Cow<'_, str>) {
        let line = lines(&self.head).next().unwrap_or_default();
        let mut words = line.splitn(2, |byte| *byte == b' ');
        let method = words.next().unwrap_or_default();
        let rest = words.next().unwrap_or_default();
        let target = match rest.iter().rposition(|byte| *byte == b' ') {
            Some(end) => rest.get(..end).unwrap_or_default(),
            None => rest,
        };
        (String::from_utf8_lossy(method), String::from_utf8_lossy(target))
    }

    /// The header lines in order, names as they were written, values without the blanks around.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, &[u8])> + Clone {
        lines(&self.head).skip(1).filter(|line| !line.is_empty()).map(|line| {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
            let (name, value) = line.split_at(colon);
            (String::from_utf8_lossy(name), value.strip_prefix(b":").unwrap_or(value).trim_ascii())
        })
    }

    /// Whether it passed: `verified`, or `unsigned` where nothing else is asked.
    pub fn is_good(&self) -> bool {
        matches!(self.verdict.as_ref(), "verified" | "unsigned")
    }

    /// Whether all of it is here: of a request that was refused before its body was read, as for its
    /// length, the body is not.
    pub fn is_whole(&self) -> bool {
        let has_no_body = || {
            let announces = |name: &str, value: &[u8]| {
                name.eq_ignore_ascii_case("transfer-encoding")
                    || name.eq_ignore_ascii_case("content-length") && value != b"0"
            };
            // HTTP/2 need not announce one.
            self.version == Version::Http1 && !self.headers().any(|(name, value)| announces(&name, value))
        };
        !matches!(self.verdict.as_ref(), MALFORMED | INCOMPLETE) && (self.delivery.is_some() || has_no_body())
    }

    /// The status that was answered.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// What it costs in memory, in bytes, roughly.
    pub fn size(&self) -> usize {
        let answer = self.answer.as_ref().map_or(0, |answer| {
            let headers = answer.headers.iter().map(|(name, value)| 64 + name.len() + value.len());
            answer.body.len() + headers.sum::<usize>()
        });
        size_of::<Self>() + 64 + self.head.len() + self.body.len() + self.event.len() + self.reason.len() + answer
    }
}

/// Lines end with a line feed; a carriage return before it belongs to the end.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

impl End {
    const ALL: [End; 8] =
        [End::Answered, End::SenderLeft, End::Closed, End::Reset, End::Short, End::Garbage, End::Stalled, End::Stopped];

    /// The word for logs and filters.
    pub const fn name(self) -> &'static str {
        match self {
            End::Answered => "answered",
            End::SenderLeft => "sender_left",
            End::Closed => "closed",
            End::Reset => "reset",
            End::Short => "short",
            End::Garbage => "garbage",
            End::Stalled => "stalled",
            End::Stopped => "stopped",
        }
    }

    /// The end that has this word.
    pub fn from_name(name: &str) -> Option<Self> {
        End::ALL.into_iter().find(|end| end.name() == name)
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, target) = self.method_and_target();
        write!(f, "Capture({} {method} {target:?}, {}, {} bytes)", self.id(), self.verdict, self.body.len())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
