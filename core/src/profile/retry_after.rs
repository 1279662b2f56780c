//! The answer's `Retry-After` (RFC 9110 section 10.2.3): how it is read and what it may do.

use std::time::{Duration, SystemTime};

use crate::headers::trim;
use crate::timestamp::Timestamp;

/// Whoever asks for more asks for a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What a sender makes of `Retry-After`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing. The vendor does not mention the header, so this is the default.
    #[default]
    Ignore,
    /// A retry waits at least as long as asked, up to the cap. It is never sooner than scheduled.
    Raise {
        /// What is asked beyond this is not granted.
        cap: Duration,
    },
}

impl RetryAfter {
    /// The cap where a profile names none: 1 hour. Ours, as all of this.
    pub const DEFAULT_CAP: Duration = Duration::from_secs(3_600);

    /// What an answer asks for: the longest of all values of its header that can be read, and a year
    /// at most.
    ///
    /// A value is a number of seconds or an HTTP date in any of the three forms of RFC 9110 section
    /// 5.6.7, seen from `now`; a date in the past asks for nothing, which is zero. Anything else is
    /// passed over.
    pub fn asked<'a>(values: impl IntoIterator<Item = &'a [u8]>, now: SystemTime) -> Option<Duration> {
        values.into_iter().filter_map(|value| wait(value, now)).max()
    }

    /// The delay that holds after an answer that asked for this.
    pub(super) fn raise(self, delay: Duration, asked: Option<Duration>) -> Duration {
        match (self, asked) {
            (RetryAfter::Raise { cap }, Some(asked)) => delay.max(asked.min(cap)),
            _ => delay,
        }
    }
}

fn wait(value: &[u8], now: SystemTime) -> Option<Duration> {
    let text = str::from_utf8(trim(value)).ok()?;
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit ask for longer than any that do.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        http_date(text, now)?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

fn http_date(text: &str, now: SystemTime) -> Option<SystemTime> {
    let parts: Vec<&str> = text.splitn(7, ' ').collect();
    let (day, month, year, time) = match *parts.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [weekday, day, month, year, time, "GMT"] => {
            short_weekday(weekday.strip_suffix(',')?)?;
            (day.to_owned(), month, year.to_owned(), time)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        [weekday, date, time, "GMT"] => {
            WEEKDAYS.iter().find(|known| weekday.strip_suffix(',') == Some(known))?;
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            (day.to_owned(), month, full_year(year, now)?, time)
        }
        // Sun Nov  6 08:49:37 1994
        [weekday, month, "", day, time, year] if day.len() == 1 => {
            short_weekday(weekday)?;
            (format!("0{day}"), month, year.to_owned(), time)
        }
        [weekday, month, day, time, year] => {
            short_weekday(weekday)?;
            (day.to_owned(), month, year.to_owned(), time)
        }
        _ => return None,
    };
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    // The lengths first, or a fraction of a second would pass.
    if (day.len(), year.len(), time.len()) != (2, 4, 8) {
        return None;
    }
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}")).map(Timestamp::instant)
}

fn short_weekday(text: &str) -> Option<()> {
    WEEKDAYS.iter().any(|known| known.get(..3) == Some(text)).then_some(())
}

/// A year of two digits that would be over 50 years ahead is the last one before (RFC 9110
/// section 5.6.7).
fn full_year(digits: &str, now: SystemTime) -> Option<String> {
    let is_year = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let this_year: u32 = Timestamp::from(now).naive().get(..4)?.parse().ok()?;
    let year = this_year / 100 * 100 + is_year.then(|| digits.parse::<u32>().ok()).flatten()?;
    let year = if year > this_year + 50 { year.checked_sub(100)? } else { year };
    Some(format!("{year:04}"))
}
