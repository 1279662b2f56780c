//! Deliveries that outlive the program: what waits, what is being sent, what became of it.
//!
//! An outbox holds deliveries and knows whose turn it is. It has no clock and sends nothing: the
//! time comes with each question, and [`run`](crate::engine::run) does the sending. A claim lends a
//! delivery to one sender, under a lease whose number fences off whoever comes back too late; one
//! transaction keeps how an attempt ended, its record, and when the next one is due.
//!
//! Nothing here assumes one process: an outbox in a server of its own can lend to several.

mod delivery;
mod error;
mod memory;
mod record;
mod sqlite;
mod turns;

use std::num::NonZeroU32;
use std::time::SystemTime;

use crate::BoxFuture;

pub use delivery::{Claimed, DeliveryId, Endpoint, Import, InvalidDeliveryId, Lease, NewDelivery};
pub use error::{OutboxError, Trouble};
pub use memory::MemoryOutbox;
pub use record::{Query, Record, Settlement, State, Stored};
pub use sqlite::{Point, SqliteOutbox};

/// A claim takes so many bytes of bodies and the rest of the last one, and no more.
const ENOUGH: usize = 16 * 1024 * 1024;

/// What a sender asks of an outbox.
///
/// What is done has been kept when the future ends, and what failed has not happened. A future that
/// is dropped may have been carried out. Whatever is asked fails with [`Trouble::Closed`] once nobody writes any more.
pub trait Outbox: Send + Sync {
    /// Takes all of these, or none, and gives back their ids in the same order.
    ///
    /// # Errors
    /// [`Trouble::Import`] if an import stands elsewhere than it says; [`Trouble::Full`] and
    /// [`Trouble::Other`] where nothing can be kept.
    fn enqueue(
        &self,
        deliveries: Vec<NewDelivery>,
        import: Option<Import>,
    ) -> BoxFuture<'_, Result<Vec<DeliveryId>, OutboxError>>;

    /// Lends deliveries that are due: of the endpoints in turn, fresh ones before retries. At most `limit`, and
    /// fewer where their bodies are large.
    ///
    /// # Errors
    /// [`Trouble::Refused`] if this one may not lend; [`Trouble::Full`] and [`Trouble::Other`]. Nothing is lent then.
    fn claim(&self, now: SystemTime, rules: ClaimRules, limit: usize) -> BoxFuture<'_, Result<Claims, OutboxError>>;

    /// Keeps how an attempt ended and what comes next, and takes the delivery back.
    ///
    /// # Errors
    /// [`Trouble::Fenced`] if the lease is not in force any more: somebody else has the delivery, and
    /// what this one says of it does not count.
    fn settle(&self, settlement: Settlement) -> BoxFuture<'_, Result<(), OutboxError>>;

    /// Takes back what was lent and not sent.
    ///
    /// # Errors
    /// As [`Outbox::settle`].
    fn give_back(&self, id: DeliveryId, lease: Lease) -> BoxFuture<'_, Result<(), OutboxError>>;

    /// Takes back what is lent to senders that are gone, and gives back how many. Each attempt may have been
    /// made: it is recorded as interrupted, and does not count.
    ///
    /// # Errors
    /// [`Trouble::Full`] and [`Trouble::Other`].
    fn recover(&self) -> BoxFuture<'_, Result<u64, OutboxError>>;

    /// Ends once there may be more to claim than the last claim said, by what somebody else did.
    fn changed(&self) -> BoxFuture<'_, ()>;
}

/// What an operator asks of an outbox.
pub trait Ledger: Send + Sync {
    /// The deliveries of a query, newest first.
    ///
    /// # Errors
    /// [`Trouble::Other`] if it cannot be read.
    fn list(&self, query: Query) -> BoxFuture<'_, Result<Vec<Stored>, OutboxError>>;

    /// The attempts of a delivery, oldest first.
    ///
    /// # Errors
    /// [`Trouble::Other`] if it cannot be read.
    fn attempts(&self, id: DeliveryId) -> BoxFuture<'_, Result<Vec<Record>, OutboxError>>;

    /// The bytes of a delivery; `None` if there is no such delivery.
    ///
    /// # Errors
    /// [`Trouble::Other`] if it cannot be read.
    fn body(&self, id: DeliveryId) -> BoxFuture<'_, Result<Option<bytes::Bytes>, OutboxError>>;

    /// How many there are in each state, states without any left out.
    ///
    /// # Errors
    /// [`Trouble::Other`] if it cannot be read.
    fn counts(&self) -> BoxFuture<'_, Result<Vec<(State, u64)>, OutboxError>>;

    /// Makes a delivery due now. One that has ended without success begins anew, with all its attempts.
    ///
    /// # Errors
    /// [`Trouble::Refused`] if it was delivered, is being sent, or is not there.
    fn retry(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>>;

    /// Ends a delivery that waits.
    ///
    /// # Errors
    /// [`Trouble::Refused`] if it does not wait, or is not there.
    fn cancel(&self, id: DeliveryId, now: SystemTime) -> BoxFuture<'_, Result<(), OutboxError>>;

    /// Forgets deliveries that ended before this instant, and gives back how many.
    ///
    /// # Errors
    /// [`Trouble::Full`] and [`Trouble::Other`].
    fn prune(&self, before: SystemTime) -> BoxFuture<'_, Result<u64, OutboxError>>;

    /// How far an import of this name has come.
    ///
    /// # Errors
    /// [`Trouble::Other`] if it cannot be read.
    fn import(&self, name: &str) -> BoxFuture<'_, Result<Option<Import>, OutboxError>>;
}

/// What bounds the deliveries that are lent at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClaimRules {
    /// How many of one endpoint may be lent at once.
    pub per_endpoint: NonZeroU32,
    /// How many of one endpoint are lent in a second; `None` for as many as there are.
    pub rate: Option<f64>,
    /// One at a time of each endpoint, in the order in which they were enqueued: a delivery that waits
    /// to be retried holds back those behind it.
    pub ordered: bool,
}

impl Default for ClaimRules {
    fn default() -> Self {
        ClaimRules { per_endpoint: NonZeroU32::new(16).unwrap_or(NonZeroU32::MIN), rate: None, ordered: false }
    }
}

/// What was lent.
#[derive(Debug, Default)]
pub struct Claims {
    /// The deliveries, each to be settled.
    pub deliveries: Vec<Claimed>,
    /// When there will be more, if nobody settles or enqueues before.
    pub next: Option<SystemTime>,
    /// Whether there may be more now.
    pub is_full: bool,
    /// What cannot be read, in sentences, each told once: those deliveries wait until it can.
    pub unreadable: Vec<String>,
}
