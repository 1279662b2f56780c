//! How a case is played, as data: what is sent, in which order, and what may come back.

use crate::recipe::Recipe;

/// What a case does.
#[derive(Clone, Copy)]
pub(crate) enum Play {
    /// Sends each, one after the other, and judges each answer by the same rule.
    Each(&'static [Recipe], Accept),
    /// Looks at the answers to every forgery of the battery, and sends those that were not sent yet.
    Audit(Audit),
    /// Sends the same bytes twice, one after the other, or at once.
    Duplicate { at_once: bool },
    /// Sends so many deliveries, one after the other.
    Row(RowRule),
    /// Sends eight deliveries at once.
    Crowd,
    /// Sends a delivery whose body comes in pieces, for some seconds.
    SlowUpload,
    /// Begins a delivery and stops in its body; sends others meanwhile.
    Stalled,
    /// Begins a delivery, stops in its body, and waits for the endpoint to give up.
    GivenUp,
    /// Sends a forgery that is wrong in its first digit and one that is in its last, by turns, and takes the time.
    Timing,
    /// Sends a delivery by each secret that a rotation declares old.
    OldSecrets,
    /// Asks the probe before and after.
    Effect(Effect),
}

/// What may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    /// 2xx: anything else loses the event, or has it sent again.
    Success,
    /// Anything but 2xx. How wisely it is refused is another case's question.
    Refusal,
    /// Anything but 2xx, and nothing is no answer. How wisely is another case's question here too.
    Answered,
    /// 2xx or 4xx, as the endpoint's author has decided.
    Either,
    /// Anything that ends the matter: no 5xx, and an answer.
    Settled,
    /// Anything; it is told.
    Told,
}

/// What is looked for in the answers to forgeries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audit {
    Redirect,
    ServerError,
    Dropped,
    Digest,
    Secret,
    Stack,
}

/// What is looked at in a row of deliveries, which is sent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowRule {
    Accepted,
    Swift,
}

/// Whose effects are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Genuine,
    Again,
    AtOnce,
    Forgery,
    Get,
}

/// How many deliveries a row has.
pub(crate) const ROW: usize = 50;
/// How many deliveries come at once.
pub(crate) const CROWD: usize = 8;
/// How many refusals of a kind are timed.
pub(crate) const TIMED: usize = 20;
/// How many deliveries must be served while a body stalls.
pub(crate) const BYSTANDERS: usize = 2;

impl Play {
    pub(crate) const fn accepted(&self) -> &'static str {
        match self {
            Play::Each(_, accept) => accept.words(),
            Play::Audit(Audit::Redirect) => "no 3xx",
            Play::Audit(Audit::ServerError) => "no 5xx",
            Play::Audit(Audit::Dropped) => "an answer to each",
            Play::Audit(Audit::Digest | Audit::Secret | Audit::Stack) => "answers without it",
            Play::Row(RowRule::Swift) => "2xx, 19 of 20 within 5 s",
            Play::Duplicate { at_once: true } => "2xx to each, or 5xx to one and 2xx when that comes again",
            Play::Duplicate { .. } | Play::Row(_) | Play::Crowd | Play::OldSecrets => "2xx to each",
            Play::SlowUpload => "2xx",
            Play::Stalled => "2xx to the others",
            Play::Timing | Play::GivenUp => "anything; it is told",
            Play::Effect(Effect::Genuine | Effect::Again | Effect::AtOnce) => "one effect",
            Play::Effect(Effect::Forgery | Effect::Get) => "no effect",
        }
    }

    pub(crate) fn requests(&self) -> usize {
        match self {
            Play::Each(recipes, _) => recipes.len(),
            Play::Audit(_) => crate::battery::forgeries().count(),
            Play::Duplicate { at_once: true } => 3,
            Play::Duplicate { .. } | Play::Effect(Effect::Again | Effect::AtOnce) => 2,
            Play::Row(_) => ROW,
            Play::Crowd => CROWD,
            Play::Timing => 2 * TIMED,
            Play::Stalled => 1 + BYSTANDERS,
            Play::Effect(Effect::Forgery) => crate::battery::FORGERIES_WITH_EFFECT.len(),
            Play::SlowUpload | Play::GivenUp | Play::OldSecrets | Play::Effect(_) => 1,
        }
    }
}

impl Accept {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Accept::Success => "2xx",
            Accept::Refusal => "anything but 2xx",
            Accept::Answered => "an answer that is not 2xx",
            Accept::Either => "2xx or 4xx",
            Accept::Settled => "anything but 5xx",
            Accept::Told => "anything; it is told",
        }
    }
}
