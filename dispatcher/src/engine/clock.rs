//! The time, and waiting for it.

use std::time::{Duration, SystemTime};

use crate::BoxFuture;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> SystemTime;

    /// Ends once it is this time or later, or once the clock was set back: who waits asks anew then, since
    /// what it waits for may come sooner.
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
            let mut before = SystemTime::now();
            while let Some(nap) = nap(at, before, SystemTime::now()) {
                before = SystemTime::now();
                tokio::time::sleep(nap).await;
            }
        })
    }
}

/// How long to sleep before the time is looked at again; `None` if it is not to be waited for any more.
fn nap(at: SystemTime, before: SystemTime, now: SystemTime) -> Option<Duration> {
    let left = at.duration_since(now).ok().filter(|left| !left.is_zero())?;
    (now >= before).then(|| left.min(LOOK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_looks_again_when_the_clock_was_set() {
        let second = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let (at, now) = (second(7_300), second(7_200));
        assert_eq!(nap(at, now, now), Some(LOOK));
        assert_eq!(nap(at, now, second(7_299) + LOOK / 2), Some(LOOK / 2));
        assert_eq!(nap(at, now, at), None);
        assert_eq!(nap(at, now, second(10_800)), None, "an hour on");
        assert_eq!(nap(at, now, second(3_600)), None, "an hour back");
    }
}
