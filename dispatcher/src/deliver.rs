//! A whole delivery: attempts until the vendor's rule ends it.

use std::time::SystemTime;

use chatislav_webhooks::{Delivery, Schedule, Step};

use crate::attempt::{Attempt, Dispatcher};
use crate::request::Request;

/// What is told after each attempt.
#[derive(Debug)]
pub struct Report<'a> {
    /// The number of the attempt, from 1.
    pub number: u32,
    /// How many attempts there can be.
    pub of: u32,
    /// How it went.
    pub attempt: &'a Attempt,
    /// What comes next.
    pub step: Step,
}

impl Dispatcher {
    /// Attempts the request until it is delivered, failed, exhausted or blocked, and gives back
    /// which. Dropping the future ends it in between.
    ///
    /// `entropy` gives the number for each delay's jitter; `watch` is told after each attempt.
    pub async fn deliver(
        &self,
        request: &Request,
        schedule: Schedule,
        mut entropy: impl FnMut() -> u64,
        mut watch: impl FnMut(&Report<'_>),
    ) -> Step {
        let mut delivery = Delivery::new(schedule);
        loop {
            let attempt = self.attempt(request).await;
            let step = delivery.step(attempt.outcome, SystemTime::now(), entropy());
            watch(&Report { number: delivery.attempts(), of: delivery.max_attempts(), attempt: &attempt, step });
            match step {
                Step::Retry { delay, .. } => tokio::time::sleep(delay).await,
                end => return end,
            }
        }
    }
}
