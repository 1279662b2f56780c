//! Why a signature does not fit: searched for beside the requests, never before an answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chatislav_webhooks::explain::{Explanation, Limits, explain};
use chatislav_webhooks::{Line, Webhook};

use crate::journal::Capture;
use crate::log::Sink;

/// Forgeries that come by the thousand are explained so often.
const EVERY: Duration = Duration::from_secs(60);
/// What may be written and hashed unasked, in bytes: about a tenth of a second.
const UNASKED: u64 = 64 * 1024 * 1024;

/// Explains refused signatures, one at a time.
#[derive(Default)]
pub(crate) struct Explainer {
    /// Held by the search that is under way.
    turn: Arc<Mutex<()>>,
    last: Mutex<Option<Instant>>,
}

impl Explainer {
    /// Explains a request on a thread where that holds up nobody, and tells the log; unless another
    /// was explained within the last minute.
    pub(crate) fn consider(&self, capture: &Arc<Capture>, webhook: &Webhook, sink: &Arc<dyn Sink>) {
        // Without a runtime the receiver has stopped, and nobody waits for an explanation.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.is_due(Instant::now()) {
            return;
        }
        let (turn, capture, webhook, sink) =
            (Arc::clone(&self.turn), Arc::clone(capture), webhook.clone(), Arc::clone(sink));
        runtime.spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let limits = Limits::of(capture.body.len()).at_most(UNASKED);
            sink.explained(&capture, &of(&capture, &webhook, limits));
        });
    }

    /// Explains a request when asked to. Takes up to a second; not to be called where others wait.
    pub(crate) fn explain(&self, capture: &Capture, webhook: &Webhook) -> Explanation {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        of(capture, webhook, Limits::of(capture.body.len()))
    }

    fn is_due(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= EVERY);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

fn of(capture: &Capture, webhook: &Webhook, limits: Limits) -> Explanation {
    let fields = capture.headers().map(|(name, value)| (name.into_owned(), value));
    explain(&capture.body, fields, webhook.secrets(), limits)
}

/// Why the signature of a captured request does not fit these secrets: one JSON object of type
/// `explanation`, with a line end.
pub fn explanation(capture: &Capture, webhook: &Webhook) -> String {
    line(capture, &of(capture, webhook, Limits::of(capture.body.len())))
}

pub(crate) fn line(capture: &Capture, explanation: &Explanation) -> String {
    let line = Line::new("explanation").word("id", &capture.id());
    // The bytes are those of the wire.
    explanation.describe(line, &explanation.fix_at_sender()).end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_minute_is_due() {
        let explainer = Explainer::default();
        let start = Instant::now();
        let due = [0, 1, 59, 60, 61, 119, 120].map(|second| explainer.is_due(start + Duration::from_secs(second)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }
}
