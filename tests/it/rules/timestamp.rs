//! Timestamps: when it was said.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::Timestamp;
use serde::Deserialize;

use super::vectors::read;

/// Microseconds since the epoch, as the vectors have them.
pub(super) fn micros(instant: SystemTime) -> i64 {
    match instant.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_micros().try_into().unwrap(),
        Err(before) => -i64::try_from(before.duration().as_nanos().div_ceil(1_000)).unwrap(),
    }
}

#[test]
fn timestamp_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        text: String,
        expect: Option<i64>,
    }
    for Case { why, text, expect } in read("timestamp.json") {
        let parsed = Timestamp::parse(&text);
        assert_eq!(parsed.map(|timestamp| micros(timestamp.instant())), expect, "{why}");
        if let (Some(timestamp), true) = (parsed, text.len() == 26 && !text.contains(['Z', '+'])) {
            assert_eq!(timestamp.naive(), text, "{why}: back to text");
        }
    }
}

#[test]
fn a_timestamp_is_written_for_logs() {
    for (text, log) in [
        ("2026-06-23T12:00:00.123456", "2026-06-23T12:00:00.123Z"),
        ("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00", "2024-02-29T00:00:00.000Z"),
    ] {
        assert_eq!(Timestamp::parse(text).unwrap().rfc3339(), log);
    }
}

#[test]
fn each_day_of_four_centuries_follows_the_one_before() {
    let day = Duration::from_secs(86_400);
    let (mut at, mut year, mut month, mut number) = (UNIX_EPOCH, 1970, 1, 1);
    while year < 2405 {
        let text = format!("{year}-{month:02}-{number:02}T00:00:00.000000");
        let timestamp = Timestamp::parse(&text).unwrap();
        assert_eq!((timestamp.instant(), timestamp.naive()), (at, text));
        let is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        let february = if is_leap { 29 } else { 28 };
        let days = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        number += 1;
        if number > days[month - 1] {
            let no_day = format!("{year}-{month:02}-{number:02}T00:00:00");
            assert_eq!(Timestamp::parse(&no_day), None, "{no_day}");
            (month, number) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
        at += day;
    }
}
