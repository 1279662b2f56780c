//! A recipe made into bytes for one endpoint: the request, to the last CRLF.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{Method, SIGNATURE_HEADER, Secret, Signature};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::body::Draw;
use crate::endpoint::Endpoint;
use crate::recipe::{Framing, Recipe, Signing, Verb};

const CHUNK: usize = 100;
/// The size of a write where a body comes in pieces, in bytes; not a multiple of 9, which is the length of
/// what `body::wide` repeats.
pub(crate) const PIECE: usize = 1_999;
/// Long enough for a piece to be read before the next comes.
const BETWEEN: Duration = Duration::from_millis(10);

/// A request, as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The id of the case that asks for it.
    pub(crate) case: &'static str,
    pub(crate) moves: Vec<Move>,
    /// Whether the answer has no body, whatever it says.
    pub(crate) is_head: bool,
    /// How many bytes of the request stand before the body, where that is on the wire as it is.
    pub(crate) body_at: Option<usize>,
    /// How many bytes the body has.
    pub(crate) body_len: usize,
    /// Signatures that an answer must not tell: lower-case digits.
    pub(crate) expected: Vec<String>,
    /// Where the values of custom headers stand in the head: nobody keeps them.
    pub(crate) private: Vec<Range<usize>>,
}

/// A step of writing it.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Write(Bytes),
    /// Does nothing for so long.
    Pause(Duration),
    /// Waits for `100 Continue`, and a second at most (RFC 9110 section 10.1.1 lets a client go on).
    AwaitContinue,
}

impl Message {
    /// The request of a recipe. It is genuine by `secret`.
    pub(crate) fn of(case: &'static str, recipe: &Recipe, draw: Draw, endpoint: &Endpoint, secret: &Secret) -> Self {
        Message::of_body(case, recipe, (recipe.body)(draw), draw, endpoint, secret)
    }

    /// The same with this body, whatever the recipe says.
    pub(crate) fn of_body(
        case: &'static str,
        recipe: &Recipe,
        signed: Vec<u8>,
        draw: Draw,
        endpoint: &Endpoint,
        secret: &Secret,
    ) -> Self {
        let digits = Signature::sign(secret, &signed).to_string();
        let signatures = signatures(recipe.signing, &digits, &signed, draw);
        let sent = recipe.altered.map_or_else(|| signed.clone(), |alteration| alteration(signed.clone()));
        let mut expected = expectable(secret, &sent);
        // What came with the request is told to nobody by its echo.
        let is_written = matches!(recipe.signing, Signing::Written(_));
        let is_ours = |digest: &String| {
            (is_written && *digest == digits)
                || signatures.iter().any(|value| value.eq_ignore_ascii_case(digest.as_bytes()))
        };
        expected.retain(|digest| !is_ours(digest));
        Message::new(case, recipe, &head(recipe, endpoint, &signatures, sent.len()), &sent, expected)
    }

    fn new(case: &'static str, recipe: &Recipe, head: &Head, body: &[u8], expected: Vec<String>) -> Self {
        let Head { bytes: head, private } = head;
        let head = head.as_slice();
        let moves = match recipe.framing {
            Framing::Absent => vec![Move::Write(Bytes::copy_from_slice(head))],
            Framing::Length => vec![Move::Write([head, body].concat().into())],
            Framing::Pieces => {
                let pieces = body.chunks(PIECE).map(|piece| Move::Write(Bytes::copy_from_slice(piece)));
                let paused = pieces.flat_map(|piece| [Move::Pause(BETWEEN), piece]);
                std::iter::once(Move::Write(Bytes::copy_from_slice(head))).chain(paused).collect()
            }
            Framing::Expect => {
                vec![Move::Write(Bytes::copy_from_slice(head)), Move::AwaitContinue, Move::Write(body.to_vec().into())]
            }
            Framing::Chunked => vec![Move::Write([head, &chunks(body)].concat().into())],
        };
        Message {
            case,
            moves,
            is_head: recipe.verb == Verb::Head,
            body_at: matches!(recipe.framing, Framing::Length | Framing::Pieces | Framing::Expect)
                .then_some(head.len()),
            body_len: body.len(),
            expected,
            private: private.clone(),
        }
    }

    /// What is written first: the head, and mostly all of it.
    pub(crate) fn head(&self) -> &[u8] {
        match self.moves.first() {
            Some(Move::Write(bytes)) => bytes,
            _ => &[],
        }
    }

