//! When the next attempt is due.

use std::time::Duration;

/// The delays between attempts.
///
/// The vendor says that it retries, not when: the default `5s,30s,2m,10m,1h` with a jitter of
/// ±10 % is our choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The delay after each failed attempt; when they are used up, so are the attempts.
    pub delays: Vec<Duration>,
    /// The share by which a delay may be shorter or longer, in percent, at most 100.
    pub jitter_percent: u8,
    /// How many times faster than real time the delays pass; 1 is real time.
    pub time_scale: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule {
            delays: [5, 30, 120, 600, 3_600].map(Duration::from_secs).into(),
            jitter_percent: 10,
            time_scale: 1.0,
        }
    }
}

impl Schedule {
    /// A schedule without retries.
    pub fn none() -> Self {
        Schedule { delays: Vec::new(), ..Schedule::default() }
    }

    /// The delay after the given attempt, counted from 1; `None` when there is no further one.
    ///
    /// `entropy` is any number drawn evenly from 64 bits; the same number gives the same delay.
    pub fn delay_after(&self, attempt: u32, entropy: u64) -> Option<Duration> {
        self.jittered(attempt, entropy).map(|delay| self.scaled(delay))
    }

    /// The delay in real time.
    pub(crate) fn jittered(&self, attempt: u32, entropy: u64) -> Option<Duration> {
        let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
        let delay = self.delays.get(index)?;
        let jitter = f64::from(self.jitter_percent.min(100)) / 100.0;
        // -1.0 to 1.0, by the upper 53 bits, which is all that an f64 holds exactly.
        let share = (entropy >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        let seconds = delay.as_secs_f64() * (1.0 + jitter * share);
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(*delay))
    }

    /// A delay of real time as the time scale lets it pass.
    pub(crate) fn scaled(&self, delay: Duration) -> Duration {
        let scale = self.time_scale;
        // In real time no digit is lost on the way through a float.
        if scale == 1.0 || !scale.is_finite() || scale <= 0.0 {
            return delay;
        }
        Duration::try_from_secs_f64(delay.as_secs_f64() / scale).unwrap_or(delay)
    }
}
