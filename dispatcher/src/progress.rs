//! Which phase an attempt is in, known from outside when the deadline fires, and the time of each.

use std::sync::Arc;

use chatislav_webhooks::Phase;
use tokio::time::Instant;

use crate::timings::Timings;
use crate::wire::Wire;

/// How far one attempt has come.
pub(crate) struct Progress {
    phase: Phase,
    since: Instant,
    timings: Timings,
    /// What knows when the request has left.
    wire: Option<Arc<Wire>>,
    /// Whether the connection it writes to had served another attempt.
    pub(crate) reused: bool,
}

impl Progress {
    pub(crate) fn new(start: Instant) -> Self {
        Progress { phase: Phase::Dns, since: start, timings: Timings::default(), wire: None, reused: false }
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.settle(Instant::now());
        self.phase = phase;
    }

    /// Enters the phase `write`, which ends when the wire says so.
    pub(crate) fn write(&mut self, wire: Arc<Wire>, reused: bool) {
        self.enter(Phase::Write);
        self.wire = Some(wire);
        self.reused = reused;
    }

    pub(crate) fn phase(&self) -> Phase {
        match &self.wire {
            Some(wire) if self.phase == Phase::Write && wire.left().is_some() => Phase::Headers,
            _ => self.phase,
        }
    }

    pub(crate) fn end(mut self, now: Instant) -> Timings {
        self.settle(now);
        self.timings
    }

    /// Ends the phase, or both where the wire knows that `headers` followed on `write`.
    fn settle(&mut self, now: Instant) {
        if let Some(left) = self.wire.take().and_then(|wire| wire.left()) {
            self.timings.add(self.phase, left - self.since);
            self.phase = Phase::Headers;
            self.since = left;
        }
        self.timings.add(self.phase, now - self.since);
        self.since = now;
    }
}
