//! Captures made safe to share, which still have the verdict that they had.

use chatislav_webhooks::plan::Plan;
use chatislav_webhooks::redact::{is_shared_header, redact};
use chatislav_webhooks::{DeliveryKey, Error, ErrorKind, SIGNATURE_HEADER, Secret, Signature};

use crate::journal::{Answer, Capture, MALFORMED};

/// What stands for what was taken out.
const REDACTED: &[u8] = b"redacted";

/// Takes out of captures what is personal or opens something, and signs them anew.
///
/// - Of the body the structure stays (see [`chatislav_webhooks::redact`]); of what is not JSON, the
///   length.
/// - Values of headers are `redacted`, but those that only say how a message is made (see
///   [`is_shared_header`]); so are those of the query, except a plan in `respond`. The path, names
///   and the event stay. The sender's address is dropped.
/// - What was signed rightly is signed with the throw-away secret; what was refused for its
///   signature is refused for the same reason, and has digits of nobody.
#[derive(Clone, Debug)]
pub struct Redaction {
    text: String,
    secret: Secret,
    hidden: Vec<String>,
}

impl Redaction {
    /// Signs with this secret, which every export says aloud: never one that is in use.
    ///
    /// # Errors
    /// `secret_blank` for an empty or blank one.
    pub fn new(throw_away: impl Into<String>) -> Result<Self, Error> {
        let text = throw_away.into();
        Ok(Redaction { secret: Secret::new(&text)?, text, hidden: Vec::new() })
    }

    /// Hides the value of this header too, which would be shared, such as `Host`.
    #[must_use]
    pub fn hiding(mut self, name: impl Into<String>) -> Self {
        self.hidden.push(name.into());
        self
    }

    /// The throw-away secret.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The capture without what is nobody else's.
    pub fn redact(&self, capture: &Capture) -> Capture {
        let body = shared(&capture.body);
        let head = if capture.verdict == MALFORMED { masked_lines(&capture.head) } else { self.head(capture, &body) };
        Capture {
            peer: None,
            head: head.into(),
            delivery: capture.delivery.map(|_| DeliveryKey::of(&body)),
            body: body.into(),
            answer: capture.answer.as_ref().map(|answer| self.answer(answer)),
            ..capture.clone()
        }
    }

    fn head(&self, capture: &Capture, body: &[u8]) -> Vec<u8> {
        let signatures = Signatures::of(capture, || Signature::sign(&self.secret, body).to_string());
        let mut head = Vec::with_capacity(capture.head.len());
        for (number, line) in capture.head.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            let (content, end) = line.split_at(content.len());
            match content.iter().position(|byte| *byte == b':') {
                _ if number == 0 => head.extend(request_line(content)),
                Some(colon) => {
                    let (name, value) = content.split_at(colon);
                    let value = value.get(1..).unwrap_or_default();
                    head.extend(name);
                    head.push(b':');
                    head.extend(self.value(name, value, &signatures, (capture.body.len(), body.len())));
                }
                None => head.extend(masked(content)),
            }
            head.extend(end);
        }
        head
    }

    /// The value with the blanks around it as they were.
    fn value(&self, name: &[u8], value: &[u8], signatures: &Signatures<'_>, lengths: (usize, usize)) -> Vec<u8> {
        let name = String::from_utf8_lossy(name.trim_ascii());
        let kept = value.trim_ascii();
        let before = value.len() - value.trim_ascii_start().len();
        let (before, rest) = value.split_at(before);
        let after = rest.get(kept.len()..).unwrap_or_default();
        let new = if name.eq_ignore_ascii_case(SIGNATURE_HEADER) {
            signatures.rewritten(kept)
        } else {
            self.plain_value(&name, kept, lengths)
        };
        [before, &new, after].concat()
    }

    fn plain_value(&self, name: &str, value: &[u8], (was, is): (usize, usize)) -> Vec<u8> {
        if !value.is_empty() && self.hides(name) {
            REDACTED.to_vec()
        } else if name.eq_ignore_ascii_case("content-length") && value == was.to_string().as_bytes() {
            is.to_string().into_bytes()
        } else {
            value.to_vec()
        }
    }

    fn hides(&self, name: &str) -> bool {
        !is_shared_header(name) || self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    fn answer(&self, answer: &Answer) -> Answer {
        let body = shared(&answer.body);
        let lengths = (answer.body.len(), body.len());
        let headers = answer.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), self.plain_value(name, value, lengths).into()));
        Answer { status: answer.status, headers: headers.collect(), body: body.into() }
    }
}

/// Nothing of what is no JSON but the length. What was refused for its depth or its numbers still
/// is, for the same reason.
fn shared(body: &[u8]) -> Vec<u8> {
    redact(body).unwrap_or_else(|error| {
        let filler = match error.kind() {
            ErrorKind::PayloadTooDeep => b'[',
            ErrorKind::PayloadInvalid => b'1',
            _ => b'x',
        };
        vec![filler; body.len()]
    })
}

