//! What an answer must not tell, found in it and blotted out before anybody keeps it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::Secret;

use crate::exchange::Leaks;

/// What is shorter than this stands in many a text by chance.
const SHORTEST_SECRET: usize = 8;
/// How many digits a signature has.
const DIGITS: usize = 64;

/// Looks for the secret and for signatures that were expected, puts `*` in their place, and says
/// what was there. `expected` has lower-case digits.
pub(crate) fn blot(bytes: &mut [u8], secrets: &[&Secret], expected: &[String]) -> Leaks {
    let mut leaks = Leaks { stack: has_stack(bytes), ..Leaks::default() };
    for digits in expected {
        leaks.digest |= cover(bytes, digits.as_bytes());
        let base64 = STANDARD.encode(hex::decode(digits).unwrap_or_default());
        leaks.digest |= cover(bytes, base64.as_bytes());
    }
    for secret in secrets {
        let mut from = 0;
        while let Some(range) = secret.find_in(bytes, from) {
            if range.len() < SHORTEST_SECRET {
                break;
            }
            from = range.end;
            leaks.secret = true;
            if let Some(told) = bytes.get_mut(range) {
                told.fill(b'*');
            }
        }
    }
    leaks
}

/// Puts `*` in the place of the values of custom headers: an endpoint may echo them, which is no fault.
pub(crate) fn conceal<'a>(bytes: &mut [u8], values: impl Iterator<Item = &'a [u8]>) {
    for value in values.filter(|value| value.len() >= SHORTEST_SECRET) {
        cover(bytes, value);
    }
}

/// Covers every other run of 64 hexadecimal digits that did not come with the request: what an endpoint
/// computes over a body of its own making is nobody's to guess, and signs that body all the same.
pub(crate) fn blot_digests(bytes: &mut [u8], sent: &[u8]) {
    let mut start = 0;
    while start < bytes.len() {
        let length =
            bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
        if length == DIGITS
            && let Some(run) = bytes.get_mut(start..start + length)
            && !sent.windows(DIGITS).any(|window| window.eq_ignore_ascii_case(run))
        {
            run.fill(b'*');
        }
        start += length + 1;
    }
}

fn cover(bytes: &mut [u8], needle: &[u8]) -> bool {
    let mut found = false;
    let mut from = 0;
    let is_needle = |window: &[u8]| window.eq_ignore_ascii_case(needle);
    while let Some(at) = bytes.get(from..).and_then(|rest| rest.windows(needle.len().max(1)).position(is_needle)) {
        let start = from + at;
        from = start + needle.len();
        if let Some(told) = bytes.get_mut(start..from) {
            told.fill(b'*');
        }
        found = true;
    }
    found
}

/// What stands in stack traces and in pages for debugging, and in no answer meant for a sender.
const STACKS: [&[u8]; 12] = [
    b"Traceback (most recent call last)",
    b"node_modules/",
    b"/site-packages/",
    b"    at Object.",
    b"    at async ",
    b"    at process.",
    b"(node:internal/",
    b"DEBUG = True",
    b"Werkzeug Debugger",
    b"thread 'main' panicked",
    b"stack backtrace:",
    b"goroutine 1 [",
];

fn has_stack(bytes: &[u8]) -> bool {
    STACKS.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}
