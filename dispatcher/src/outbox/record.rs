//! What is said and kept of a delivery: its attempts, its state.

use std::time::{Duration, SystemTime};

use chatislav_webhooks::{DeliveryKey, Outcome, Phase, Step};

use super::{Claimed, DeliveryId, Lease};
use crate::attempt::Attempt;
use crate::request::InvalidRequest;
use crate::timings::Timings;

/// How one attempt went, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number within the delivery's present try, from 1.
    pub attempt: u32,
    /// The how manieth time the delivery was lent, from 1.
    pub send: u32,
    /// When it began.
    pub started: SystemTime,
    /// How long it took; `None` if its sender was gone before it ended.
    pub duration: Option<Duration>,
    /// The status, if there was one.
    pub status: Option<u16>,
    /// How far it came, if there was none.
    pub phase: Option<Phase>,
    /// What went wrong in words.
    pub error: Option<String>,
    /// The time of each phase, as a JSON object in milliseconds.
    pub phases: String,
    /// The hash of the profile that decided.
    pub profile: String,
    /// What was decided: `retry`, `delivered`, `failed`, `exhausted`, `blocked` or `interrupted`.
    pub decision: String,
}

impl Record {
    /// The record of an attempt that ended.
    pub(crate) fn of(
        delivery: &Claimed,
        attempt: u32,
        started: SystemTime,
        made: &Result<Attempt, InvalidRequest>,
        profile: &str,
        step: Step,
    ) -> Self {
        let (outcome, duration, error, timings) = match made {
            Ok(made) => (Some(made.outcome), made.duration, made.error.clone(), made.timings),
            Err(error) => (None, Duration::ZERO, Some(error.to_string()), Timings::default()),
        };
        Record {
            attempt,
            send: delivery.send,
            started,
            duration: Some(duration),
            status: outcome.and_then(Outcome::status),
            phase: outcome.and_then(Outcome::phase),
            error,
            phases: timings.to_string(),
            profile: profile.to_owned(),
            decision: step.name().to_owned(),
        }
    }

    /// The record of an attempt whose sender is gone: nobody knows whether the endpoint has seen it.
    pub(super) fn interrupted(attempt: u32, send: u32, started: SystemTime) -> Self {
        Record {
            attempt,
            send,
            started,
            duration: None,
            status: None,
            phase: None,
            error: Some("the dispatcher ended before it knew how this went".to_owned()),
            phases: "{}".to_owned(),
            profile: String::new(),
            decision: "interrupted".to_owned(),
        }
    }
}

/// What is said of a delivery that was lent.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which one.
    pub id: DeliveryId,
    /// The lease under which it was lent.
    pub lease: Lease,
    /// How the attempt went.
    pub record: Record,
    /// What comes next; a retry's instant has its jitter already.
    pub step: Step,
    /// When the attempt ended.
    pub at: SystemTime,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It waits for its turn, or for its retry.
    Waiting,
    /// It is lent.
    Leased,
    /// The endpoint took it.
    Delivered,
    /// The endpoint refused it for good.
    Failed,
    /// The last attempt failed.
    Exhausted,
    /// The guard refused its target.
    Blocked,
    /// Somebody has ended it.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [State; 7] = [
        State::Waiting,
        State::Leased,
        State::Delivered,
        State::Failed,
        State::Exhausted,
        State::Blocked,
        State::Cancelled,
    ];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Leased => "leased",
            State::Delivered => "delivered",
            State::Failed => "failed",
            State::Exhausted => "exhausted",
            State::Blocked => "blocked",
            State::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more is sent.
    pub const fn is_end(self) -> bool {
        !matches!(self, State::Waiting | State::Leased)
    }

    /// Where a step leads.
    pub(crate) const fn after(step: Step) -> Self {
        match step {
            Step::Retry { .. } => State::Waiting,
            Step::Delivered => State::Delivered,
            Step::Failed => State::Failed,
            Step::Exhausted => State::Exhausted,
            Step::Blocked => State::Blocked,
        }
    }
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// In one of these states; in any if there is none.
    pub states: Vec<State>,
    /// Of this event.
    pub event: Option<String>,
    /// To a URL that holds this text.
    pub url: Option<String>,
    /// Only those before this one.
    pub before: Option<DeliveryId>,
    /// At most so many.
    pub limit: usize,
}

impl Query {
    /// Whether a delivery is one of these, the limit apart.
    pub(super) fn holds(&self, row: &Stored) -> bool {
        let is_in = |text: &String| row.url.contains(text);
        (self.states.is_empty() || self.states.contains(&row.state))
            && self.event.as_ref().is_none_or(|event| *event == row.event)
            && self.url.as_ref().is_none_or(is_in)
            && self.before.is_none_or(|before| row.id < before)
    }
}

/// A delivery as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub id: DeliveryId,
    /// SHA-256 of its body.
    pub key: DeliveryKey,
    /// The name of its event.
    pub event: String,
    /// Where it goes, as it is kept.
    pub url: String,
    /// What has become of it.
    pub state: State,
    /// How many attempts have ended.
    pub attempts: u32,
    /// How many times it was lent.
    pub sends: u32,
    /// When it was enqueued.
    pub at: SystemTime,
    /// When it is or was due.
    pub due: SystemTime,
    /// When it ended.
    pub ended: Option<SystemTime>,
}
