//! A sender's policy as data: what is retried, when, with which headers, in which JSON style.

mod decisions;
mod read;
mod retry_after;
mod text;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::delivery::Step;
use crate::headers::CustomHeader;
use crate::outcome::Outcome;
use crate::sample::JsonStyle;
use crate::schedule::Schedule;

pub use self::decisions::{Class, Decision, Decisions, InvalidDecision};
pub use self::retry_after::RetryAfter;

/// How a sender behaves. The default is Chatislav.
///
/// It is written as TOML by [`Profile::to_toml`] and read by serde from the same shape; what a file
/// does not say is as for Chatislav. Redirects are never followed, whatever the profile: the target
/// of one is chosen by a stranger.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use chatislav_webhooks::profile::{Class, Decision, Decisions};
/// use chatislav_webhooks::{Outcome, Profile, Step};
///
/// let outcome = Outcome::from_status(429);
/// assert_eq!(Profile::chatislav().step(1, outcome, None, UNIX_EPOCH, 0), Step::Failed);
///
/// let decisions = Decisions::default().with(Class::Statuses(429, 429), Decision::Retry)?;
/// let profile = Profile { name: "patient".to_owned(), decisions, ..Profile::chatislav() };
/// assert_eq!(profile.step(1, outcome, None, UNIX_EPOCH, 0).name(), "retry");
/// # Ok::<(), chatislav_webhooks::profile::InvalidDecision>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// What it is called in logs.
    pub name: String,
    /// What is success, what is retried, what is final.
    pub decisions: Decisions,
    /// The delays, their jitter, and how fast they pass. The time scale belongs to the run and not to
    /// the policy: it is neither in the file nor in the hash.
    pub schedule: Schedule,
    /// The longest delay of the schedule, jitter included.
    pub max_delay: Option<Duration>,
    /// What the answer's `Retry-After` does to a delay.
    pub retry_after: RetryAfter,
    /// Headers that go with every request. They are shown and hashed, so a credential has no place
    /// among them.
    pub headers: Vec<CustomHeader>,
    /// How the sender spaces and escapes its JSON.
    pub json_style: JsonStyle,
}

impl Default for Profile {
    fn default() -> Self {
        Profile::chatislav()
    }
}

/// Chatislav with another schedule.
impl From<Schedule> for Profile {
    fn from(schedule: Schedule) -> Self {
        Profile { schedule, ..Profile::chatislav() }
    }
}

impl Profile {
    /// The vendor: 2xx is success; 5xx, request errors and timeouts are retried; 3xx and 4xx, also
    /// 408, 425 and 429, are final.
    ///
    /// Where the vendor's page is silent the choice is ours: the schedule `5s,30s,2m,10m,1h` with
    /// ±10 %, `Retry-After` ignored, JSON as Python writes it.
    pub fn chatislav() -> Self {
        Profile {
            name: "chatislav".to_owned(),
            decisions: Decisions::default(),
            schedule: Schedule::default(),
            max_delay: None,
            retry_after: RetryAfter::Ignore,
            headers: Vec::new(),
            json_style: JsonStyle::Python,
        }
    }

    /// What comes after an attempt that ended at `now`.
    ///
    /// `attempt` is its number, from 1. `retry_after` is what the answer asked for, by
    /// [`RetryAfter::asked`]. `entropy` is any number drawn evenly from 64 bits, for the jitter. A
    /// blocked target is final under every profile.
    ///
    /// The time scale makes all of a delay pass faster, also what `Retry-After` asked for.
    pub fn step(
        &self,
        attempt: u32,
        outcome: Outcome,
        retry_after: Option<Duration>,
        now: SystemTime,
        entropy: u64,
    ) -> Step {
        if let Outcome::Blocked(_) = outcome {
            return Step::Blocked;
        }
        match self.decisions.of(outcome) {
            Decision::Success => Step::Delivered,
            Decision::Fail => Step::Failed,
            Decision::Retry => self
                .delay_after(attempt, retry_after, entropy)
                .and_then(|delay| Some(Step::Retry { at: now.checked_add(delay)?, delay }))
                .unwrap_or(Step::Exhausted),
        }
    }

    /// How many attempts there can be at most.
    pub fn max_attempts(&self) -> u32 {
        u32::try_from(self.schedule.delays.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// What the sender does next and why, in one line: [`Outcome::consequence`] where the profile
    /// decides as the vendor does, and else words that say who decided.
    pub fn consequence(&self, outcome: Outcome) -> Cow<'static, str> {
        let decision = self.decisions.of(outcome);
        if decision == Decisions::default().of(outcome) {
            return Cow::Borrowed(outcome.consequence());
        }
        let what = match (outcome, outcome.status()) {
            (_, Some(status)) => status.to_string(),
            (Outcome::Timeout(_), None) => "timeout".to_owned(),
            (_, None) => "request error".to_owned(),
        };
        let next = match decision {
            Decision::Success => "delivered",
            Decision::Retry => "retried",
            Decision::Fail => "final, not retried",
        };
        Cow::Owned(format!("{what}: {next}, by the profile {}", self.name))
    }

    /// The headers of a request: the profile's, and the user's own, which win where both have a name.
    pub fn headers_with(&self, own: &[CustomHeader]) -> Vec<CustomHeader> {
        CustomHeader::overridden(&self.headers, own)
    }

    /// 16 hexadecimal digits that change with the policy: the first 8 bytes of SHA-256 over
    /// [`Profile::to_toml`].
    ///
    /// It does not depend on how a file orders, groups or comments its fields.
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.to_toml());
        hex::encode(digest.get(..8).unwrap_or_default())
    }

    /// The delay after an attempt; `None` when there is no further one.
    fn delay_after(&self, attempt: u32, retry_after: Option<Duration>, entropy: u64) -> Option<Duration> {
        let delay = self.schedule.jittered(attempt, entropy)?;
        let delay = self.max_delay.map_or(delay, |max| delay.min(max));
        Some(self.schedule.scaled(self.retry_after.raise(delay, retry_after)))
    }
}
