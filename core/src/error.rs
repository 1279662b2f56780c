//! What can be wrong with a webhook: one error, a closed list of codes.

use std::fmt;

/// Why a webhook was refused.
///
/// The [`code`](Error::code) is the same string in Rust, Python and Node. No error ever holds a
/// secret, an expected digest or bytes of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    hint: Option<&'static str>,
    path: Option<String>,
}

/// The closed list of reasons; [`ErrorKind::ALL`] holds each of them once.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No secret was given.
    SecretMissing,
    /// A secret is empty or blank.
    SecretBlank,
    /// There is no signature header, or a blank one.
    SignatureMissing,
    /// The signature is not 64 hexadecimal digits.
    SignatureMalformed,
    /// The signature header came with several different values.
    SignatureAmbiguous,
    /// None of the secrets made this signature for this body.
    SignatureMismatch,
    /// Something other than the raw bytes of the body was handed in.
    BodyNotRaw,
    /// The body is larger than `max_body`.
    BodyTooLarge,
    /// The signed bytes are not JSON in UTF-8.
    PayloadNotJson,
    /// The JSON is nested over 128 levels deep.
    PayloadTooDeep,
    /// The JSON is not an event.
    PayloadInvalid,
    /// The caller's own model did not fit the payload.
    SchemaMismatch,
    /// The event is older than the caller's `max_age`, or lies in the future.
    EventStale,
    /// The request's method is neither POST nor PUT.
    MethodNotAllowed,
}

impl ErrorKind {
    /// Every kind, in the order in which the documentation lists them.
    pub const ALL: [ErrorKind; 14] = [
        ErrorKind::SecretMissing,
        ErrorKind::SecretBlank,
        ErrorKind::SignatureMissing,
        ErrorKind::SignatureMalformed,
        ErrorKind::SignatureAmbiguous,
        ErrorKind::SignatureMismatch,
        ErrorKind::BodyNotRaw,
        ErrorKind::BodyTooLarge,
        ErrorKind::PayloadNotJson,
        ErrorKind::PayloadTooDeep,
        ErrorKind::PayloadInvalid,
        ErrorKind::SchemaMismatch,
        ErrorKind::EventStale,
        ErrorKind::MethodNotAllowed,
    ];