/// What becomes of the values of the signature header.
enum Signatures<'a> {
    /// It was right.
    Signed(String),
    /// Several: each becomes its place among the different ones.
    Different(Vec<&'a [u8]>),
    /// It was not 64 digits, or nobody asked.
    Shape,
}

impl<'a> Signatures<'a> {
    fn of(capture: &'a Capture, sign: impl FnOnce() -> String) -> Self {
        match capture.verdict.as_ref() {
            // A payload is judged after its signature.
            "verified" | "payload_not_json" | "payload_too_deep" | "payload_invalid" => Signatures::Signed(sign()),
            "signature_ambiguous" => {
                let values = capture.headers().filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
                let mut different: Vec<&[u8]> = Vec::new();
                for part in values.flat_map(|(_, value)| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii) {
                    if !part.is_empty() && !different.contains(&part) {
                        different.push(part);
                    }
                }
                Signatures::Different(different)
            }
            _ => Signatures::Shape,
        }
    }

    fn rewritten(&self, value: &[u8]) -> Vec<u8> {
        let parts = value.split(|byte| *byte == b',').map(|part| {
            let kept = part.trim_ascii();
            match self {
                _ if kept.is_empty() => part.to_vec(),
                Signatures::Signed(signature) => signature.as_bytes().to_vec(),
                Signatures::Different(different) => {
                    let place = different.iter().position(|other| *other == kept).unwrap_or(different.len());
                    format!("{place:064x}").into_bytes()
                }
                Signatures::Shape => shape(kept),
            }
        });
        parts.collect::<Vec<_>>().join(&b","[..])
    }
}

/// As long and as wrong as it was: another vendor's prefix stays, hexadecimal digits become `0`,
/// other letters `z`.
fn shape(value: &[u8]) -> Vec<u8> {
    const PREFIXES: [&[u8]; 6] = [b"sha256=", b"sha256:", b"sha1=", b"v1=", b"v0=", b"t="];
    let starts = |prefix: &&[u8]| value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let kept = PREFIXES.iter().find(|prefix| starts(prefix)).map_or(0, |prefix| prefix.len());
    let (prefix, rest) = value.split_at(kept);
    let is_prefixed_hex = rest.starts_with(b"0x");
    let rest = rest.iter().enumerate().map(|(at, byte)| match byte {
        b'x' if at == 1 && is_prefixed_hex => b'x',
        byte if byte.is_ascii_hexdigit() => b'0',
        byte if byte.is_ascii_alphanumeric() => b'z',
        byte if byte.is_ascii() => *byte,
        _ => 0xFF,
    });
    prefix.iter().copied().chain(rest).collect()
}

/// The request line without the values of the query, and without a user before the host.
fn request_line(line: &[u8]) -> Vec<u8> {
    let (rest, version) = match line.iter().rposition(|byte| *byte == b' ') {
        Some(end) if line.iter().position(|byte| *byte == b' ') != Some(end) => line.split_at(end),
        _ => (line, &b""[..]),
    };
    let (before, query) = rest.split_at(rest.iter().position(|byte| *byte == b'?').unwrap_or(rest.len()));
    let mut new = without_user(before);
    if let Some((mark, query)) = query.split_first() {
        new.push(*mark);
        let pairs = query.split(|byte| *byte == b'&').map(|pair| {
            match pair.iter().position(|byte| *byte == b'=') {
                Some(end) if pair.get(..end) == Some(b"respond") && is_plan(pair.get(end + 1..)) => pair.to_vec(),
                Some(end) => [pair.get(..=end).unwrap_or_default(), REDACTED].concat(),
                None if pair.is_empty() => Vec::new(),
                // What stands alone may be the value.
                None => REDACTED.to_vec(),
            }
        });
        new.extend(pairs.collect::<Vec<_>>().join(&b"&"[..]));
    }
    new.extend(version);
    new
}

/// Whether this is a plan, which the sender wrote for the receiver.
fn is_plan(value: Option<&[u8]>) -> bool {
    let text = percent_encoding::percent_decode(value.unwrap_or_default()).decode_utf8();
    text.is_ok_and(|text| Plan::parse(&text).is_ok())
}

fn without_user(line: &[u8]) -> Vec<u8> {
    let Some(start) = line.windows(3).position(|three| three == b"://").map(|at| at + 3) else { return line.to_vec() };
    let (before, rest) = line.split_at(start);
    let authority = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
    let user = rest.get(..authority).unwrap_or_default().iter().rposition(|byte| *byte == b'@');
    match user.and_then(|at| rest.get(at..)) {
        Some(host) => [before, REDACTED, host].concat(),
        None => line.to_vec(),
    }
}

/// Nothing but how long the lines are.
fn masked_lines(head: &[u8]) -> Vec<u8> {
    head.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { *byte } else { b'x' }).collect()
}

fn masked(line: &[u8]) -> Vec<u8> {
    vec![b'x'; line.len()]
}
