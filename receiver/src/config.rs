//! What a receiver is told at its start.

use std::time::Duration;

use chatislav_webhooks::DEFAULT_MAX_BODY;
use chatislav_webhooks::plan::{Per, Plan};

use crate::verdict::Mode;

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// How requests are judged.
    pub mode: Mode,
    /// What good requests are answered.
    pub plan: Plan,
    /// What shares a counter of the plan.
    pub per: Per,
    /// Lets the plan answer refused requests too.
    pub ignore_verdict: bool,
    /// The largest body, in bytes; a larger one is answered 413 before the rest is read.
    pub max_body: usize,
    /// What decides what the plan leaves to chance.
    pub seed: u64,
    /// Stops after that many requests, answered or given up.
    pub exit_after: Option<u64>,
    /// How long senders may take.
    pub limits: Limits,
}

/// How long senders may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of a request, and between two requests of a connection.
    pub head: Duration,
    /// Between two pieces of a body.
    pub body_idle: Duration,
    /// For the whole of a body.
    pub body_total: Duration,
    /// For requests that are being answered when the receiver is told to stop.
    pub stop: Duration,
}

impl Config {
    /// Judges in this mode, answers 200, and has the defaults of the command line.
    pub fn new(mode: Mode) -> Self {
        Config {
            mode,
            plan: Plan::default(),
            per: Per::default(),
            ignore_verdict: false,
            max_body: DEFAULT_MAX_BODY,
            seed: 0,
            exit_after: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(30),
            body_idle: Duration::from_secs(15),
            body_total: Duration::from_secs(120),
            stop: Duration::from_secs(10),
        }
    }
}
