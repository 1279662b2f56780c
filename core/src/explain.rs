//! Why a signature does not fit: a search over what usually goes wrong.
//!
//! For development. It finds the change of the body, of the secret or of the header that reproduces
//! the signature that came, and says which line to mend. It never changes a verdict and is not
//! constant in time; it never shows a secret or the digest that was expected. It shows a few bytes
//! of the body around the place where two bodies part, so what it says belongs on a developer's
//! screen and not into an answer.
//!
//! ```
//! use chatislav_webhooks::explain::{self, Limits};
//! use chatislav_webhooks::{Secret, Signature};
//!
//! let secret = Secret::new("It's a Secret to Everybody")?;
//! let signature = Signature::sign(&secret, br#"{"event": "lead_collection", "data": {}}"#).to_string();
//! // What an app makes of it that parses first: the blanks are gone.
//! let body = br#"{"event":"lead_collection","data":{}}"#;
//! let explanation = explain::explain(
//!     body,
//!     [("x-chatislav-signature", signature)],
//!     &[secret],
//!     Limits::of(body.len()),
//! );
//! assert_eq!(explanation.change().as_deref(), Some("json_python"));
//! assert_eq!(explanation.difference().map(|difference| difference.offset()), Some(9));
//! # Ok::<(), chatislav_webhooks::Error>(())
//! ```

mod base64;
mod body;
mod difference;
mod digest;
mod header;
mod mend;
mod observed;
mod pieces;
mod search;
mod secret;
mod words;

use std::fmt;

use self::body::Body;
pub use self::difference::Difference;
use self::mend::Mend;
pub use self::observed::Observation;
use self::search::Cause;
use crate::headers::{HeaderField, SIGNATURE_HEADER};
use crate::line::Line;
use crate::secret::Secret;

/// The headers that are looked at: the signature's, those in which others send one, and the coding of
/// the body. Others need not be handed in.
pub const HEADERS: [&str; 8] = [
    SIGNATURE_HEADER,
    "signature",
    "x-signature",
    "x-webhook-signature",
    "x-hub-signature",
    "x-hub-signature-256",
    "webhook-signature",
    CONTENT_ENCODING,
];

const CONTENT_ENCODING: &str = "content-encoding";

/// How much a search may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes may be written and hashed, all tries together. 500 MB take about a second.
    pub work: u64,
}

impl Limits {
    /// Enough for every single change of a body of so many bytes, up to some MiB, and for the likely
    /// ones of a larger: 192 times the body, at least 32 MiB and at most 480 MiB. Pairs of changes
    /// come last.
    pub fn of(size: usize) -> Self {
        Limits { work: (size as u64).saturating_mul(192).clamp(32 << 20, 480 << 20) }
    }

    /// At most so much.
    #[must_use]
    pub fn at_most(self, work: u64) -> Self {
        Limits { work: self.work.min(work) }
    }
}

/// What a search has come to.
#[derive(Clone, Debug)]
pub struct Explanation {
    changes: Option<Vec<&'static str>>,
    secret_index: Option<usize>,
    difference: Option<Difference>,
    message: String,
    mends: Vec<Mend>,
    is_rewriting: bool,
    observations: Vec<Observation>,
    tried: u64,
    is_complete: bool,
}

/// Searches for what reproduces the signature of a request.
///
/// `body` is the bytes at hand, `headers` any list of names and values. First each change is tried
/// alone, then changes of the body with those of the secret, as long as `limits` allow. Of memory
/// it takes a few times the body.
pub fn explain(
    body: &[u8],
    headers: impl IntoIterator<Item = impl HeaderField>,
    secrets: &[Secret],
    limits: Limits,
) -> Explanation {
    let (mut values, mut others, mut encoding) = (Vec::new(), Vec::new(), None);
    for field in headers {
        let name = HEADERS.into_iter().find(|name| field.name().eq_ignore_ascii_case(name.as_bytes()));
        match name {
            Some(SIGNATURE_HEADER) => values.push(field.value().to_vec()),
            Some(CONTENT_ENCODING) => encoding = Some(field.value().to_vec()),
            Some(_) => others.push(field.value().to_vec()),
            None => {}
        }
    }
    let claims = header::claims(&values, &others);
    // Reading the body takes a few passes over it.
    let body = if (body.len() as u64).saturating_mul(8) <= limits.work { Body::of(body) } else { Body::unread(body) };
    let outcome = search::search(&body, &claims, secrets, limits);
    let Some(cause) = &outcome.cause else {
        return Explanation {
            changes: None,
            secret_index: None,
            difference: None,
            message: words::of_nothing(&outcome, !claims.is_empty()),
            mends: vec![Mend::Unknown],
            is_rewriting: false,
            observations: observed::observe(&body, &values, encoding.as_deref(), secrets),
            tried: outcome.tried,
            is_complete: outcome.is_complete,
        };
    };
    let (message, mends) = words::of_cause(cause, &body, secrets);
    Explanation {
        changes: Some(cause.codes(body.bytes)),
        secret_index: cause.secret_used(),
        difference: difference_of(cause, &body, secrets),
        message,
        mends,
        is_rewriting: cause.is_rewriting(),
        observations: Vec::new(),
        tried: outcome.tried,
        is_complete: outcome.is_complete,
    }
}

