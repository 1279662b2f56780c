//! What an answer's `Retry-After` asks for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::profile::RetryAfter;
use proptest::prelude::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn retry_after_is_read_strictly() {
    // By GNU date: Tue, 23 Jun 2026 12:00:00 GMT.
    let now = UNIX_EPOCH + seconds(1_782_216_000);
    #[track_caller]
    fn check(value: &str, now: SystemTime, expected: Option<u64>) {
        assert_eq!(RetryAfter::asked([value.as_bytes()], now), expected.map(seconds), "{value:?}");
    }
    for (value, expected) in [
        ("0", 0),
        ("120", 120),
        (" \t7 ", 7),
        ("0007", 7),
        ("31536001", 31_536_000),
        ("99999999999999999999999999", 31_536_000),
        ("Tue, 23 Jun 2026 12:00:30 GMT", 30),
        ("Tue, 23 Jun 2026 12:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 31_536_000),
        ("Tuesday, 23-Jun-26 13:00:00 GMT", 3_600),
        ("Tue Jun 23 12:01:00 2026", 60),
        ("Wed Jul  1 12:00:00 2026", 8 * 86_400),
        // 50 years ahead and no more: 2076, and 1977.
        ("Tuesday, 23-Jun-76 12:00:00 GMT", 31_536_000),
        ("Wednesday, 23-Jun-77 12:00:00 GMT", 0),
    ] {
        check(value, now, Some(expected));
    }
    // In 1994 the third form's author meant this very second.
    check("Sun Nov  6 08:49:38 1994", UNIX_EPOCH + seconds(784_111_777), Some(1));
    check("Sunday, 06-Nov-94 08:49:39 GMT", UNIX_EPOCH + seconds(784_111_777), Some(2));
    for value in [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1s",
        "1,2",
        "soon",
        "0x10",
        "١٢",
        "2026-06-23T12:00:30Z",
        "Tue, 23 Jun 2026 12:00:30",
        "Tue, 23 Jun 2026 12:00:30 UTC",
        "Tue, 23 Jun 2026 12:00:30 +0000",
        "Tue, 23 Jun 2026 12:00:30.5 GMT",
        "Tue, 23 jun 2026 12:00:30 GMT",
        "Tue 23 Jun 2026 12:00:30 GMT",
        "Tag, 23 Jun 2026 12:00:30 GMT",
        "Tue, 31 Jun 2026 12:00:30 GMT",
        "Tue, 3 Jul 2026 12:00:30 GMT",
        "Tue, 23 Jun 26 12:00:30 GMT",
        "Tue, 23 Jun 2026 24:00:00 GMT",
        "Tue, 23 Jun 2026 12:00:30 GMT GMT",
        "Tue, 23  Jun 2026 12:00:30 GMT",
        "Tue, 23-Jun-26 12:00:30 GMT",
        "Tuesday, 23-Jun-2026 12:00:30 GMT",
        "Tuesday, 23-Jun-+6 12:00:30 GMT",
        "Tue Jun  23 12:00:30 2026",
    ] {
        check(value, now, None);
    }
    assert_eq!(RetryAfter::asked([&b"\xFF"[..]], now), None);
    // Of several the longest, and none of the unreadable ones.
    assert_eq!(RetryAfter::asked([&b"3"[..], b"x", b"9", b"4"], now), Some(seconds(9)));
    assert_eq!(RetryAfter::asked([], now), None);
}

proptest! {
    #[test]
    fn any_retry_after_is_read_or_passed_over(value: Vec<u8>, text in "[A-Za-z0-9:, -]{0,40}", now: u32) {
        let now = UNIX_EPOCH + seconds(now.into());
        for value in [&value[..], text.as_bytes()] {
            let asked = RetryAfter::asked([value], now);
            prop_assert!(asked.is_none_or(|asked| asked <= seconds(365 * 86_400)));
        }
    }
}
