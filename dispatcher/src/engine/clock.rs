//! The time, and waiting for it.

use std::time::{Duration, SystemTime};

use crate::BoxFuture;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> SystemTime;

    /// Ends once it is this time or later.
    fn sleep_until(&self, at: SystemTime) -> BoxFuture<'static, ()>;
}

/// The time of the operating system, on tokio's timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that was set is noticed within this time.
const LOOK: Duration = Duration::from_secs(1);

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep_until(&self, at: SystemTime) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // Timers count on another clock, which nobody sets.
            while let Ok(left) = at.duration_since(SystemTime::now())
                && !left.is_zero()
            {
                tokio::time::sleep(left.min(LOOK)).await;
            }
        })
    }
}