fn difference_of(cause: &Cause, body: &Body<'_>, secrets: &[Secret]) -> Option<Difference> {
    let difference = Difference::between(body.bytes, |pieces| cause.make(body, pieces))?;
    let has = |secret: &Secret| body.bytes.windows(secret.bytes().len().max(1)).any(|part| part == secret.bytes());
    Some(if secrets.iter().any(has) { difference.silent() } else { difference })
}

impl Explanation {
    /// Whether something reproduces the signature.
    pub fn is_found(&self) -> bool {
        self.changes.is_some()
    }

    /// The codes of the changes that reproduce the signature: of the body, of the secret, of the
    /// digest, of the header. None of them if the signature fits as it is, or if nothing was found.
    pub fn changes(&self) -> &[&'static str] {
        self.changes.as_deref().unwrap_or_default()
    }

    /// The changes in one word, such as `json_python` or `json_python+secret_trimmed`; `none` if the
    /// signature fits as it is.
    pub fn change(&self) -> Option<String> {
        let changes = self.changes.as_ref()?;
        Some(if changes.is_empty() { "none".to_owned() } else { changes.join("+") })
    }

    /// Which secret it is, or was made of, counted from 0, newest first; `None` if nothing was found, or
    /// if the signer had none.
    pub fn secret_index(&self) -> Option<usize> {
        self.secret_index
    }

    /// Where the bytes at hand and those that were signed part; `None` if they are the same.
    pub fn difference(&self) -> Option<&Difference> {
        self.difference.as_ref()
    }

    /// What was found out, in a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line to change, for the frameworks in which the mistake is typical.
    pub fn fix(&self) -> String {
        let lines: Vec<_> = self.mends.iter().map(|mend| mend.line()).collect();
        lines.join("; and ")
    }

    /// The same for bytes that certainly are what arrived: then nobody behind us has changed them.
    pub fn fix_at_sender(&self) -> String {
        if !self.is_rewriting {
            return self.fix();
        }
        // The first is about the body.
        let others = self.mends.iter().skip(1).map(|mend| mend.line());
        [Mend::AtSender.line()].into_iter().chain(others).collect::<Vec<_>>().join("; and ")
    }

    /// What else was seen, if nothing reproduces the signature. It proves nothing.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// How many combinations of body, secret and digest were compared.
    pub fn tried(&self) -> u64 {
        self.tried
    }

    /// Whether everything was tried before the limits were reached.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Adds all of it to a line of output; `fix` is one of the two.
    pub fn describe(&self, line: Line, fix: &str) -> Line {
        let line = line
            .number("found", self.is_found())
            .text_or_null("change", self.change().as_deref())
            .number_or_null("secret", self.secret_index)
            .text("message", &self.message)
            .text("fix", fix);
        let line = match &self.difference {
            Some(difference) => line
                .number("offset", difference.offset())
                .number("line", difference.line())
                .number("column", difference.column())
                .text("at_hand", difference.at_hand())
                .text("signed", difference.signed()),
            None => line.null("offset"),
        };
        line.texts("observations", self.observations.iter().map(Observation::message))
            .number("tried", self.tried)
            .number("complete", self.is_complete)
    }
}

/// What was found out, where the bodies part and what to do, in lines for people.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(difference) = &self.difference {
            let (offset, line, column) = (difference.offset(), difference.line(), difference.column());
            write!(f, "\nthey part at byte {offset}, line {line} column {column}")?;
            if !difference.at_hand().is_empty() {
                write!(f, "\n  at hand  {}\n  signed   {}", difference.at_hand(), difference.signed())?;
            }
        }
        for observation in &self.observations {
            write!(f, "\nnote: {}", observation.message())?;
        }
        Ok(())
    }
}
