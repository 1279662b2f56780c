//! One event on its way to one endpoint: attempts, retries, an end.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::hexadecimal;
use crate::outcome::Outcome;
use crate::profile::Profile;

/// What tells one delivery from another: SHA-256 of the raw body.
///
/// Retries repeat the same bytes, so they share the key. `Display` writes 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryKey([u8; 32]);

impl DeliveryKey {
    /// The key of a body.
    pub fn of(body: &[u8]) -> Self {
        DeliveryKey(Sha256::digest(body).into())
    }

    /// 64 hexadecimal digits, as `Display` writes them.
    pub fn hex(&self) -> String {
        hexadecimal::encode(&self.0)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for DeliveryKey {
    fn from(bytes: [u8; 32]) -> Self {
        DeliveryKey(bytes)
    }
}

/// What is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDeliveryKey;

impl fmt::Display for InvalidDeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a delivery key has 64 hexadecimal digits")
    }
}

impl std::error::Error for InvalidDeliveryKey {}

impl FromStr for DeliveryKey {
    type Err = InvalidDeliveryKey;

    fn from_str(digits: &str) -> Result<Self, InvalidDeliveryKey> {
        hexadecimal::decode(digits.as_bytes()).map(DeliveryKey).ok_or(InvalidDeliveryKey)
    }
}

impl fmt::Display for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeliveryKey({self})")
    }
}

/// The state of one delivery. It has no clock: the shell attempts, tells how it ended and when,
/// and does what the [`Step`] says.
#[derive(Clone, Debug)]
pub struct Delivery {
    profile: Profile,
    attempts: u32,
    end: Option<Step>,
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Try again at `at`, which is `delay` after the attempt ended.
    Retry {
        /// When the next attempt is due.
        at: SystemTime,
        /// How long after the end of the last one that is.
        delay: Duration,
    },
    /// The endpoint answered 2xx, or what the profile takes for success.
    Delivered,
    /// The endpoint answered 3xx or 4xx, or what the profile takes for final: the event is lost.
    Failed,
    /// The last of the scheduled attempts failed: the event is lost.
    Exhausted,
    /// The guard refused the target: nothing was sent.
    Blocked,
}

impl Step {
    /// The word for logs; `retry` for a step that is not the end.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Retry { .. } => "retry",
            Step::Delivered => "delivered",
            Step::Failed => "failed",
            Step::Exhausted => "exhausted",
            Step::Blocked => "blocked",
        }
    }
}

impl Delivery {
    /// A delivery that has not been attempted, under a profile, or under the vendor's with another
    /// schedule.
    pub fn new(profile: impl Into<Profile>) -> Self {
        Delivery::resumed(profile, 0)
    }

    /// A delivery of which that many attempts were made before, by another process: none of them was
    /// its end.
    pub fn resumed(profile: impl Into<Profile>, attempts: u32) -> Self {
        Delivery { profile: profile.into(), attempts, end: None }
    }

    /// The rules under which it is made.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How many attempts have ended.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How many attempts there can be at most.
    pub fn max_attempts(&self) -> u32 {
        self.profile.max_attempts()
    }

    /// Takes the outcome of an attempt that ended at `now`, as [`Delivery::step_asked`] does, where
    /// the answer asked for no delay.
    pub fn step(&mut self, outcome: Outcome, now: SystemTime, entropy: u64) -> Step {
        self.step_asked(outcome, None, now, entropy)
    }

    /// Takes the outcome of an attempt that ended at `now`, with what the answer's `Retry-After` asked
    /// for. Once the end is reached it stays.
    ///
    /// `entropy` is any number drawn evenly from 64 bits, for the jitter.
    pub fn step_asked(
        &mut self,
        outcome: Outcome,
        retry_after: Option<Duration>,
        now: SystemTime,
        entropy: u64,
    ) -> Step {
        if let Some(end) = self.end {
            return end;
        }
        self.attempts = self.attempts.saturating_add(1);
        let step = self.profile.step(self.attempts, outcome, retry_after, now, entropy);
        if !matches!(step, Step::Retry { .. }) {
            self.end = Some(step);
        }
        step
    }
}
