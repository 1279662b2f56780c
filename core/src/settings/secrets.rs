//! The signing secret, and those that it replaced and that are good for a while.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::timestamp::Timestamp;

/// The end of the year 9999: no later instant can be written.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The secret of a webhook. While a new one gets around, those before it still verify.
#[derive(Clone, Default)]
pub struct Secrets {
    pub(super) current: Option<Secret>,
    /// Newest first.
    pub(super) previous: Vec<Previous>,
}

#[derive(Clone)]
pub(super) struct Previous {
    pub(super) secret: Secret,
    pub(super) until: SystemTime,
}

impl Secrets {
    /// How long an old secret is kept unless said otherwise: 24 hours, which is longer than a sender
    /// retries what it signed with it. Ours.
    pub const DEFAULT_KEEP: Duration = Duration::from_secs(86_400);

    /// With this secret, which replaces none; `None` if it is no text, which no file of settings could hold.
    pub fn with_current(secret: Secret) -> Option<Self> {
        secret.text()?;
        Some(Secrets { current: Some(secret), previous: Vec::new() })
    }

    /// The one that signs; without it nothing is signed.
    pub fn current(&self) -> Option<&Secret> {
        self.current.as_ref()
    }

    /// Those that were replaced, newest first, and the instant from which each is no longer good.
    pub fn previous(&self) -> impl Iterator<Item = (&Secret, SystemTime)> {
        self.previous.iter().map(|previous| (&previous.secret, previous.until))
    }

    /// Those that verify at `now`, newest first: the current one and what has not expired.
    pub fn valid(&self, now: SystemTime) -> Vec<&Secret> {
        let previous = self.previous().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
        self.current().into_iter().chain(previous).collect()
    }

    /// Makes a new secret of 32 bytes that the system drew at random, and gives its text to be shown
    /// once. The one before is good until `now + keep`, to the second.
    pub fn regenerate(&mut self, random: &[u8; 32], now: SystemTime, keep: Duration) -> Zeroizing<String> {
        let text = Secret::generate(random);
        if let Some(secret) = self.current.replace(Secret::generated(&text)) {
            self.previous.insert(0, Previous { secret, until: expiry(now, keep) });
        }
        self.drop_expired(now);
        text
    }

    /// Forgets what is no longer good at `now`.
    pub fn drop_expired(&mut self, now: SystemTime) {
        self.previous.retain(|previous| previous.until > now);
    }
}

/// A whole second that can be written.
fn expiry(now: SystemTime, keep: Duration) -> SystemTime {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    whole(UNIX_EPOCH + since.saturating_add(keep).min(LAST))
}

pub(super) fn whole(instant: SystemTime) -> SystemTime {
    let since = instant.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous: Vec<_> = self.previous().map(|(_, until)| Timestamp::from(until).rfc3339()).collect();
        f.debug_struct("Secrets").field("current", &self.current).field("previous_until", &previous).finish()
    }
}
