//! What is told while an outbox is emptied.

use std::time::SystemTime;

use chatislav_webhooks::Step;

use crate::attempt::Attempt;
use crate::outbox::{Claimed, OutboxError};
use crate::request::InvalidRequest;

/// What is told while an outbox is emptied.
#[derive(Debug)]
pub enum Notice<'a> {
    /// So many were being sent when an earlier sender ended: they are sent again, marked.
    Recovered(u64),
    /// An attempt is about to be made.
    Sending(&'a Claimed),
    /// It was made, and nothing of it is kept yet.
    Sent(&'a Claimed),
    /// It was made and is kept.
    Kept(&'a Kept),
    /// It was made, and somebody else has the delivery: what this one says of it does not count.
    Fenced(&'a Claimed),
    /// The outbox cannot be written: nothing more is sent until it can.
    Stuck(&'a OutboxError),
    /// It can be written again.
    GoesOn,
    /// What cannot be read of the outbox: those deliveries are not sent, and the others are.
    Unreadable(&'a str),
}

/// An attempt that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Of which delivery.
    pub delivery: Claimed,
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub started: SystemTime,
    /// How it went; an error where no request could be made of the delivery.
    pub attempt: Result<Attempt, InvalidRequest>,
    /// What comes next.
    pub step: Step,
}
