//! What comes of an answer, in words: to read beside an attempt, and under a delivery.

use std::fmt;

use super::{Answered, State};
use crate::outcome::Outcome;
use crate::schedule::Schedule;
use crate::toml::duration;

impl Answered {
    /// What Chatislav makes of it, in one line, as `503: Chatislav tries again`.
    pub fn consequence(self) -> String {
        match self.outcome() {
            Outcome::Success(_) => format!("{self}: delivered"),
            Outcome::Redirect(_) => format!("{self}: final, redirects are not followed, this event is lost"),
            outcome if outcome.is_retried() => format!("{self}: Chatislav tries again"),
            _ => format!("{self}: final, this event is lost"),
        }
    }
}

/// The status, or that there was no answer.
impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answered::Status(status) => write!(f, "{status}"),
            Answered::Nothing => f.write_str("no answer"),
        }
    }
}

/// What the sender of a delivery does next; `Display` says it with the reason.
///
/// Chatislav tells that it tries again and not when, so what is said of a time is our default
/// schedule's, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub(super) state: State,
    /// The answer that decides, if there was one.
    pub(super) because: Option<Answered>,
    /// How many attempts there were.
    pub(super) attempts: usize,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(because) = self.because else { return f.write_str("a first attempt") };
        match self.state {
            State::Delivered => write!(f, "nothing: it was delivered with {because}"),
            State::Failed if matches!(because.outcome(), Outcome::Redirect(_)) => {
                write!(f, "nothing: {because} is final, redirects are not followed, this event is lost")
            }
            State::Failed => write!(f, "nothing: {because} is final, this event is lost"),
            State::Waiting => {
                let delays = Schedule::default().delays;
                match self.attempts.checked_sub(1).and_then(|index| delays.get(index)) {
                    Some(delay) => write!(
                        f,
                        "another attempt: {because} is retried; Chatislav does not tell when, our default is {} later",
                        duration(*delay)
                    ),
                    None => write!(
                        f,
                        "perhaps another attempt: {because} is retried; Chatislav does not tell how often, \
                         our default ends with attempt {}",
                        delays.len().saturating_add(1)
                    ),
                }
            }
        }
    }
}
