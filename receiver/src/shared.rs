//! What the connections of a receiver share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chatislav_webhooks::plan::{CounterKey, Counters};
use tokio::sync::watch;

use crate::config::Config;
use crate::log::Sink;

/// How many counters of either kind are kept.
const COUNTERS: usize = 10_000;

/// What the connections share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) sink: Arc<dyn Sink>,
    /// Which attempt of its delivery a request is.
    pub(crate) attempts: SharedCounters,
    /// Which step of the plan a request comes to.
    pub(crate) steps: SharedCounters,
    ids: AtomicU64,
    requests: AtomicU64,
    stop: watch::Sender<bool>,
}

pub(crate) struct SharedCounters(Mutex<Counters>);

impl SharedCounters {
    pub(crate) fn next(&self, key: CounterKey) -> u64 {
        // A counter is whole whatever thread panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next(key)
    }
}

impl Shared {
    pub(crate) fn new(config: Config, sink: Arc<dyn Sink>) -> Self {
        let counters = || SharedCounters(Mutex::new(Counters::new(COUNTERS)));
        Shared {
            config,
            sink,
            attempts: counters(),
            steps: counters(),
            ids: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            stop: watch::Sender::new(false),
        }
    }

    pub(crate) fn next_id(&self) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:04x}-{number}", self.config.seed & 0xFFFF)
    }

    pub(crate) fn count_request(&self) {
        let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if self.config.exit_after.is_some_and(|limit| requests >= limit) {
            self.stop();
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Comes back once the receiver is to stop.
    pub(crate) async fn stopping(&self) {
        // The sender lives in self, so the channel cannot close before.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}
