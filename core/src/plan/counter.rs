//! Which attempt of what this is, in bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

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

impl Per {
    /// Every choice.
    pub const ALL: [Per; 4] = [Per::Delivery, Per::Event, Per::Path, Per::All];

    /// The word for it: `delivery`, `event`, `path` or `all`.
    pub const fn name(self) -> &'static str {
        match self {
            Per::Delivery => "delivery",
            Per::Event => "event",
            Per::Path => "path",
            Per::All => "all",
        }
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Per {
    type Err = InvalidPer;

    fn from_str(text: &str) -> Result<Self, InvalidPer> {
        Per::ALL.into_iter().find(|per| per.name() == text).ok_or(InvalidPer)
    }
}

/// A text names nothing that could share a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPer;

impl fmt::Display for InvalidPer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected delivery, event, path or all")
    }
}

impl std::error::Error for InvalidPer {}

/// Names one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CounterKey {
    is_verified: bool,
    rule: Option<usize>,
    branch: usize,
    subject: [u8; 32],
}

impl CounterKey {
    /// The key of a delivery.
    pub fn of_delivery(delivery: DeliveryKey, is_verified: bool) -> Self {
        CounterKey { is_verified, rule: None, branch: 0, subject: *delivery.as_bytes() }
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

    /// The same within one of several rules: each counts for itself.
    #[must_use]
    pub fn in_rule(self, rule: Option<usize>) -> Self {
        CounterKey { rule, ..self }
    }

    /// The same for a plan of this text: where the plan comes with the request, each has counters
    /// of its own.
    #[must_use]
    pub fn in_text(self, plan: &str) -> Self {
        let own = DeliveryKey::of(plan.as_bytes());
        let mut subject = self.subject;
        for (byte, other) in subject.iter_mut().zip(own.as_bytes()) {
            *byte ^= other;
        }
        CounterKey { subject, ..self }
    }

    /// The number that decides what is left to chance for one request: the same seed, key and
    /// count give the same answer, in whatever order requests arrive.
    pub fn entropy(self, seed: u64, count: u64) -> u64 {
        let words = self.subject.as_chunks::<8>().0.iter().map(|chunk| u64::from_le_bytes(*chunk));
        let mut draw = Draw(seed);
        let place = [self.branch as u64, u64::from(self.is_verified), count];
        // Outside of rules there is no word for them, so a rule added changes nothing there.
        for word in words.chain(place).chain(self.rule.map(|rule| rule as u64)) {
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
        self.next_after(key, || 0)
    }

    /// The same, where a key that is not in the table may have been asked for before, elsewhere.
    pub fn next_after(&mut self, key: CounterKey, before: impl FnOnce() -> u64) -> u64 {
        let table = if key.is_verified { &mut self.verified } else { &mut self.unverified };
        table.next(key, before)
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
    fn next(&mut self, key: CounterKey, before: impl FnOnce() -> u64) -> u64 {
        if let Some(count) = self.counts.get_mut(&key) {
            *count = count.saturating_add(1);
            return *count;
        }
        if self.order.len() >= self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        let count = before();
        self.order.push_back(key);
        self.counts.insert(key, count);
        count
    }
}
