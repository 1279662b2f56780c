//! What happens to a body that is taken for a text: line ends, edges, encodings, slashes.

use super::{Body, BodyChange, text};
use crate::explain::mend::Mend;
use crate::explain::pieces::Pieces;

const MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) const CHANGES: [BodyChange; 13] = [
    text("body_lf", "the body with LF as line ends where it has CRLF", Mend::Edges, line_feeds),
    text("body_crlf", "the body with CRLF as line ends where it has LF", Mend::Edges, carriage_returns),
    text("body_bom_dropped", "the body without the byte order mark in front", Mend::Edges, without_mark),
    text("body_bom_added", "the body with a byte order mark in front", Mend::Edges, with_mark),
    text("body_trimmed", "the body without the blanks around it", Mend::Edges, trimmed),
    text("slashes_unescaped", "the body with `/` where it has `\\/`", Mend::Php, unescaped_slashes),
    text("slashes_escaped", "the body with `\\/` where it has `/`, as PHP writes it", Mend::Php, escaped_slashes),
    text("latin1_undone", "the body before its UTF-8 was taken for Latin-1", Mend::Encoding, |body, pieces| {
        narrowed(body, pieces, latin1)
    }),
    text(
        "windows1252_undone",
        "the body before its UTF-8 was taken for Windows-1252",
        Mend::Encoding,
        |body, pieces| narrowed(body, pieces, windows1252),
    ),
    text(
        "latin1_decoded",
        "the body with each of its bytes taken for a character of Latin-1",
        Mend::Encoding,
        |body, pieces| widened(body, pieces, char::from),
    ),
    text(
        "windows1252_decoded",
        "the body with each of its bytes taken for a character of Windows-1252",
        Mend::Encoding,
        |body, pieces| {
            body.bytes.iter().any(|byte| matches!(byte, 0x80..=0x9F)) && widened(body, pieces, of_windows1252)
        },
    ),
    text("utf8_replaced", "the body with U+FFFD for the bytes that are no UTF-8", Mend::Encoding, replaced),
    text(
        "body_placeholder",
        "the text `[object Object]`, so an object was signed and not its bytes",
        Mend::JavaScript,
        |_, pieces| {
            pieces.push(b"[object Object]");
            true
        },
    ),
];

fn line_feeds(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let has_any = body.bytes.windows(2).any(|two| two == b"\r\n");
    if has_any {
        with_line_ends(body.bytes, b"\n", pieces);
    }
    has_any
}

fn carriage_returns(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let has_any = body.bytes.starts_with(b"\n")
        || body.bytes.windows(2).any(|two| matches!(two, [before, b'\n'] if *before != b'\r'));
    if has_any {
        with_line_ends(body.bytes, b"\r\n", pieces);
    }
    has_any
}

fn with_line_ends(bytes: &[u8], end: &[u8], pieces: &mut Pieces<'_>) {
    let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        pieces.push(line.strip_suffix(b"\r").filter(|_| !is_last).unwrap_or(line));
        pieces.push(if is_last { b"" } else { end });
    }
}

fn without_mark(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let bare = body.bytes.strip_prefix(MARK);
    pieces.push(bare.unwrap_or_default());
    bare.is_some()
}

fn with_mark(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    pieces.push(MARK);
    pieces.push(body.bytes);
    true
}

fn trimmed(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    // Blanks at the end alone are tried in passing.
    let has_any = body.bytes.first().is_some_and(u8::is_ascii_whitespace);
    pieces.push(if has_any { body.bytes.trim_ascii() } else { b"" });
    has_any
}

fn unescaped_slashes(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    body.bytes.windows(2).any(|two| two == b"\\/")
        && each_escape(body, |plain, escape| {
            pieces.push(plain);
            pieces.push(if escape == b"\\/" { b"/" } else { escape });
        })
}

fn escaped_slashes(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    body.bytes.contains(&b'/')
        && each_escape(body, |plain, escape| {
            for (at, part) in plain.split(|byte| *byte == b'/').enumerate() {
                pieces.push(if at > 0 { b"\\/" } else { b"" });
                pieces.push(part);
            }
            pieces.push(escape);
        })
}

/// Shows JSON as runs without escapes, each with the two bytes of the escape behind it.
fn each_escape(body: &Body<'_>, mut see: impl FnMut(&[u8], &[u8])) -> bool {
    if body.payload.is_none() {
        return false;
    }
    let mut rest = body.bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (plain, others) = rest.split_at_checked(at).unwrap_or((rest, b""));
        let (escape, others) = others.split_at_checked(2).unwrap_or((others, b""));
        see(plain, escape);
        rest = others;
    }
    see(rest, b"");
    true
}

/// Each character as one byte, where all of them have one.
fn narrowed(body: &Body<'_>, pieces: &mut Pieces<'_>, byte: fn(char) -> Option<u8>) -> bool {
    let Ok(text) = str::from_utf8(body.bytes) else { return false };
    if text.is_ascii() {
        return false;
    }
    for c in text.chars() {
        match byte(c) {
            Some(byte) => pieces.push(&[byte]),
            None => return false,
        }
    }
    true
}

/// Each byte as one character.
fn widened(body: &Body<'_>, pieces: &mut Pieces<'_>, character: fn(u8) -> char) -> bool {
    if body.bytes.is_ascii() {
        return false;
    }
    for byte in body.bytes {
        pieces.push(character(*byte).encode_utf8(&mut [0; 4]).as_bytes());
    }
    true
}

fn replaced(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    if str::from_utf8(body.bytes).is_ok() {
        return false;
    }
    for chunk in body.bytes.utf8_chunks() {
        pieces.push(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            pieces.push("\u{FFFD}".as_bytes());
        }
    }
    true
}

fn latin1(c: char) -> Option<u8> {
    u8::try_from(u32::from(c)).ok()
}

fn windows1252(c: char) -> Option<u8> {
    let place = WINDOWS_1252.iter().position(|other| *other == c);
    match place {
        Some(place) => u8::try_from(place + 0x80).ok(),
        None => latin1(c),
    }
}

fn of_windows1252(byte: u8) -> char {
    let place = usize::from(byte).checked_sub(0x80);
    place.and_then(|place| WINDOWS_1252.get(place)).copied().unwrap_or(char::from(byte))
}

/// The characters from 0x80 to 0x9F; five places that have none are the control characters that
/// browsers take for them (WHATWG Encoding, index windows-1252).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];
