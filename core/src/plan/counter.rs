//! Which attempt of what this is, in bounded memory.

use std::collections::{BTreeMap, VecDeque};

use super::play::Draw;
use crate::delivery::DeliveryKey;

/// What shares a counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Per {
    /// Attempts with the same body, so that two deliveries in flight do not steal each other's
    /// steps.
    #[default]
    Delivery,
    /// Requests with the same event name.
    Event,
    /// Requests to the same path.
    Path,
    /// All requests.
    All,
}

/// Names one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterKey {
    is_verified: bool,
    branch: usize,
    subject: [u8; 32],
}

impl CounterKey {
    /// The key of a delivery.
    pub fn of_delivery(delivery: DeliveryKey, is_verified: bool) -> Self {
        CounterKey { is_verified, branch: 0, subject: *delivery.as_bytes() }
    }

    /// The key of anything that has a name.
    pub fn of_name(name: &str, is_verified: bool) -> Self {
        CounterKey::of_delivery(DeliveryKey::of(name.as_bytes()), is_verified)
    }

    /// The same within one branch of a plan: each counts for itself.
    #[must_use]
    pub fn in_branch(self, branch: usize) -> Self {
        CounterKey { branch, ..self }
    }

    /// The number that decides what is left to chance for one request: the same seed, key and
    /// count give the same answer, in whatever order requests arrive.
    pub fn entropy(self, seed: u64, count: u64) -> u64 {
        let words = self.subject.as_chunks::<8>().0.iter().map(|chunk| u64::from_le_bytes(*chunk));
        let mut draw = Draw(seed);
        for word in words.chain([self.branch as u64, u64::from(self.is_verified), count]) {
            draw = Draw(draw.next() ^ word);
        }
        draw.next()
    }
}

/// A bounded table of counters. Requests that were not verified have a table of their own, so a
/// flood of them pushes out none of the others.
#[derive(Clone, Debug)]
pub struct Counters {
    verified: Table,
    unverified: Table,
}

impl Counters {
    /// Keeps at most `capacity` counters of either kind; the oldest is forgotten first.
    pub fn new(capacity: usize) -> Self {
        let table = Table { counts: BTreeMap::new(), order: VecDeque::new(), capacity: capacity.max(1) };
        Counters { verified: table.clone(), unverified: table }
    }

    /// How often this key was asked for before: 0, 1, 2, ...
    pub fn next(&mut self, key: CounterKey) -> u64 {
        let table = if key.is_verified { &mut self.verified } else { &mut self.unverified };
        table.next(key)
    }

    /// What [`Counters::next`] would say, without counting.
    pub fn peek(&self, key: CounterKey) -> u64 {
        let table = if key.is_verified { &self.verified } else { &self.unverified };
        table.counts.get(&key).map_or(0, |count| count.saturating_add(1))
    }
}

#[derive(Clone, Debug)]
struct Table {
    counts: BTreeMap<CounterKey, u64>,
    order: VecDeque<CounterKey>,
    capacity: usize,
}

impl Table {
    fn next(&mut self, key: CounterKey) -> u64 {
        if let Some(count) = self.counts.get_mut(&key) {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.order.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        self.order.push_back(key);
        self.counts.insert(key, 0);
        0
    }
}
