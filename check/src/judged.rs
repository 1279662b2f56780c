//! How a case was judged, before it is put into a report.

use crate::cause::Cause;
use crate::exchange::{Exchange, Seen};
use crate::play::Accept;
use crate::report::Outcome;

/// How many exchanges a finding keeps.
const SHOWN: usize = 3;

/// What a case came to.
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    pub(crate) seen: String,
    pub(crate) cause: Option<Cause>,
    pub(crate) exchanges: Vec<Exchange>,
}

impl Judged {
    pub(crate) fn passed(seen: impl Into<String>, exchanges: Vec<Exchange>) -> Self {
        Judged { outcome: Outcome::Passed, seen: seen.into(), cause: None, exchanges: few(exchanges) }
    }

    pub(crate) fn failed(seen: impl Into<String>, cause: Option<Cause>, exchanges: Vec<Exchange>) -> Self {
        Judged { outcome: Outcome::Failed, seen: seen.into(), cause, exchanges: few(exchanges) }
    }

    pub(crate) fn noted(seen: impl Into<String>, exchanges: Vec<Exchange>) -> Self {
        Judged { outcome: Outcome::Noted, ..Judged::passed(seen, exchanges) }
    }

    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Judged { outcome: Outcome::Skipped, ..Judged::passed(why, Vec::new()) }
    }
}

fn few(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.truncate(SHOWN);
    exchanges
}

impl Accept {
    /// Whether this may come back.
    pub(crate) fn takes(self, seen: &Seen) -> bool {
        match self {
            Accept::Success => seen.is_success(),
            Accept::Refusal => !seen.is_success(),
            Accept::Answered => !seen.is_success() && !seen.is_dropped(),
            Accept::Either => seen.is_success() || seen.is_rejection(),
            Accept::Settled => seen.status().is_some_and(|status| status < 500),
            Accept::Told => true,
        }
    }
}
