//! How the sender behaves, by what a receiver saw of one delivery.

mod content;
mod next;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::delivery::DeliveryKey;
use crate::outcome::{Outcome, Phase};

pub use self::content::content_key;
pub use self::next::Next;

/// One attempt as the receiver saw it.
#[derive(Clone, Copy)]
pub struct Tried<'a> {
    /// When the request began.
    pub at: SystemTime,
    /// How long it took until it was answered, or until the exchange broke. To be taken before the
    /// last byte of the answer leaves, or a quick sender seems to overlap.
    pub took: Duration,
    /// How it was answered.
    pub answered: Answered,
    /// The key of the very bytes.
    pub delivery: DeliveryKey,
    /// The value of the signature header, if there was one.
    pub signature: Option<&'a [u8]>,
    /// Which of the secrets signed it, if any did.
    pub secret: Option<usize>,
}

/// What the sender got for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer with a status.
    Status(u16),
    /// No valid answer: a reset, a close, garbage, a timeout, or the sender had left.
    Nothing,
}

impl Answered {
    /// How the attempt ended for the sender. Where no answer came, its phase is the receiver's
    /// guess.
    pub fn outcome(self) -> Outcome {
        match self {
            Answered::Status(status) => Outcome::from_status(status),
            Answered::Nothing => Outcome::RequestError(Phase::Headers),
        }
    }
}

/// The verdict on the sender of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conduct {
    /// What became of the delivery.
    pub state: State,
    /// What the sender does next.
    pub next: Next,
    /// What the sender did against the rules, in the order in which it did.
    pub faults: Vec<Fault>,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An attempt was answered 2xx.
    Delivered,
    /// The last attempt was answered so that no other is due.
    Failed,
    /// The last attempt ended so that another is due, or there was none yet.
    Waiting,
}

impl State {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Delivered => "delivered",
            State::Failed => "failed",
            State::Waiting => "waiting",
        }
    }
}

/// A rule that an attempt broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which rule.
    pub rule: BrokenRule,
    /// Which attempt broke it, counted from 1.
    pub attempt: u64,
}

/// The rules of a sender's conduct that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// An attempt came after a 2xx.
    RetriedAfterSuccess,
    /// An attempt came after a 3xx.
    RetriedAfterRedirect,
    /// An attempt came after a 4xx.
    RetriedAfterClientError,
    /// An attempt began before an earlier one was answered.
    Overlapped,
    /// An attempt had other bytes than the one before.
    BytesChanged,
    /// An attempt had another signature than an earlier one with the same bytes and secret.
    SignatureChanged,
}

impl BrokenRule {
    /// Every rule.
    pub const ALL: [BrokenRule; 6] = [
        BrokenRule::RetriedAfterSuccess,
        BrokenRule::RetriedAfterRedirect,
        BrokenRule::RetriedAfterClientError,
        BrokenRule::Overlapped,
        BrokenRule::BytesChanged,
        BrokenRule::SignatureChanged,
    ];

    /// The stable word, such as `retried_after_success`.
    pub const fn name(self) -> &'static str {
        match self {
            BrokenRule::RetriedAfterSuccess => "retried_after_success",
            BrokenRule::RetriedAfterRedirect => "retried_after_redirect",
            BrokenRule::RetriedAfterClientError => "retried_after_client_error",
            BrokenRule::Overlapped => "overlapped",
            BrokenRule::BytesChanged => "bytes_changed",
            BrokenRule::SignatureChanged => "signature_changed",
        }
    }

    /// What the rule is and how it was broken, in one line.
    const fn message(self) -> &'static str {
        match self {
            BrokenRule::RetriedAfterSuccess => "a 2xx ends the delivery, and this attempt came after one",
            BrokenRule::RetriedAfterRedirect => "a 3xx is final and not retried, and this attempt came after one",
            BrokenRule::RetriedAfterClientError => "a 4xx is final and not retried, and this attempt came after one",
            BrokenRule::Overlapped => {
                "a retry waits for the answer, and this attempt began before an earlier one had it"
            }
            BrokenRule::BytesChanged => {
                "a retry repeats the same bytes, and this attempt wrote the same JSON otherwise"
            }
            BrokenRule::SignatureChanged => {
                "the same bytes under the same secret have the same signature, and this attempt had another"
            }
        }
    }

    /// The rule that an attempt after this outcome breaks, if it breaks any.
    fn of_retry_after(outcome: Outcome) -> Option<Self> {
        if outcome.is_retried() {
            return None;
        }
        match outcome {
            Outcome::Success(_) => Some(BrokenRule::RetriedAfterSuccess),
            Outcome::Redirect(_) => Some(BrokenRule::RetriedAfterRedirect),
            Outcome::ClientError(_) => Some(BrokenRule::RetriedAfterClientError),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {}: {}", self.attempt, self.rule.message())
    }
}

