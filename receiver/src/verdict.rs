//! Who sent this, and what does it say: asked of core, kept for the log.

use std::borrow::Cow;

use chatislav_webhooks::{DeliveryKey, Error, Unsigned, Webhook};
use hyper::HeaderMap;

/// How requests are judged.
#[derive(Clone, Debug)]
pub enum Mode {
    /// By their signature.
    Verified(Webhook),
    /// Not at all, since no secret was generated.
    Unsigned(Unsigned),
}

/// What became of a request before the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of the secrets signed it.
    Verified {
        /// The secret's index, newest first.
        secret: usize,
    },
    /// Nothing vouches for it, and nothing needs to.
    Unsigned,
    /// It is refused.
    Refused(Error),
}

/// A verdict with what the log and the plan want to know.
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// The event's name, empty where there is none to believe.
    pub(crate) event: Cow<'static, str>,
    pub(crate) delivery: DeliveryKey,
}

impl Mode {
    pub(crate) fn judge(&self, body: &[u8], headers: &HeaderMap) -> Judgement {
        let (judged, delivery) = match self {
            // Judged without making an event: nobody reads it here, and it would copy the body.
            Mode::Verified(webhook) => {
                let (judged, delivery) = webhook.judge_delivery(body, headers);
                let judged =
                    judged.map(|judged| (Verdict::Verified { secret: judged.secret_index() }, name(judged.event())));
                (judged, delivery)
            }
            Mode::Unsigned(unsigned) => {
                let read = unsigned.read(body, headers);
                (read.map(|event| (Verdict::Unsigned, name(event.event()))), DeliveryKey::of(body))
            }
        };
        let (verdict, event) = judged.unwrap_or_else(|error| (Verdict::Refused(error), Cow::Borrowed("")));
        Judgement { verdict, event, delivery }
    }
}

/// The vendor's own names cost nothing to keep.
fn name(event: &str) -> Cow<'static, str> {
    match event {
        "lead_collection" => Cow::Borrowed("lead_collection"),
        "conversation_summary" => Cow::Borrowed("conversation_summary"),
        other => Cow::Owned(other.to_owned()),
    }
}

impl Verdict {
    /// `verified`, `unsigned` or the error code.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Verified { .. } => "verified",
            Verdict::Unsigned => "unsigned",
            Verdict::Refused(error) => error.code(),
        }
    }

    /// Whether the request goes on to the plan.
    pub fn is_good(&self) -> bool {
        !matches!(self, Verdict::Refused(_))
    }
}
