//! Durations and sizes as people write them: `250ms`, `2s`, `1m`, `64KiB`.

use std::fmt;
use std::time::Duration;

/// Reads `250ms`, `2s`, `1m`, `1h`; a bare number is seconds. Fractions such as `1.5s` are fine.
///
/// # Errors
/// [`InvalidUnit`] for anything else, and for more than 100 years.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidUnit> {
    const WANTED: InvalidUnit = InvalidUnit("a duration such as 250ms, 2s, 1m or 1h");
    let (number, unit) = split(text);
    let nanos_per_unit: u128 = match unit {
        "ms" => 1_000_000,
        "" | "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(WANTED),
    };
    let nanos = scaled(number, nanos_per_unit).ok_or(WANTED)?;
    if nanos > 100 * 365 * 86_400 * 1_000_000_000 {
        return Err(WANTED);
    }
    let seconds = u64::try_from(nanos / 1_000_000_000).map_err(|_| WANTED)?;
    let rest = u32::try_from(nanos % 1_000_000_000).map_err(|_| WANTED)?;
    Ok(Duration::new(seconds, rest))
}

/// Reads `10B`, `64KiB`, `8MiB`, `1GiB`; a bare number is bytes.
///
/// # Errors
/// [`InvalidUnit`] for anything else, decimal units included.
pub fn parse_size(text: &str) -> Result<usize, InvalidUnit> {
    const WANTED: InvalidUnit = InvalidUnit("a size such as 512, 64KiB, 8MiB or 1GiB");
    let (number, unit) = split(text);
    let bytes_per_unit: u128 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(WANTED),
    };
    let bytes = scaled(number, bytes_per_unit).ok_or(WANTED)?;
    usize::try_from(bytes).map_err(|_| WANTED)
}

fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

/// A decimal number times `unit`, exactly; `None` for no digits, too many, or a broken fraction.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || whole.len() > 18 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let power = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let whole: u128 = whole.parse().ok()?;
    let fraction: u128 = fraction.parse().ok()?;
    (whole * unit).checked_add(fraction * unit / power)
}

/// A text is not the duration or size that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUnit(&'static str);

impl fmt::Display for InvalidUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for InvalidUnit {}