impl Conduct {
    /// Judges the attempts of one delivery, in the order in which they arrived.
    ///
    /// Which attempts belong together is for the caller to say, by [`content_key`] where there is
    /// one and else by the delivery key.
    ///
    /// A clock that was set back between two attempts is taken for no time at all, and accuses
    /// nobody of overlapping. Where no secret of ours made the signature, a secret that was
    /// regenerated between two attempts looks like a signature that changed.
    pub fn of(tries: &[Tried<'_>]) -> Self {
        let mut before = Before::default();
        let mut faults = Vec::new();
        for (attempt, this) in (1..).zip(tries) {
            faults.extend(before.broken_by(this).into_iter().flatten().map(|rule| Fault { rule, attempt }));
            before.take(attempt, this);
        }
        let is_success = |answered: &Answered| matches!(answered.outcome(), Outcome::Success(_));
        let mut answers = tries.iter().map(|tried| tried.answered);
        let last = answers.clone().next_back();
        let (state, because) = match (answers.find(is_success), last) {
            (Some(success), _) => (State::Delivered, Some(success)),
            (None, Some(last)) if !last.outcome().is_retried() => (State::Failed, Some(last)),
            (None, last) => (State::Waiting, last),
        };
        Conduct { state, next: Next { state, because, attempts: tries.len() }, faults }
    }
}

/// What is known of the attempts before one.
#[derive(Default)]
struct Before<'a> {
    /// Those that had not been answered when the last one began: they have told the sender nothing.
    under_way: Vec<(u64, Tried<'a>)>,
    /// The last that was answered so that no other was due. It stands, whatever the sender did since.
    end: Option<(u64, BrokenRule)>,
    delivery: Option<DeliveryKey>,
    signatures: BTreeMap<(DeliveryKey, Option<usize>), &'a [u8]>,
}

impl<'a> Before<'a> {
    fn broken_by(&mut self, this: &Tried<'_>) -> [Option<BrokenRule>; 4] {
        for (attempt, answered) in self.under_way.extract_if(.., |(_, before)| !before.is_under_way(this.at)) {
            if let Some(rule) = BrokenRule::of_retry_after(answered.answered.outcome())
                && self.end.is_none_or(|(last, _)| last < attempt)
            {
                self.end = Some((attempt, rule));
            }
        }
        let bytes_changed = self.delivery.is_some_and(|before| before != this.delivery);
        let signature = self.signatures.get(&(this.delivery, this.secret)).zip(this.signature);
        let signature_changed = signature.is_some_and(|(before, now)| *before != now);
        [
            self.end.map(|(_, rule)| rule),
            (!self.under_way.is_empty()).then_some(BrokenRule::Overlapped),
            bytes_changed.then_some(BrokenRule::BytesChanged),
            signature_changed.then_some(BrokenRule::SignatureChanged),
        ]
    }

    fn take(&mut self, attempt: u64, this: &Tried<'a>) {
        self.under_way.push((attempt, *this));
        self.delivery = Some(this.delivery);
        if let Some(signature) = this.signature {
            self.signatures.insert((this.delivery, this.secret), signature);
        }
    }
}

impl Tried<'_> {
    /// Whether it had begun at that time and was not answered yet.
    fn is_under_way(&self, at: SystemTime) -> bool {
        at.duration_since(self.at).is_ok_and(|since| since < self.took)
    }
}

/// The times between the end of each attempt and the beginning of the next; no time where the
/// clock was set back or two attempts overlapped.
pub fn gaps(tries: &[Tried<'_>]) -> impl Iterator<Item = Duration> {
    tries.iter().zip(tries.iter().skip(1)).map(|(before, after)| {
        let since = after.at.duration_since(before.at).unwrap_or_default();
        since.saturating_sub(before.took)
    })
}