    /// The values of custom headers.
    pub(crate) fn private_values(&self) -> impl Iterator<Item = &[u8]> {
        self.private.iter().filter_map(|range| self.head().get(range.clone()))
    }

    /// The same request, its body in so many pieces with a pause before each.
    pub(crate) fn slowly(mut self, pieces: usize, pause: Duration) -> Self {
        if let (Some(at), [Move::Write(bytes)]) = (self.body_at, self.moves.as_slice()) {
            let (head, body) = (bytes.slice(..at), bytes.slice(at..));
            let size = body.len().div_ceil(pieces.max(1)).max(1);
            let parts: Vec<_> = body.chunks(size).map(|part| body.slice_ref(part)).collect();
            self.moves = vec![Move::Write(head)];
            self.moves.extend(parts.into_iter().flat_map(|part| [Move::Pause(pause), Move::Write(part)]));
        }
        self
    }

    /// The same request up to the middle of its body, and nothing more.
    pub(crate) fn stalling(mut self) -> Self {
        if let (Some(at), [Move::Write(bytes)]) = (self.body_at, self.moves.as_slice()) {
            let half = at + (bytes.len() - at) / 2;
            self.moves = vec![Move::Write(bytes.slice(..half))];
        }
        self
    }
}

/// A head, with its final empty line.
struct Head {
    bytes: Vec<u8>,
    private: Vec<Range<usize>>,
}

fn head(recipe: &Recipe, endpoint: &Endpoint, signatures: &[Vec<u8>], length: usize) -> Head {
    let method = method(recipe.verb, endpoint);
    let target = &endpoint.target;
    let mut head = format!("{method} {} HTTP/1.1\r\nhost: {}\r\n", target.path_and_query(), target.host_header());
    if !endpoint.headers.iter().any(|header| header.name().eq_ignore_ascii_case("user-agent")) {
        head.push_str(concat!("user-agent: chatislav-check/", env!("CARGO_PKG_VERSION"), "\r\n"));
    }
    let mut private = Vec::new();
    for header in &endpoint.headers {
        head.push_str(&format!("{}: ", header.name()));
        private.push(head.len()..head.len() + header.value().len());
        head.push_str(&format!("{}\r\n", header.value()));
    }
    if recipe.framing != Framing::Absent {
        head.push_str(&format!("content-type: {}\r\n", recipe.content_type));
    }
    let mut head = head.into_bytes();
    for value in signatures {
        head.extend_from_slice(SIGNATURE_HEADER.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    let framing = match recipe.framing {
        Framing::Absent => String::new(),
        Framing::Length | Framing::Pieces => format!("content-length: {length}\r\n"),
        Framing::Expect => format!("content-length: {length}\r\nexpect: 100-continue\r\n"),
        Framing::Chunked => "transfer-encoding: chunked\r\n".to_owned(),
    };
    head.extend_from_slice(framing.as_bytes());
    head.extend_from_slice(b"connection: close\r\n\r\n");
    Head { bytes: head, private }
}

fn method(verb: Verb, endpoint: &Endpoint) -> &'static str {
    match verb {
        Verb::Chosen => match endpoint.method {
            Some(Method::Put) => "PUT",
            Some(Method::Post) | None => "POST",
        },
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Get => "GET",
        Verb::Head => "HEAD",
        Verb::Options => "OPTIONS",
    }
}

/// The values of the signature header, each a line of its own.
fn signatures(signing: Signing, digits: &str, body: &[u8], draw: Draw) -> Vec<Vec<u8>> {
    match signing {
        Signing::Genuine => vec![digits.into()],
        Signing::Absent => Vec::new(),
        Signing::Text(text) => vec![text.into()],
        Signing::Written(how) => how(digits),
        Signing::Other => vec![by_key(format!("check-{:016x}", draw.entropy).as_bytes(), body).into_bytes()],
        Signing::Key(key) => vec![by_key(key.as_bytes(), body).into_bytes()],
    }
}

/// Signs with any key, also with the empty one, which core refuses as a secret.
fn by_key(key: &[u8], body: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 section 2)")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// What an endpoint may have computed for this body: over the bytes, or over what it wrote anew.
fn expectable(secret: &Secret, body: &[u8]) -> Vec<String> {
    let anew = |style: JsonStyle| Some(Sample::from_json(body).ok()?.to_body(style));
    let bodies = std::iter::once(body.to_vec()).chain(JsonStyle::ALL.into_iter().filter_map(anew));
    bodies.map(|body| Signature::sign(secret, &body).to_string()).collect()
}

fn chunks(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 10 + 16);
    for chunk in body.chunks(CHUNK) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}
