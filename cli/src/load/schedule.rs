//! When each delivery is to be sent. No answer has any say in it.

use std::time::Duration;

/// So many a second, for so long, evenly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    rate: f64,
    length: Duration,
}

impl Schedule {
    /// `rate` is over 0, and so is `length`.
    pub(super) fn new(rate: f64, length: Duration) -> Self {
        Schedule { rate, length }
    }

    /// How many there are: those whose instant is before the end.
    pub(super) fn count(&self) -> u64 {
        // The product may be off by one where it is rounded; the instants decide.
        let near = (self.rate * self.length.as_secs_f64()) as u64;
        let candidates = [near.saturating_sub(1), near];
        let is_beyond = |number: &u64| self.offset(*number) >= self.length;
        candidates.into_iter().find(is_beyond).unwrap_or_else(|| near.saturating_add(1))
    }

    /// The instant of the delivery of this number, from 0, counted from the start.
    pub(super) fn offset(&self, number: u64) -> Duration {
        Duration::try_from_secs_f64(number as f64 / self.rate).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rate: f64, length: Duration, count: u64, last: Duration) {
        let schedule = Schedule::new(rate, length);
        assert_eq!(schedule.count(), count);
        assert_eq!(schedule.offset(count - 1), last);
        assert!(schedule.offset(count) >= length);
    }

    #[test]
    fn the_instants_are_even_and_end_before_the_end() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        check(500.0, s(30), 15_000, ms(29_998));
        check(1.0, ms(500), 1, ms(0));
        check(1.0, ms(1_001), 2, s(1));
        check(3.0, s(1), 3, Duration::from_nanos(666_666_667));
        check(0.1, s(30), 3, s(20));
        check(0.7, s(10), 7, Duration::from_nanos(8_571_428_571));
        check(1e6, s(3_600), 3_600_000_000, Duration::from_micros(3_599_999_999));
        let schedule = Schedule::new(1_000.0, s(2));
        assert!((0..2_000).all(|number| schedule.offset(number) == ms(number)));
    }

    #[test]
    fn a_rate_beyond_all_measure_is_a_schedule_too() {
        assert_eq!(Schedule::new(1e300, Duration::from_secs(1)).count(), u64::MAX);
        let seldom = Schedule::new(1e-300, Duration::from_secs(1));
        assert_eq!((seldom.count(), seldom.offset(1)), (1, Duration::MAX));
    }
}
