//! A whole delivery: attempts until the sender's rule ends it.

use std::time::SystemTime;

use chatislav_webhooks::{Delivery, Profile, Step};

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
    /// The rules that say so.
    pub profile: &'a Profile,
    /// Their hash, for the record of the attempt.
    pub profile_hash: &'a str,
}

impl Dispatcher {
    /// Attempts the request until it is delivered, failed, exhausted or blocked, and gives back
    /// which: under a profile, or under the vendor's with another schedule. The profile's headers and
    /// JSON style belong to the request. Dropping the future ends it in between.
    ///
    /// `entropy` gives the number for each delay's jitter; `watch` is told after each attempt.
    pub async fn deliver(
        &self,
        request: &Request,
        profile: impl Into<Profile>,
        mut entropy: impl FnMut() -> u64,
        mut watch: impl FnMut(&Report<'_>),
    ) -> Step {
        let mut delivery = Delivery::new(profile);
        let hash = delivery.profile().hash();
        loop {
            let attempt = self.attempt(request).await;
            let step = delivery.step_asked(attempt.outcome, attempt.retry_after, SystemTime::now(), entropy());
            watch(&Report {
                number: delivery.attempts(),
                of: delivery.max_attempts(),
                attempt: &attempt,
                step,
                profile: delivery.profile(),
                profile_hash: &hash,
            });
            match step {
                Step::Retry { delay, .. } => tokio::time::sleep(delay).await,
                end => return end,
            }
        }
    }
}
