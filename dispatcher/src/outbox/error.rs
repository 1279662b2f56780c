//! Why an outbox did not do what it was asked.

use std::fmt;

/// What kind of trouble it is, for whoever decides what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room: what was kept stays, and it may be asked again.
    Full,
    /// The lease is not in force any more.
    Fenced,
    /// An import does not stand where it was thought to.
    Import,
    /// The delivery is not in a state for that, or not there.
    Refused,
    /// Nobody writes to it any more, and it will not be written again.
    Closed,
    /// It cannot be read or written.
    Other,
}

/// Why an outbox did not do what it was asked. `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxError {
    /// What kind of trouble it is.
    pub trouble: Trouble,
    sentence: String,
}

impl OutboxError {
    /// An error in a sentence that says what to do.
    pub fn new(trouble: Trouble, sentence: impl Into<String>) -> Self {
        OutboxError { trouble, sentence: sentence.into() }
    }

    pub(crate) fn fenced() -> Self {
        OutboxError::new(Trouble::Fenced, "the lease of this delivery has ended, and somebody else has it")
    }

    pub(crate) fn closed() -> Self {
        OutboxError::new(Trouble::Closed, "the outbox is closed")
    }

    pub(crate) fn not_owner() -> Self {
        OutboxError::new(Trouble::Refused, "only the dispatcher that owns the outbox sends what is in it")
    }

    pub(crate) fn absent(id: super::DeliveryId) -> Self {
        OutboxError::new(Trouble::Refused, format!("there is no delivery {id}"))
    }

    pub(crate) fn import_moved(name: &str) -> Self {
        let sentence = format!("somebody else is importing {name}; what was enqueued by them is kept, run it again");
        OutboxError::new(Trouble::Import, sentence)
    }

    /// Why a delivery in this state is neither retried nor cancelled.
    pub(crate) fn refused(id: super::DeliveryId, state: super::State, what: &str) -> Self {
        use super::State;
        let why = match state {
            State::Leased => "is being sent just now",
            State::Delivered => "was delivered, and nothing is sent after success",
            _ => "has ended",
        };
        OutboxError::new(Trouble::Refused, format!("delivery {id} {why}: it is not {what}"))
    }
}

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for OutboxError {}
