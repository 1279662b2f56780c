//! What has become of a delivery so far.

use chatislav_dispatcher::Report;
use chatislav_webhooks::Outcome;
use chatislav_webhooks::target::Rule;

use super::reason;

/// The course of a delivery, for what is said at its end.
#[derive(Default)]
pub(crate) struct Course {
    /// How many requests were made.
    pub(crate) attempts: u32,
    /// Why the last of them ended as it did.
    pub(crate) reason: String,
    /// The rule of the guard that ended it.
    pub(crate) blocked: Option<Rule>,
}

impl Course {
    /// Takes what is reported; false where no request was made, so that there is no attempt to tell of.
    pub(crate) fn takes(&mut self, report: &Report<'_>) -> bool {
        self.reason = reason(report.attempt, report.profile);
        if let Outcome::Blocked(rule) = report.attempt.outcome {
            self.blocked = Some(rule);
            return false;
        }
        self.attempts = report.number;
        true
    }
}
