//! Values as TOML has them: what is written here is read back as it was.

use std::time::Duration;

/// A basic string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}

/// The same behind what is there already, which leaves no copy of a secret.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The duration as people write it, exactly, in the largest unit of which it is a whole number.
pub(crate) fn duration(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_nanos()) {
        (0, 0) => "0s".to_owned(),
        (seconds, 0) if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        (seconds, 0) if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        (seconds, 0) => format!("{seconds}s"),
        (0, nanos) if nanos % 1_000_000 == 0 => format!("{}ms", nanos / 1_000_000),
        (seconds, nanos) => format!("{}s", format!("{seconds}.{nanos:09}").trim_end_matches('0')),
    }
}
