//! What went over the wire in one exchange, and what it comes to.

use std::fmt;
use std::time::Duration;

/// How much of each direction is kept, in bytes.
pub const MAX_KEPT: usize = 64 * 1024;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The id of the case that asked for it, or `preflight`.
    pub case: &'static str,
    /// The request, byte for byte, as far as it was written.
    pub sent: Wire,
    /// What came back; a body in chunks without their framing. A secret or an expected signature in it
    /// is blotted out.
    pub received: Wire,
    /// What it comes to.
    pub seen: Seen,
    /// From the first byte of the request to the head of the answer, or to the end without one.
    pub duration: Duration,
    /// Where the body begins in `sent`, where it stands there as it is.
    pub(crate) body_at: Option<usize>,
}

/// The beginning of what went one way.
#[derive(Clone, Default)]
pub struct Wire {
    /// At most [`MAX_KEPT`] bytes.
    pub bytes: Vec<u8>,
    /// How many there were.
    pub total: usize,
}

/// What an exchange comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// An answer: the status line decides, as at the sender.
    Answer(Answer),
    /// Nothing within the time.
    Silence,
    /// The connection was closed without an answer.
    Closed,
    /// The connection was reset without an answer.
    Reset,
    /// Bytes that are no HTTP/1.1.
    NotHttp,
    /// There was no connection; in words why.
    NoConnection(String),
}

/// A final answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// From 200 to 999; answers before the final one are passed over.
    pub status: u16,
    /// Names in lower case, values as they came, but blotted.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body without its framing, at most [`MAX_KEPT`] bytes, blotted.
    pub body: Vec<u8>,
    /// What it tells that it must not.
    pub(crate) leaks: Leaks,
}

/// What an answer gives away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaks {
    pub(crate) digest: bool,
    pub(crate) secret: bool,
    pub(crate) stack: bool,
}

impl Seen {
    /// The status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Seen::Answer(answer) => Some(answer.status),
            _ => None,
        }
    }

    /// Whether it is 2xx.
    pub fn is_success(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 2)
    }

    /// Whether it is 4xx.
    pub fn is_rejection(&self) -> bool {
        self.status().is_some_and(|status| status / 100 == 4)
    }

    /// Whether there was no answer at all.
    pub fn is_dropped(&self) -> bool {
        !matches!(self, Seen::Answer(_))
    }
}

/// Ends a sentence that begins with the endpoint: `answered 404`.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Answer(answer) => write!(f, "answered {}", answer.status),
            Seen::Silence => f.write_str("did not answer in time"),
            Seen::Closed => f.write_str("closed the connection without an answer"),
            Seen::Reset => f.write_str("reset the connection"),
            Seen::NotHttp => f.write_str("answered with something that is no HTTP"),
            Seen::NoConnection(why) => write!(f, "took no connection: {why}"),
        }
    }
}

impl Answer {
    /// The first value of a header, as text; the name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    }
}

impl Wire {
    /// Takes what fits of some more bytes, and counts them all.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let room = MAX_KEPT.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        self.total += bytes.len();
    }

    /// Whether there was more than was kept.
    pub fn is_cut(&self) -> bool {
        self.total > self.bytes.len()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({} bytes)", self.total)
    }
}
