//! What an outbox holds and lends.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_webhooks::{CustomHeader, DeliveryKey, Method, Profile, Target};

use crate::request::{InvalidRequest, Request};

/// The number of a delivery in its outbox. It is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub u64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is not a positive number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDeliveryId;

impl fmt::Display for InvalidDeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of a delivery is a number from 1")
    }
}

impl std::error::Error for InvalidDeliveryId {}

impl FromStr for DeliveryId {
    type Err = InvalidDeliveryId;

    fn from_str(text: &str) -> Result<Self, InvalidDeliveryId> {
        match text.parse() {
            Ok(number) if (1..=i64::MAX.unsigned_abs()).contains(&number) => Ok(DeliveryId(number)),
            _ => Err(InvalidDeliveryId),
        }
    }
}

/// Where deliveries go, and how: two that differ in anything are two endpoints, each with its own turn.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL.
    pub target: Target,
    /// The method.
    pub method: Method,
    /// The user's Custom Headers.
    pub headers: Vec<CustomHeader>,
    /// The deadline of one attempt.
    pub timeout: Duration,
}

impl Endpoint {
    /// The request for one delivery, by the rules of a profile.
    ///
    /// # Errors
    /// [`InvalidRequest`] if it cannot be put into HTTP.
    pub fn request(&self, body: Bytes, signature: Option<&str>, profile: &Profile) -> Result<Request, InvalidRequest> {
        let headers = profile.headers_with(&self.headers);
        let request = Request::new(self.target.clone(), self.method, body, signature, &headers)?;
        Ok(request.with_timeout(self.timeout))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:?} {})", self.method, self.target)
    }
}

/// One event for one endpoint.
#[derive(Clone)]
pub struct NewDelivery {
    /// Where it goes.
    pub endpoint: Arc<Endpoint>,
    /// The bytes to send.
    pub body: Bytes,
    /// The value of the signature's header. The secret itself is never kept.
    pub signature: Option<String>,
    /// The name of the event.
    pub event: String,
    /// When it was enqueued. It is due at once.
    pub at: SystemTime,
}

impl fmt::Debug for NewDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewDelivery({} to {:?}, {} bytes)", self.event, self.endpoint, self.body.len())
    }
}

/// How far a file has been read whose lines are enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What the import is called.
    pub name: String,
    /// How many lines of the file were read before these deliveries.
    pub lines_before: u64,
    /// How many lines of the file were read with them.
    pub lines: u64,
    /// SHA-256, in hexadecimal, over those lines.
    pub digest: String,
}

/// What fences a delivery that is lent: only who knows it may settle. No two are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease(pub(super) u64);

impl Lease {
    /// The upper half says which run of the program lends, the lower half counts.
    const RUN: u32 = 32;

    pub(super) fn of_run(run: u32) -> Self {
        Lease(u64::from(run) << Lease::RUN)
    }

    pub(super) fn of_next_run(self) -> Self {
        Lease(((self.0 >> Lease::RUN) + 1) << Lease::RUN)
    }

    pub(super) fn next(&mut self) -> Self {
        self.0 += 1;
        *self
    }

    pub(super) fn is_of_run(self, other: Lease) -> bool {
        self.0 >> Lease::RUN == other.0 >> Lease::RUN
    }
}

/// A delivery lent to be sent once.
#[derive(Clone)]
pub struct Claimed {
    /// Its number.
    pub id: DeliveryId,
    /// Under which it is lent.
    pub lease: Lease,
    /// Where it goes.
    pub endpoint: Arc<Endpoint>,
    /// The bytes to send.
    pub body: Bytes,
    /// The value of the signature's header.
    pub signature: Option<String>,
    /// SHA-256 of the body.
    pub key: DeliveryKey,
    /// How many attempts have ended.
    pub attempts: u32,
    /// The how manieth time it is lent, from 1.
    pub send: u32,
    /// Whether it may have been sent before without anybody knowing how that ended: its sender was gone.
    pub is_resent: bool,
    /// Since when it is due.
    pub due: SystemTime,
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claimed({} to {:?}, attempt {})", self.id, self.endpoint, self.attempts + 1)
    }
}

/// Instants are kept in microseconds since 1970.
pub(super) fn micros(at: SystemTime) -> i64 {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    }
}

pub(super) fn instant(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let instant = if micros < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    instant.unwrap_or(UNIX_EPOCH)
}
