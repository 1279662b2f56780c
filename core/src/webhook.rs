//! The one object a customer holds: secrets in, verified events out.

use std::fmt;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable};

use crate::delivery::DeliveryKey;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Parts};
use crate::explain::{Explanation, Limits, explain};
use crate::headers::{HeaderField, SIGNATURE_HEADER};
use crate::secret::{IntoSecrets, Secret};
use crate::signature::Signature;

/// The largest body accepted unless said otherwise: 8 MiB. A refusal for size loses the event,
/// since Chatislav does not retry after 413.
pub const DEFAULT_MAX_BODY: usize = 8 * 1024 * 1024;

/// Whether Chatislav sends with this method: POST or PUT, in upper case as HTTP has it.
pub fn accepts_method(method: &str) -> bool {
    matches!(method, "POST" | "PUT")
}

/// What the header `Allow` of a 405 names (RFC 9110 section 10.2.1).
pub const ALLOW: &str = "POST, PUT";

/// Verifies webhooks with one secret, or with several during a rotation.
#[derive(Clone)]
pub struct Webhook {
    // Invariant: never empty.
    secrets: Vec<Secret>,
    max_body: usize,
}

impl Webhook {
    /// Takes one secret or a list, newest first: text, bytes or [`Secret`]s.
    ///
    /// # Errors
    /// `secret_missing` for an empty list, `secret_blank` if any of them is empty or blank.
    pub fn new(secrets: impl IntoSecrets) -> Result<Self, Error> {
        let secrets = secrets.into_secrets()?;
        if secrets.is_empty() {
            return Err(Error::new(ErrorKind::SecretMissing));
        }
        Ok(Webhook { secrets, max_body: DEFAULT_MAX_BODY })
    }

    /// Refuses bodies over this many bytes; [`DEFAULT_MAX_BODY`] unless said otherwise.
    #[must_use]
    pub fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// The largest body accepted, in bytes.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// The secrets, newest first.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// Verifies a request and reads its event.
    ///
    /// `body` is the raw bytes as they arrived; `headers` any list of names and values, in any
    /// case, repeats included.
    ///
    /// # Errors
    /// In this order: `body_too_large`, `signature_missing`, `signature_ambiguous`,
    /// `signature_malformed`, `signature_mismatch`, then `payload_not_json`, `payload_too_deep`,
    /// `payload_invalid`.
    pub fn verify(&self, body: &[u8], headers: impl IntoIterator<Item = impl HeaderField>) -> Result<Event, Error> {
        let secret_index = self.verify_fields(body, headers)?;
        Event::read(body, secret_index)
    }

    /// Gives the verdict of [`Webhook::verify`] and keeps nothing of the body, for those who make
    /// values of another language from the bytes.
    ///
    /// # Errors
    /// As for [`Webhook::verify`].
    pub fn judge(&self, body: &[u8], headers: impl IntoIterator<Item = impl HeaderField>) -> Result<Verdict, Error> {
        let secret_index = self.verify_fields(body, headers)?;
        let (_, parts) = Parts::of(body)?;
        Ok(Verdict { event: parts.into_event(), secret_index })
    }

    /// The verdict of [`Webhook::judge`], and the key of the delivery whatever the verdict is.
    ///
    /// Both hash the body. Here they go over it side by side, which a processor does in four fifths of
    /// the time of one after the other.
    pub fn judge_delivery(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = impl HeaderField>,
    ) -> (Result<Verdict, Error>, DeliveryKey) {
        let signature = match self.signature(body, headers) {
            Ok(signature) => signature,
            Err(error) => return (Err(error), DeliveryKey::of(body)),
        };
        let mut secrets = self.secrets.iter();
        let mut key = Sha256::new();
        let newest = secrets.next().map(|secret| {
            let mut mac = secret.keyed();
            for piece in body.chunks(SIDE_BY_SIDE) {
                mac.update(piece);
                Digest::update(&mut key, piece);
            }
            mac
        });
        let older = secrets.map(|secret| updated(secret, body));
        let judged = first_match(signature, newest.into_iter().chain(older)).and_then(|secret_index| {
            let (_, parts) = Parts::of(body)?;
            Ok(Verdict { event: parts.into_event(), secret_index })
        });
        (judged, DeliveryKey::from(<[u8; 32]>::from(key.finalize())))
    }

    fn verify_fields(&self, body: &[u8], headers: impl IntoIterator<Item = impl HeaderField>) -> Result<usize, Error> {
        let signature = self.signature(body, headers)?;
        self.match_secret(body, signature)
    }

