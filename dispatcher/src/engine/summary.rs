//! What was done, in numbers.

use chatislav_webhooks::Step;

use crate::outbox::State;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many attempts were made.
    pub attempts: u64,
    /// How many deliveries the endpoints took.
    pub delivered: u64,
    /// How many they refused for good.
    pub failed: u64,
    /// How many have used up their attempts.
    pub exhausted: u64,
    /// How many the guard refused.
    pub blocked: u64,
    /// How many attempts could not be kept before the end: the next run makes them again.
    pub unkept: u64,
}

impl Summary {
    pub(super) fn count(&mut self, step: Step) {
        match State::after(step) {
            State::Delivered => self.delivered += 1,
            State::Failed => self.failed += 1,
            State::Exhausted => self.exhausted += 1,
            State::Blocked => self.blocked += 1,
            State::Waiting | State::Leased | State::Cancelled => {}
        }
    }
}
