//! What a plan would answer, before anybody asks.

use std::fmt;

use super::{CounterKey, Plan, Played};

impl Plan {
    /// What a branch does with the first requests of one delivery, one after the other and without
    /// end. Another delivery may fare otherwise where the plan is random.
    pub fn preview(&self, branch: usize, seed: u64) -> impl Iterator<Item = Played<'_>> {
        let key = CounterKey::of_name("preview", true).in_branch(branch);
        let seed = self.seed.unwrap_or(seed);
        (0..).map_while(move |count| self.play(branch, count, key.entropy(seed, count)))
    }
}

/// In the words of the plan language, as `wait(2s) 503`.
impl fmt::Display for Played<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.wait.is_zero() {
            write!(f, "wait({:?}) ", self.wait)?;
        }
        self.action.fmt(f)
    }
}
