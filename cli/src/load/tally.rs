//! What was done, counted and measured, for each endpoint and in all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chatislav_dispatcher::engine::Kept;
use chatislav_dispatcher::outbox::{DeliveryId, Endpoint};
use chatislav_webhooks::{Outcome, Step};
use hdrhistogram::{CreationError, Histogram};

/// The longest time that is told apart.
const LONGEST: Duration = Duration::from_secs(3_600);

pub(super) struct Tally {
    endpoints: Vec<Arc<Endpoint>>,
    pub(super) rows: Vec<Row>,
    pub(super) all: Row,
    /// Of those that are to be tried again.
    again: HashMap<DeliveryId, Begun>,
}

/// What is known of a delivery that has not ended.
#[derive(Clone, Copy)]
struct Begun {
    intended: SystemTime,
    /// How many of its sends count as no attempt.
    duplicates: u64,
}

/// Times are in microseconds.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) sent: u64,
    pub(super) retries: u64,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    pub(super) exhausted: u64,
    pub(super) blocked: u64,
    /// Sends beyond the attempts: what was sent again because nobody knew how it ended.
    pub(super) duplicates: u64,
    /// From the instant for which a delivery was meant to the one at which its success is kept.
    pub(super) latency: Histogram<u64>,
    /// How long each attempt took.
    pub(super) service: Histogram<u64>,
    /// By how much each attempt began after it was due.
    pub(super) lateness: Histogram<u64>,
    /// When the last success was kept.
    pub(super) last: Option<SystemTime>,
}

impl Row {
    fn new() -> Result<Self, CreationError> {
        let empty = Histogram::new_with_bounds(1, micros(LONGEST), 3)?;
        Ok(Row {
            sent: 0,
            retries: 0,
            delivered: 0,
            failed: 0,
            exhausted: 0,
            blocked: 0,
            duplicates: 0,
            latency: empty.clone(),
            service: empty.clone(),
            lateness: empty,
            last: None,
        })
    }
}

impl Tally {
    pub(super) fn new(endpoints: Vec<Arc<Endpoint>>) -> Result<Self, CreationError> {
        let all = Row::new()?;
        Ok(Tally { rows: vec![all.clone(); endpoints.len()], endpoints, all, again: HashMap::new() })
    }

    /// An attempt was kept just now.
    pub(super) fn kept(&mut self, kept: &Kept, now: SystemTime) {
        let Kept { delivery, number, started, attempt, step } = kept;
        // The first time that it is due is the one for which it was meant.
        let begun = self.again.remove(&delivery.id).unwrap_or(Begun { intended: delivery.due, duplicates: 0 });
        let duplicates = u64::from(delivery.send.saturating_sub(*number));
        if let Step::Retry { .. } = step {
            self.again.insert(delivery.id, Begun { duplicates, ..begun });
        }
        let sent = attempt.as_ref().ok().filter(|attempt| !matches!(attempt.outcome, Outcome::Blocked(_)));
        let endpoint = self.endpoints.iter().position(|endpoint| *endpoint == delivery.endpoint);
        let row = endpoint.and_then(|endpoint| self.rows.get_mut(endpoint));
        for row in row.into_iter().chain([&mut self.all]) {
            row.duplicates += duplicates.saturating_sub(begun.duplicates);
            if let Some(attempt) = sent {
                row.sent += 1;
                row.retries += u64::from(*number > 1);
                row.service.saturating_record(micros(attempt.duration));
                row.lateness.saturating_record(between(delivery.due, *started));
            }
            match step {
                Step::Retry { .. } => {}
                Step::Delivered => {
                    row.delivered += 1;
                    row.latency.saturating_record(between(begun.intended, now));
                    row.last = Some(now);
                }
                Step::Failed => row.failed += 1,
                Step::Exhausted => row.exhausted += 1,
                Step::Blocked => row.blocked += 1,
            }
        }
    }

    /// An attempt was made that does not count, since somebody else has the delivery.
    pub(super) fn fenced(&mut self, endpoint: &Endpoint) {
        let endpoint = self.endpoints.iter().position(|known| **known == *endpoint);
        let row = endpoint.and_then(|endpoint| self.rows.get_mut(endpoint));
        row.into_iter().chain([&mut self.all]).for_each(|row| row.duplicates += 1);
    }
}

fn between(from: SystemTime, to: SystemTime) -> u64 {
    micros(to.duration_since(from).unwrap_or_default())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
