//! Offers each delivery at its instant, on a thread of its own, whatever becomes of those before.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::engine::Clock;
use chatislav_dispatcher::outbox::{Endpoint, NewDelivery, Outbox};
use chatislav_webhooks::{Secret, Signature};

use super::book::Book;
use super::schedule::Schedule;
use super::steady::SteadyClock;
use crate::exit::Failure;
use crate::outbox::failed;
use crate::runtime;

/// At most so many are put into the outbox at once, so that a sender who is behind gets its turn.
const BATCH: usize = 100;

pub(super) struct Feed<'a> {
    pub(super) schedule: Schedule,
    pub(super) clock: SteadyClock,
    pub(super) start: SystemTime,
    pub(super) endpoints: &'a [Arc<Endpoint>],
    /// Whose turn it is, by the numbers of the endpoints, over and over.
    pub(super) turns: &'a [usize],
    pub(super) body: &'a (dyn Fn(u64) -> Result<Bytes, Failure> + Sync),
    pub(super) event: &'a str,
    pub(super) secret: Option<&'a Secret>,
    pub(super) outbox: &'a dyn Outbox,
    pub(super) book: &'a Book,
    /// So many may be open at once.
    pub(super) most_open: usize,
}

/// How it ended, and how long after the start.
pub(super) struct Fed {
    pub(super) end: End,
    pub(super) after: Duration,
}

pub(super) enum End {
    /// All of the schedule was offered.
    All,
    /// It was stopped.
    Stopped,
    /// More were open than there may be.
    TooMany,
    /// A body could not be made, or the outbox did not take it.
    Failed(Failure),
}

impl Feed<'_> {
    /// Offers until the schedule is over, or nobody holds the other end of `stopped`.
    pub(super) fn run(&self, stopped: &Receiver<Infallible>) -> Fed {
        let end = self.offer_all(stopped).unwrap_or_else(End::Failed);
        self.book.close();
        Fed { end, after: self.elapsed() }
    }

    fn offer_all(&self, stopped: &Receiver<Infallible>) -> Result<End, Failure> {
        let runtime = runtime::new()?;
        let count = self.schedule.count();
        let mut next = 0;
        while next < count {
            let left = self.schedule.offset(next).saturating_sub(self.elapsed());
            // A wait that ends at once when it is to stop.
            if stopped.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
                return Ok(End::Stopped);
            }
            if self.book.open() >= self.most_open {
                return Ok(End::TooMany);
            }
            let elapsed = self.elapsed();
            let due = (next..count).take(BATCH).take_while(|number| self.schedule.offset(*number) <= elapsed);
            let batch = due.map(|number| self.delivery(number)).collect::<Result<Vec<_>, Failure>>()?;
            next += batch.len() as u64;
            let (endpoints, deliveries): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let ids = runtime.block_on(self.outbox.enqueue(deliveries, None)).map_err(failed)?;
            self.book.offer(ids.into_iter().zip(endpoints));
        }
        Ok(End::All)
    }

    /// The delivery of this number, and the number of its endpoint.
    fn delivery(&self, number: u64) -> Result<(usize, NewDelivery), Failure> {
        let turn = number.checked_rem(self.turns.len() as u64).and_then(|turn| self.turns.get(turn as usize));
        let index = turn.copied().unwrap_or_default();
        let endpoint = self.endpoints.get(index).map(Arc::clone);
        let endpoint = endpoint.ok_or_else(|| Failure::usage("there is no endpoint to send to"))?;
        let body = (self.body)(number)?;
        let signature = self.secret.map(|secret| Signature::sign(secret, &body).to_string());
        // It is due at its instant, also where the feeder comes late.
        let at = self.start.checked_add(self.schedule.offset(number)).unwrap_or(self.start);
        Ok((index, NewDelivery { endpoint, body, signature, event: self.event.to_owned(), at }))
    }

    fn elapsed(&self) -> Duration {
        self.clock.now().duration_since(self.start).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
