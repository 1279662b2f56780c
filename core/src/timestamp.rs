//! The payload's `timestamp`: naive ISO 8601 with microseconds, read as UTC.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::line::push_digits;

/// An instant, with the two ways of writing it that this project needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(SystemTime);

impl Timestamp {
    /// Reads `2026-06-23T12:00:00.000000`: one to nine digits of a second or none, and `Z`, an
    /// offset such as `+02:00`, or nothing, which means UTC. That choice is ours: the vendor is
    /// silent on the zone.
    ///
    /// `None` for anything else, also for a date that does not exist or a leap second.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mark = |at: usize, mark: u8| (*bytes.get(at)? == mark).then_some(());
        let number = |at: usize, digits: usize| {
            let digits = bytes.get(at..at + digits)?;
            digits
                .iter()
                .try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
        };
        let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
        let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
        mark(4, b'-').and(mark(7, b'-')).and(mark(10, b'T'))?;
        mark(13, b':').and(mark(16, b':'))?;
        let in_range = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !in_range {
            return None;
        }

        let mut at = 19;
        let mut nanos = 0;
        if bytes.get(at) == Some(&b'.') {
            let digits = bytes.get(at + 1..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            nanos = number(at + 1, digits)? * 10_i64.pow(9 - u32::try_from(digits).ok()?);
            at += 1 + digits;
        }
        let offset = match bytes.get(at..)? {
            [] | [b'Z'] => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (number(at + 1, 2)?, number(at + 4, 2)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3_600 + minutes * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        let instant = start?.checked_add(Duration::from_nanos(u64::try_from(nanos).ok()?))?;
        Some(Timestamp(instant))
    }

    /// The instant.
    pub fn instant(self) -> SystemTime {
        self.0
    }

    /// As the vendor writes it: naive, with microseconds, `2026-06-23T12:00:00.000000`.
    pub fn naive(self) -> String {
        let Civil { year, month, day, hour, minute, second, micros } = self.civil();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}")
    }

    /// As logs have it, and `Display`: RFC 3339 in UTC with milliseconds,
    /// `2026-06-23T12:00:00.000Z`.
    pub fn rfc3339(self) -> String {
        let Civil { year, month, day, hour, minute, second, micros } = self.civil();
        let millis = i64::from(micros / 1_000);
        if !(0..=9_999).contains(&year) {
            return format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z");
        }
        // A log writes one for each request, and this is a fifth of the formatter's time.
        let mut text = String::with_capacity(24);
        for (value, width, end) in [
            (year, 4, '-'),
            (month, 2, '-'),
            (day, 2, 'T'),
            (hour, 2, ':'),
            (minute, 2, ':'),
            (second, 2, '.'),
            (millis, 3, 'Z'),
        ] {
            push_digits(&mut text, value.unsigned_abs(), width);
            text.push(end);
        }
        text
    }

    fn civil(self) -> Civil {
        let (seconds, micros) = match self.0.duration_since(UNIX_EPOCH) {
            Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_micros()),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                match before.subsec_micros() {
                    0 => (-whole, 0),
                    micros => (-whole - 1, 1_000_000 - micros),
                }
            }
        };
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let time = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        Civil { year, month, day, hour, minute, second, micros }
    }
}

/// An instant as a calendar and a clock in UTC show it.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: u32,
}

impl From<SystemTime> for Timestamp {
    fn from(instant: SystemTime) -> Self {
        Timestamp(instant)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// The proleptic Gregorian calendar in years that begin in March, so that the leap day is the
// last day of its year and months follow a fixed pattern of 153 days in five.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
