//! A clock that nobody sets.

use std::time::{Instant, SystemTime};

use chatislav_dispatcher::BoxFuture;
use chatislav_dispatcher::engine::Clock;

/// The system's time when it began, and from then on what has passed: a time server has no say in latencies.
#[derive(Clone, Copy, Debug)]
pub(super) struct SteadyClock {
    began: SystemTime,
    origin: Instant,
}

impl SteadyClock {
    pub(super) fn new() -> Self {
        SteadyClock { began: SystemTime::now(), origin: Instant::now() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> SystemTime {
        self.began.checked_add(self.origin.elapsed()).unwrap_or(self.began)
    }

    fn sleep_until(&self, at: SystemTime) -> BoxFuture<'static, ()> {
        let left = at.duration_since(self.now()).unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}
