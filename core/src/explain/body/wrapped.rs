//! What a body may be wrapped in: base64, a string, a form, Python's name for bytes.

use url::form_urlencoded::byte_serialize;

use super::style::Escapes;
use super::{Body, BodyChange, text, writer, writing};
use crate::explain::base64;
use crate::explain::mend::Mend;
use crate::explain::pieces::Pieces;
use crate::json::Json;

pub(super) const CHANGES: [BodyChange; 9] = [
    text("base64_decoded", "what the body says once its base64 is undone", Mend::Base64, |body, pieces| {
        let decoded = base64::decode(body.bytes.trim_ascii());
        pieces.push(decoded.as_ref().map_or(&[], |decoded| decoded.as_slice()));
        decoded.is_some()
    }),
    text("base64_encoded", "the body in base64", Mend::Base64, |body, pieces| {
        base64::encode(body.bytes, &mut |four| pieces.push(four));
        true
    }),
    text("string_undone", "what stands in the JSON string that the body is", Mend::Wrapped, unquoted),
    text(
        "string_javascript",
        "the body as one JSON string, as `JSON.stringify` of a text writes it",
        Mend::Wrapped,
        |body, pieces| quoted(body, pieces, writing::RAW),
    ),
    text(
        "string_python",
        "the body as one JSON string, as `json.dumps` of a text writes it",
        Mend::Wrapped,
        |body, pieces| quoted(body, pieces, writing::PYTHON),
    ),
    text("form_undone", "what stands percent-encoded in the body", Mend::Wrapped, decoded_form),
    text("form_encoded", "the body as the field `payload` of a form", Mend::Wrapped, |body, pieces| {
        pieces.push(b"payload=");
        byte_serialize(body.bytes).for_each(|part| pieces.push(part.as_bytes()));
        true
    }),
    text("percent_encoded", "the body percent-encoded", Mend::Wrapped, |body, pieces| {
        for part in byte_serialize(body.bytes) {
            // A form's blank is a plus sign; elsewhere it is %20.
            pieces.push(if part == "+" { b"%20" } else { part.as_bytes() });
        }
        true
    }),
    text("repr_undone", "the bytes whose Python name (`b'...'`) the body is", Mend::Wrapped, named_bytes),
];

fn unquoted(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let inside = body.payload.as_ref().and_then(|payload| payload.json.as_string());
    pieces.push(inside.as_deref().unwrap_or_default().as_bytes());
    inside.is_some()
}

fn quoted(body: &Body<'_>, pieces: &mut Pieces<'_>, escapes: Escapes) -> bool {
    let Ok(text) = str::from_utf8(body.bytes) else { return false };
    writer::quote(text, escapes, pieces);
    true
}

/// `name=%7B...`, or `%7B...` without a name.
fn decoded_form(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let value = match body.bytes.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-._[]".contains(byte)) {
        Some(at) if body.bytes.get(at) == Some(&b'=') => body.bytes.get(at + 1..).unwrap_or_default(),
        _ => body.bytes,
    };
    let value = value.split(|byte| *byte == b'&').next().unwrap_or_default();
    // Only what begins as JSON does once it is decoded.
    if !value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"%7B") || start.eq_ignore_ascii_case(b"%5B")) {
        return false;
    }
    let value = value.strip_suffix(b"=").unwrap_or(value);
    let mut rest = value;
    while let Some((first, others)) = rest.split_first() {
        let digits = others.first_chunk::<2>().filter(|_| *first == b'%');
        let decoded = digits.and_then(|digits| crate::hexadecimal::decode::<1>(digits));
        match (first, decoded) {
            (_, Some(byte)) => {
                pieces.push(&byte);
                rest = others.get(2..).unwrap_or_default();
            }
            (b'+', None) => {
                pieces.push(b" ");
                rest = others;
            }
            (other, None) => {
                pieces.push(&[*other]);
                rest = others;
            }
        }
    }
    true
}

/// What `str()` makes of bytes in Python, undone.
fn named_bytes(body: &Body<'_>, pieces: &mut Pieces<'_>) -> bool {
    let inside = [b'\'', b'"']
        .into_iter()
        .find_map(|quote| body.bytes.strip_prefix(b"b")?.strip_prefix(&[quote])?.strip_suffix(&[quote]));
    let Some(mut rest) = inside else { return false };
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, b""));
        pieces.push(plain);
        let (byte, length) = match escape.get(1) {
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b't') => (b'\t', 2),
            Some(b'x') => match escape.get(2..4).and_then(crate::hexadecimal::decode::<1>) {
                Some([byte]) => (byte, 4),
                None => return false,
            },
            Some(itself) => (*itself, 2),
            None => return false,
        };
        pieces.push(&[byte]);
        rest = escape.get(length..).unwrap_or_default();
    }
    pieces.push(rest);
    true
}

/// Whether a text is a name of bytes, or of a `dict`: no JSON, and made by Python.
pub(in crate::explain) fn is_python_name(bytes: &[u8]) -> bool {
    let starts = [&b"b'{"[..], b"b\"{", b"{'", b"[{'"];
    starts.iter().any(|start| bytes.starts_with(start)) && Json::check(&String::from_utf8_lossy(bytes)).is_err()
}
