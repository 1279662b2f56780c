//! What no stranger can break out of: words of a POSIX shell.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::{Printable, Timestamp};

use super::Redaction;
use crate::journal::{Capture, INCOMPLETE, MALFORMED};

/// The largest body that is an argument; systems have a limit of 128 KiB for one.
const LONGEST_ARGUMENT: usize = 32 * 1024;

/// What stands above everything, in comments that begin with this mark.
pub(super) fn begin(out: &mut impl io::Write, mark: &str, redaction: Option<&Redaction>) -> io::Result<()> {
    match redaction {
        Some(redaction) => {
            writeln!(out, "{mark} Redacted, and signed anew with the throw-away secret {}", Printable(redaction.text()))
        }
        None => Ok(()),
    }
}

/// What stands above each request. Nothing of it comes from a stranger.
pub(super) fn comment(out: &mut impl io::Write, mark: &str, capture: &Capture) -> io::Result<()> {
    let time = Timestamp::from(capture.time);
    let broken = match capture.verdict.as_ref() {
        INCOMPLETE => "; the body broke off",
        MALFORMED => "",
        _ if capture.is_whole() => "",
        _ => "; its body was not kept",
    };
    writeln!(out, "{mark} {}, {time}: {}{broken}", capture.id(), Printable(&capture.verdict))
}

/// One word of a POSIX shell that is exactly these bytes. NUL, which no word can hold, is left out.
///
/// What a terminal would obey, or a reader not see, is written as octal escapes for `printf`. (A
/// line end at the very end would be lost that way, so it is quoted for itself.)
pub fn quote(bytes: &[u8]) -> String {
    if let Some(text) = shown(bytes) {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
        let is_bare = !text.is_empty() && text.bytes().all(is_safe);
        return if is_bare { text.to_owned() } else { single(text) };
    }
    let end = bytes.iter().rposition(|byte| *byte != b'\n').map_or(0, |last| last + 1);
    let (text, line_ends) = bytes.split_at(end);
    let mut word = String::from("\"$(printf '");
    for byte in text.iter().filter(|byte| **byte != 0) {
        match byte {
            // In front it would be an option.
            b'-' if word.ends_with(" '") => word.push_str(r"\055"),
            b'%' => word.push_str("%%"),
            // Before anything but a plain character: quotes end, backslashes escape, and an
            // exclamation mark is history to an interactive bash.
            b'\'' | b'\\' | b'!' => word.push_str(&format!("\\{byte:03o}")),
            b' '..=b'~' => word.push(char::from(*byte)),
            _ => word.push_str(&format!("\\{byte:03o}")),
        }
    }
    word.push_str("')\"");
    if !line_ends.is_empty() {
        word.push_str(&single(&"\n".repeat(line_ends.len())));
    }
    word
}

/// How a body reaches a client.
pub(super) enum Body {
    /// As an argument.
    Word(String),
    /// By a command in front, into the client's standard input.
    Pipe(String),
}

impl Body {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match shown(bytes) {
            Some(text) if bytes.len() <= LONGEST_ARGUMENT => Body::Word(single(text)),
            _ => Body::piped(bytes),
        }
    }

    /// `printf` is part of the shell, and has no limit for an argument.
    pub(super) fn piped(bytes: &[u8]) -> Self {
        Body::Pipe(match shown(bytes) {
            Some(text) => format!("printf %s {} | ", single(text)),
            None => format!("printf %s {} | base64 -d | ", single(&STANDARD.encode(bytes))),
        })
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text, if a person sees all of it and a terminal takes it as it is: of control characters a
/// line feed alone, since a shell that is pasted into completes at a tab and ends lines at a CR.
fn shown(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    let is_plain = |line: &str| line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    text.split('\n').all(|line| is_plain(line) || Printable(line).to_string() == line).then_some(text)
}
