//! What the connections of a receiver share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chatislav_webhooks::plan::{CounterKey, Rules};
use chatislav_webhooks::{DeliveryKey, Error, ErrorKind, Secret, Webhook};
use tokio::sync::watch;

use crate::budget::Budget;
use crate::changing::Changing;
use crate::config::Config;
use crate::explain::Explainer;
use crate::journal::{Capture, Journal, MALFORMED, NotKept};
use crate::log::Sink;
use crate::plans::{COUNTERS, NowhereToForward, Plans, SharedCounters};
use crate::verdict::Mode;

const MISMATCH: &str = ErrorKind::SignatureMismatch.code();

/// What the connections share.
pub(crate) struct Shared {
    /// As it was at the start; `mode` and `plans` are what is in force.
    pub(crate) config: Config,
    pub(crate) mode: Changing<Mode>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) journal: Arc<Journal>,
    /// Which attempt of its delivery a request is.
    attempts: SharedCounters,
    pub(crate) plans: Plans,
    pub(crate) explainer: Explainer,
    /// For the bodies that are on their way.
    pub(crate) bodies: Arc<Budget>,
    /// The number of the newest capture that the journal had before this run.
    pub(crate) start: u64,
    requests: AtomicU64,
    /// How many the journal had lost when it was last said.
    lost: AtomicU64,
    /// The second of the last notice of a kind that may come often.
    noticed: AtomicU64,
    stop: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new(config: Config, journal: Arc<Journal>, sink: Arc<dyn Sink>) -> Self {
        let start = *journal.follow().borrow();
        let attempts = SharedCounters::new();
        for (delivery, is_good, attempt) in journal.recent_attempts(COUNTERS) {
            attempts.next_after(CounterKey::of_delivery(delivery, is_good), || attempt.saturating_sub(1));
        }
        let mode = Changing::new(config.mode.clone());
        let plans = Plans::new(config.rules.clone(), config.seed);
        // One alone is always let through.
        let bodies = Budget::new(config.limits.bodies.max(config.max_body));
        Shared {
            config,
            mode,
            sink,
            journal,
            attempts,
            plans,
            explainer: Explainer::default(),
            bodies,
            start,
            requests: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            noticed: AtomicU64::new(0),
            stop: watch::Sender::new(false),
        }
    }

    /// Which attempt of its delivery this is, from 1; with a store over restarts.
    pub(crate) fn attempt(&self, delivery: DeliveryKey, is_good: bool) -> u64 {
        self.attempts.next(CounterKey::of_delivery(delivery, is_good)) + 1
    }

    /// What the ids of this run begin with.
    pub(crate) fn run(&self) -> u16 {
        (self.config.seed & 0xFFFF) as u16
    }

    /// Tells of a request that is over.
    pub(crate) fn told(&self, capture: &Arc<Capture>) {
        self.sink.record(capture);
        if self.config.explain
            && capture.verdict == MISMATCH
            && let Mode::Verified(webhook) = &*self.mode.now()
        {
            self.explainer.consider(capture, webhook, &self.sink);
        }
        // What is not HTTP is no request of anybody whom one waits for.
        if capture.verdict != MALFORMED {
            let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
            if self.config.exit_after.is_some_and(|limit| requests >= limit) {
                self.stop();
            }
        }
    }

    pub(crate) fn change_rules(&self, rules: Rules) -> Result<(), NowhereToForward> {
        if !self.config.forwards.can_play(&rules.actions()) {
            return Err(NowhereToForward);
        }
        self.plans.change(rules, self.config.seed);
        Ok(())
    }

    pub(crate) fn change_secrets(&self, secrets: Vec<Secret>) -> Result<(), Error> {
        let now = self.mode.now();
        let Mode::Verified(webhook) = &*now else { return Ok(()) };
        let max_body = webhook.max_body();
        self.mode.change(Mode::Verified(Webhook::new(secrets)?.with_max_body(max_body)));
        Ok(())
    }

    pub(crate) fn not_kept(&self, not_kept: &NotKept) {
        self.notice_at_most_each_second(&format!("a request could not be written to the store: {not_kept}"));
    }

    /// Says how many requests the store has lost that nobody could be told of, if there are more.
    pub(crate) fn count_lost(&self) {
        let lost = self.journal.lost();
        if self.lost.fetch_max(lost, Ordering::Relaxed) < lost {
            self.notice_at_most_each_second(&format!("{lost} requests so far could not be written to the store"));
        }
    }

    /// A word about what a flood brings a thousand times.
    pub(crate) fn notice_at_most_each_second(&self, notice: &str) {
        let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.noticed.swap(second, Ordering::Relaxed) != second {
            self.sink.notice(notice);
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Comes back once the receiver is to stop.
    pub(crate) async fn stopping(&self) {
        // The sender lives in self, so the channel cannot close before.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}