    fn signature(&self, body: &[u8], headers: impl IntoIterator<Item = impl HeaderField>) -> Result<Signature, Error> {
        self.check_size(body.len())?;
        // A field lends its value only as long as it lives, and most requests have exactly one
        // signature: the first is decoded at once, and a list is made only from a second on.
        let mut fields =
            headers.into_iter().filter(|field| field.name().eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes()));
        match (fields.next(), fields.next()) {
            (None, _) => Err(Error::new(ErrorKind::SignatureMissing)),
            (Some(only), None) => Signature::parse(only.value()),
            (Some(first), Some(second)) => {
                let all: Vec<_> = [first, second].into_iter().chain(fields).collect();
                Signature::from_values(all.iter().map(HeaderField::value))
            }
        }
    }

    /// As [`Webhook::verify`], and refuses an event older than `max_age`; see
    /// [`Event::require_fresh`].
    ///
    /// # Errors
    /// As for both.
    pub fn verify_fresh(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = impl HeaderField>,
        max_age: Duration,
        now: SystemTime,
    ) -> Result<Event, Error> {
        let event = self.verify(body, headers)?;
        event.require_fresh(max_age, now)?;
        Ok(event)
    }

    /// Verifies that one of the secrets made this signature for these bytes, whatever they say.
    ///
    /// `signature` is the value of the header.
    ///
    /// # Errors
    /// `body_too_large` or `signature_*`.
    pub fn verify_signature(&self, body: &[u8], signature: impl AsRef<[u8]>) -> Result<(), Error> {
        self.check_size(body.len())?;
        let signature = Signature::parse(signature)?;
        self.match_secret(body, signature).map(drop)
    }

    /// Verifies a body that arrives in pieces. A malformed signature is refused before any.
    ///
    /// # Errors
    /// `signature_missing`, `signature_ambiguous` or `signature_malformed`.
    pub fn verifier(&self, signature: impl AsRef<[u8]>) -> Result<Verifier, Error> {
        Ok(Verifier {
            signature: Signature::parse(signature)?,
            macs: self.secrets.iter().map(Secret::keyed).collect(),
            left: self.max_body,
        })
    }

    /// Searches for what makes the signature of a request fit, for development; see
    /// [`explain`](crate::explain). It is no verdict.
    pub fn explain(&self, body: &[u8], headers: impl IntoIterator<Item = impl HeaderField>) -> Explanation {
        explain(body, headers, &self.secrets, Limits::of(body.len()))
    }

    /// Signs a body with the newest secret, as Chatislav would.
    pub fn sign(&self, body: &[u8]) -> Signature {
        #[expect(clippy::indexing_slicing, reason = "a Webhook is never made without a secret")]
        Signature::sign(&self.secrets[0], body)
    }

    fn check_size(&self, size: usize) -> Result<(), Error> {
        if size > self.max_body { Err(Error::new(ErrorKind::BodyTooLarge)) } else { Ok(()) }
    }

    fn match_secret(&self, body: &[u8], signature: Signature) -> Result<usize, Error> {
        first_match(signature, self.secrets.iter().map(|secret| updated(secret, body)))
    }
}

/// So many bytes go to one hash and then to the other: two blocks, which processors keep in flight
/// together.
const SIDE_BY_SIDE: usize = 128;

fn updated(secret: &Secret, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = secret.keyed();
    mac.update(body);
    mac
}

/// The index of the first state that gives this signature.
///
/// Every state is finished and compared, without an early exit, so that the time taken does not
/// tell which secret matched.
fn first_match(signature: Signature, macs: impl Iterator<Item = Hmac<Sha256>>) -> Result<usize, Error> {
    let mut found = Choice::from(0);
    let mut index = 0_u64;
    for (candidate, mac) in (0_u64..).zip(macs) {
        let matches = signature.made_by(mac);
        index.conditional_assign(&candidate, matches & !found);
        found |= matches;
    }
    if found.into() {
        Ok(usize::try_from(index).unwrap_or_default())
    } else {
        Err(Error::new(ErrorKind::SignatureMismatch))
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("secrets", &self.secrets.len()).field("max_body", &self.max_body).finish()
    }
}

/// What [`Webhook::judge`] says of bytes that are a verified event.
#[derive(Clone, Debug)]
pub struct Verdict {
    event: Box<str>,
    secret_index: usize,
}

impl Verdict {
    /// The name of the event, such as `lead_collection`.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// Which of the secrets signed the bytes, counted from 0, newest first.
    pub fn secret_index(&self) -> usize {
        self.secret_index
    }
}

/// A verification under way, for a body that arrives in pieces.
#[derive(Clone)]
pub struct Verifier {
    signature: Signature,
    macs: Vec<Hmac<Sha256>>,
    left: usize,
}

impl Verifier {
    /// Takes the next piece of the body.
    ///
    /// # Errors
    /// `body_too_large` once the pieces are over `max_body`.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.left = self.left.checked_sub(piece.len()).ok_or(Error::new(ErrorKind::BodyTooLarge))?;
        for mac in &mut self.macs {
            mac.update(piece);
        }
        Ok(())
    }

    /// The index of the secret that made the signature, newest first.
    ///
    /// # Errors
    /// `signature_mismatch` if none did.
    pub fn finish(self) -> Result<usize, Error> {
        first_match(self.signature, self.macs.into_iter())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("secrets", &self.macs.len()).field("left", &self.left).finish()
    }
}
