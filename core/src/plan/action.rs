//! The ways to answer a request, and how they are written.

use std::fmt;
use std::time::Duration;

use super::{Preset, quoted};

/// The ways to answer a request, or not to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Answers with a status, headers and a body.
    Status(Reply),
    /// Asks the app behind the receiver.
    Forward,
    /// Never answers; the sender's timeout ends it.
    Never,
    /// Resets the connection, after that many bytes of the answer.
    Reset {
        /// How many bytes of the answer are sent before.
        after: usize,
    },
    /// Closes the connection without an answer.
    Close,
    /// Sends bytes that are not HTTP.
    Garbage,
    /// Announces a body and sends that many bytes less of it.
    Short(usize),
    /// Answers with the status before the body was read.
    Early(u16),
    /// Sends the body in pieces, spread over the time.
    Drip {
        /// How many pieces.
        pieces: u32,
        /// How long it takes in all.
        over: Duration,
    },
    /// Sends half the headers and no more.
    StallHeaders,
    /// A plan with a name.
    Preset(Preset),
}

/// An ordinary HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// From 200 to 599.
    pub status: u16,
    /// Names and values, valid for HTTP.
    pub headers: Vec<(String, String)>,
    /// The body, empty unless the plan gives one.
    pub body: String,
}

impl Action {
    pub(super) fn status(status: u16) -> Self {
        Action::Status(Reply { status, headers: Vec::new(), body: String::new() })
    }

    /// The word by which the plan names the action: `reset`, `drip`, or `status`.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Status(_) => "status",
            Action::Forward => "forward",
            Action::Never => "never",
            Action::Reset { .. } => "reset",
            Action::Close => "close",
            Action::Garbage => "garbage",
            Action::Short(_) => "short",
            Action::Early(_) => "early",
            Action::Drip { .. } => "drip",
            Action::StallHeaders => "stall",
            Action::Preset(preset) => preset.name(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Status(reply) => write!(f, "{reply}"),
            Action::Reset { after: 0 } => f.write_str("reset"),
            Action::Reset { after } => write!(f, "reset(after={after}B)"),
            Action::Short(bytes) => write!(f, "short({bytes}B)"),
            Action::Early(status) => write!(f, "early({status})"),
            Action::Drip { pieces, over } => write!(f, "drip({pieces},{over:?})"),
            Action::StallHeaders => f.write_str("stall(headers)"),
            _ => f.write_str(self.name()),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let body = (!self.body.is_empty()).then_some(("body", self.body.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (index, (name, value)) in headers.chain(body).enumerate() {
            write!(f, "{}{name}={}", if index == 0 { '(' } else { ',' }, quoted(value))?;
        }
        if self.headers.is_empty() && self.body.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
