//! Which plans are in force, and which step each counter has come to.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chatislav_webhooks::plan::{Action, CounterKey, Counters, Rules};

use crate::changing::Changing;

/// How many counters of either kind are kept.
pub(crate) const COUNTERS: usize = 10_000;

/// The plans of a receiver, which may be changed while it runs.
pub(crate) struct Plans(Changing<InForce>);

/// Plans with their counters, from one change to the next: new plans begin at their first steps.
pub(crate) struct InForce {
    pub(crate) rules: Rules,
    pub(crate) seed: u64,
    /// Whether any plan has `early`, which is asked of every request before its body.
    pub(crate) has_early: bool,
    pub(crate) steps: SharedCounters,
}

pub(crate) struct SharedCounters(Mutex<Counters>);

/// Why plans cannot be put in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NowhereToForward;

impl fmt::Display for NowhereToForward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the plan says `forward`, and there is no --forward URL to forward to")
    }
}

impl std::error::Error for NowhereToForward {}

impl Plans {
    pub(crate) fn new(rules: Rules, seed: u64) -> Self {
        Plans(Changing::new(InForce::new(rules, seed)))
    }

    /// The plans that are in force now, for as long as one request needs them.
    pub(crate) fn now(&self) -> Arc<InForce> {
        self.0.now()
    }

    pub(crate) fn change(&self, rules: Rules, seed: u64) {
        self.0.change(InForce::new(rules, seed));
    }
}

impl InForce {
    fn new(rules: Rules, seed: u64) -> Self {
        let seed = rules.seed().unwrap_or(seed);
        let has_early = rules.actions().iter().any(|action| matches!(action, Action::Early(_)));
        InForce { rules, seed, has_early, steps: SharedCounters::new() }
    }
}

impl SharedCounters {
    pub(crate) fn new() -> Self {
        SharedCounters(Mutex::new(Counters::new(COUNTERS)))
    }

    pub(crate) fn next(&self, key: CounterKey) -> u64 {
        self.lock().next(key)
    }

    /// The same, where a key that is not known any more may have been counted before.
    pub(crate) fn next_after(&self, key: CounterKey, before: impl FnOnce() -> u64) -> u64 {
        self.lock().next_after(key, before)
    }

    /// The same without counting it.
    pub(crate) fn peek(&self, key: CounterKey) -> u64 {
        self.lock().peek(key)
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        // A counter is whole whatever thread panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
