//! A clock that goes faster than others, and that somebody sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use chatislav_dispatcher::BoxFuture;
use chatislav_dispatcher::engine::Clock;

use super::second;

/// A clock that begins at second 0 and goes so many times as fast as others.
#[derive(Clone)]
pub(super) struct HurriedClock {
    start: Instant,
    speed: u32,
    /// By how many seconds it was set, on the whole.
    set: Arc<AtomicI64>,
    /// By how many it will be, once somebody waits.
    waits: Arc<AtomicI64>,
}

impl HurriedClock {
    pub(super) fn new(speed: u32) -> Self {
        HurriedClock { start: Instant::now(), speed, set: Arc::default(), waits: Arc::default() }
    }

    /// Sets it by so many seconds, forward or back.
    pub(super) fn set(&self, seconds: i64) {
        self.set.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets it as soon as somebody waits for a time.
    pub(super) fn set_while_waited(&self, seconds: i64) {
        self.waits.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for HurriedClock {
    fn now(&self) -> SystemTime {
        let now = second(0) + self.start.elapsed() * self.speed;
        let set = self.set.load(Ordering::SeqCst);
        let distance = Duration::from_secs(set.unsigned_abs());
        if set < 0 { now - distance } else { now + distance }
    }

    fn sleep_until(&self, at: SystemTime) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            let mut seen = clock.now();
            while seen < at {
                tokio::time::sleep(Duration::from_millis(1)).await;
                clock.set(clock.waits.swap(0, Ordering::SeqCst));
                let before = std::mem::replace(&mut seen, clock.now());
                if seen < before {
                    return;
                }
            }
        })
    }
}