    /// The stable code, such as `signature_mismatch`.
    pub const fn code(self) -> &'static str {
        match self {
            ErrorKind::SecretMissing => "secret_missing",
            ErrorKind::SecretBlank => "secret_blank",
            ErrorKind::SignatureMissing => "signature_missing",
            ErrorKind::SignatureMalformed => "signature_malformed",
            ErrorKind::SignatureAmbiguous => "signature_ambiguous",
            ErrorKind::SignatureMismatch => "signature_mismatch",
            ErrorKind::BodyNotRaw => "body_not_raw",
            ErrorKind::BodyTooLarge => "body_too_large",
            ErrorKind::PayloadNotJson => "payload_not_json",
            ErrorKind::PayloadTooDeep => "payload_too_deep",
            ErrorKind::PayloadInvalid => "payload_invalid",
            ErrorKind::SchemaMismatch => "schema_mismatch",
            ErrorKind::EventStale => "event_stale",
            ErrorKind::MethodNotAllowed => "method_not_allowed",
        }
    }

    /// The HTTP status that a receiver answers with.
    ///
    /// Chatislav retries 5xx and gives up at 4xx, so the receiver's own faults are 500 and the
    /// sender's are 4xx.
    pub const fn http_status(self) -> u16 {
        match self {
            ErrorKind::SecretMissing | ErrorKind::SecretBlank | ErrorKind::BodyNotRaw | ErrorKind::SchemaMismatch => {
                500
            }
            ErrorKind::SignatureMissing
            | ErrorKind::SignatureMalformed
            | ErrorKind::SignatureAmbiguous
            | ErrorKind::SignatureMismatch => 401,
            ErrorKind::BodyTooLarge => 413,
            ErrorKind::PayloadNotJson
            | ErrorKind::PayloadTooDeep
            | ErrorKind::PayloadInvalid
            | ErrorKind::EventStale => 400,
            ErrorKind::MethodNotAllowed => 405,
        }
    }

    /// What the kind says, in one line.
    const fn message(self) -> &'static str {
        match self {
            ErrorKind::SecretMissing => "no webhook secret was given",
            ErrorKind::SecretBlank => "the webhook secret is blank",
            ErrorKind::SignatureMissing => "the request carries no x-chatislav-signature",
            ErrorKind::SignatureMalformed => "the signature is not 64 hexadecimal digits",
            ErrorKind::SignatureAmbiguous => "the request carries several different signatures",
            ErrorKind::SignatureMismatch => "the signature was not made for this body by any of the secrets",
            ErrorKind::BodyNotRaw => "the body handed in is not the raw bytes of the request",
            ErrorKind::BodyTooLarge => "the body is larger than max_body",
            ErrorKind::PayloadNotJson => "the payload is not JSON in UTF-8",
            ErrorKind::PayloadTooDeep => "the payload is nested over 128 levels deep",
            ErrorKind::PayloadInvalid => "the payload is not a Chatislav event",
            ErrorKind::SchemaMismatch => "the payload does not fit the model it was read into",
            ErrorKind::EventStale => "the event is older than max_age or lies in the future",
            ErrorKind::MethodNotAllowed => "the method is neither POST nor PUT",
        }
    }

    /// What to do about it, where the error itself has nothing closer to say.
    const fn hint(self) -> &'static str {
        match self {
            ErrorKind::SecretMissing => "set CHATISLAV_WEBHOOK_SECRET to the secret of Chatislav's Webhooks screen",
            ErrorKind::SecretBlank => {
                "copy the secret of Chatislav's Webhooks screen; for webhooks without one use Unsigned"
            }
            ErrorKind::SignatureMissing => {
                "generate a secret in Chatislav's Webhooks screen and save; check that no proxy drops the header"
            }
            ErrorKind::SignatureMalformed => "send the digest as 64 hexadecimal digits and nothing else",
            ErrorKind::SignatureAmbiguous => "something on the way adds a second, different signature header",
            ErrorKind::SignatureMismatch => {
                "check that the secret is the one on Chatislav's Webhooks screen and that the body is the raw bytes, not re-serialised JSON"
            }
            ErrorKind::BodyNotRaw => "hand in the bytes of the request body before anything parses them",
            ErrorKind::BodyTooLarge => "raise max_body: Chatislav does not retry after 413",
            ErrorKind::PayloadNotJson => "the signature is right, so the sender signed these bytes; keep them and ask",
            ErrorKind::PayloadTooDeep => "the signature is right, so the sender signed these bytes; keep them and ask",
            ErrorKind::PayloadInvalid => {
                "an event is a JSON object with a string `event`, and an object `summary` or `data` where the event has one"
            }
            ErrorKind::SchemaMismatch => "mend the model; the answer 500 makes Chatislav send the event again",
            ErrorKind::EventStale => "retries carry the first timestamp: max_age must exceed the whole retry window",
            ErrorKind::MethodNotAllowed => "Chatislav sends POST or PUT",
        }
    }
}

impl Error {
    /// An error of this kind, with the hint that the kind has. For those who bring this library
    /// into another language or a server, and refuse on its behalf.
    pub const fn new(kind: ErrorKind) -> Self {
        Error { kind, hint: None, path: None }
    }

    /// Says what to do more closely than the kind does, such as the very line to write.
    #[must_use]
    pub const fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Says where in the payload. A path names places and never quotes what stands there.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Which of the closed list of reasons this is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code, such as `signature_mismatch`.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The HTTP status that a receiver answers with.
    pub const fn http_status(&self) -> u16 {
        self.kind.http_status()
    }

    /// What to do about it, in one line.
    pub fn hint(&self) -> &'static str {
        self.hint.unwrap_or(self.kind.hint())
    }

    /// Where in the payload: a name such as `summary`, or `byte 17` counted from 0.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())?;
        match &self.path {
            Some(path) => write!(f, " (at {path})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
