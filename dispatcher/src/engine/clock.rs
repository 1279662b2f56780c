//! The time, and waiting for it.

use std::time::{Duration, SystemTime};

use crate::BoxFuture;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> SystemTime;

    /// Ends once it is this time or later, and before that if the clock is set back: who waits then
    /// has to look again whether there is anything to wait for.
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
        Box::pin(until(at, SystemTime::now, LOOK))
    }
}

async fn until(at: SystemTime, mut now: impl FnMut() -> SystemTime, look: Duration) {
    let mut seen = now();
    // Timers count on another clock, which nobody sets.
    while let Ok(left) = at.duration_since(seen)
        && !left.is_zero()
    {
        tokio::time::sleep(left.min(look)).await;
        let before = std::mem::replace(&mut seen, now());
        if seen < before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    /// How often the clock is looked at, which shows these seconds.
    async fn looks(at: u64, seconds: &[u64]) -> usize {
        let second = |second: u64| UNIX_EPOCH + Duration::from_secs(second);
        let mut shown = seconds.iter();
        until(second(at), || second(*shown.next().unwrap()), Duration::from_millis(1)).await;
        seconds.len() - shown.len()
    }

    #[tokio::test]
    async fn it_ends_at_its_time_and_when_the_clock_is_set_back() {
        assert_eq!(looks(5, &[7, 8]).await, 1);
        assert_eq!(looks(5, &[1, 1, 4, 5, 6]).await, 4);
        assert_eq!(looks(5, &[1, 3_600, 3_601]).await, 2);
        assert_eq!(looks(5_000, &[4_000, 4_001, 401, 402, 403]).await, 3);
    }
}
