//! What can be said of a request whose signature nothing reproduces.

use super::body::{Body, is_python_name};
use super::search::is_usual_size;
use crate::secret::Secret;
use crate::signature::Signature;

/// Something that often goes with a wrong signature, and proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    code: &'static str,
    message: String,
}

impl Observation {
    /// The stable code, such as `body_gzip`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What was seen and what to do, in a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

pub(super) fn observe(
    body: &Body<'_>,
    values: &[Vec<u8>],
    encoding: Option<&[u8]>,
    secrets: &[Secret],
) -> Vec<Observation> {
    let mut seen = Vec::new();
    let mut tell = |code, message: &str| seen.push(Observation { code, message: message.to_owned() });
    if let Err(error) = Signature::from_values(values.iter().map(Vec::as_slice)) {
        tell(error.code(), &format!("{error}: {}", error.hint()));
    }
    of_the_body(body, encoding, &mut tell);
    for (number, secret) in secrets.iter().enumerate() {
        if let Some(suspicion) = secret.suspicion() {
            let message = format!("about secret {} of {}: {suspicion}", number + 1, secrets.len());
            tell("secret_suspicious", &message);
        }
    }
    seen
}

/// What compressed data begins with: gzip (RFC 1952), zlib (RFC 1950), Zstandard (RFC 8878).
const COMPRESSED: [(&[u8], &str); 5] = [
    (b"\x1F\x8B", "gzip"),
    (b"\x78\x01", "deflate"),
    (b"\x78\x9C", "deflate"),
    (b"\x78\xDA", "deflate"),
    (b"\x28\xB5\x2F\xFD", "Zstandard"),
];

fn of_the_body(body: &Body<'_>, encoding: Option<&[u8]>, tell: &mut dyn FnMut(&'static str, &str)) {
    let bytes = body.bytes;
    let compressed = COMPRESSED.iter().find(|(start, _)| bytes.starts_with(start));
    let is_encoded =
        encoding.is_some_and(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"));
    if bytes.is_empty() {
        tell("body_empty", "the body is empty: something read it before, and a stream can be read once");
        return;
    }
    if let Some((_, name)) = compressed {
        let message = format!(
            "the body is compressed ({name}): Chatislav signs what is in it, so undo the compression before the check, or find out what compresses on the way"
        );
        tell("body_compressed", &message);
        return;
    }
    if is_encoded {
        tell(
            "body_inflated",
            "the request says Content-Encoding and the body is not compressed: something undid it, and the signature may be for the compressed bytes",
        );
    }
    if bytes.starts_with(b"[object ") {
        tell("body_object", "the body is the name of a JavaScript object: something parsed it; hand in its bytes");
    } else if is_python_name(bytes) {
        tell(
            "body_python_name",
            "the body is what Python's `str()` makes of a dict or of bytes: hand in the bytes themselves",
        );
    } else if bytes.starts_with(b"--") {
        tell("body_multipart", "the body is a multipart form, and Chatislav sends JSON");
    } else if bytes.iter().take(64).filter(|byte| **byte == 0).count() >= 8 {
        tell("body_utf16", "every other byte of the body is zero: it was written as UTF-16");
    } else if body.payload.is_none() && is_usual_size(bytes.len()) {
        let message = format!(
            "the body is no whole JSON and ends after exactly {} bytes, where many readers stop: raise their limit",
            bytes.len()
        );
        tell("body_cut", &message);
    } else if body.payload.is_none() {
        tell("body_not_json", "the body is no JSON, and Chatislav signs JSON: these are not the bytes that it sent");
    }
    match std::str::from_utf8(bytes) {
        Err(error) => {
            let message =
                format!("byte {} of the body is no UTF-8: it was decoded or cut on the way", error.valid_up_to());
            tell("body_not_utf8", &message);
        }
        Ok(text) if text.contains('\u{FFFD}') => tell(
            "body_replaced",
            "the body has U+FFFD, which stands where bytes could not be decoded: the bytes before that are lost",
        ),
        Ok(_) => {}
    }
    if let Some(writing) = body.writing().filter(|writing| writing.code != "json_python") {
        let message = format!(
            "the body is as {}, while Chatislav's JSON seems to have blanks behind commas and colons: it looks as if it was parsed and written anew",
            writing.who
        );
        tell("body_rewritten", &message);
    }
}
