//! Webhooks without a signature: another class, another type of event.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::delivery::DeliveryKey;
use crate::error::{Error, ErrorKind};
use crate::event::{self, Envelope, Kind, common_accessors};
use crate::headers::{HeaderField, OnlyValue, agree, trim};
use crate::json::Json;
use crate::webhook::DEFAULT_MAX_BODY;

/// Reads webhooks of a Chatislav agent for which no secret was generated.
///
/// Anybody who knows the URL can send these. What is left as protection is a Custom Header of
/// the Webhooks screen with a value that nobody can guess: see [`Unsigned::require_header`].
#[derive(Clone)]
pub struct Unsigned {
    max_body: usize,
    required_header: Option<RequiredHeader>,
}

#[derive(Clone)]
struct RequiredHeader {
    name: String,
    value: Zeroizing<Vec<u8>>,
}

impl Unsigned {
    /// Reads anything up to [`DEFAULT_MAX_BODY`].
    pub fn new() -> Self {
        Unsigned { max_body: DEFAULT_MAX_BODY, required_header: None }
    }

    /// Refuses bodies over this many bytes.
    #[must_use]
    pub fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// The largest body accepted, in bytes.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// The name of the required header, if there is one.
    pub fn required_header(&self) -> Option<&str> {
        self.required_header.as_ref().map(|required| &*required.name)
    }

    /// Refuses requests that do not carry this header with exactly this value.
    ///
    /// # Errors
    /// `secret_blank` if the value is blank.
    pub fn require_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, Error> {
        let value = trim(value.as_ref());
        if name.is_empty() || value.is_empty() {
            return Err(Error::new(ErrorKind::SecretBlank));
        }
        self.required_header = Some(RequiredHeader { name: name.into(), value: Zeroizing::new(value.to_vec()) });
        Ok(self)
    }

    /// Reads a body that nothing vouches for.
    ///
    /// # Errors
    /// `body_too_large`; for the required header `signature_missing`, `signature_ambiguous` or
    /// `signature_mismatch`, all 401; `payload_*` as for a verified event.
    pub fn read(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = impl HeaderField>,
    ) -> Result<UnverifiedEvent, Error> {
        if body.len() > self.max_body {
            return Err(Error::new(ErrorKind::BodyTooLarge));
        }
        if let Some(required) = &self.required_header {
            required.check(headers)?;
        }
        Ok(UnverifiedEvent(Envelope::read(body)?))
    }
}

impl RequiredHeader {
    fn check(&self, headers: impl IntoIterator<Item = impl HeaderField>) -> Result<(), Error> {
        const HINT: &str = "the Custom Header that Unsigned requires is absent or has another value";
        let values: Vec<Vec<u8>> = headers
            .into_iter()
            .filter(|field| field.name().eq_ignore_ascii_case(self.name.as_bytes()))
            .map(|field| trim(field.value()).to_vec())
            .collect();
        match agree(values.iter().map(Vec::as_slice)) {
            OnlyValue::None => Err(Error::new(ErrorKind::SignatureMissing).with_hint(HINT)),
            OnlyValue::Several => Err(Error::new(ErrorKind::SignatureAmbiguous).with_hint(HINT)),
            OnlyValue::One(value) if bool::from(value.ct_eq(&self.value)) => Ok(()),
            OnlyValue::One(_) => Err(Error::new(ErrorKind::SignatureMismatch).with_hint(HINT)),
        }
    }
}

impl Default for Unsigned {
    fn default() -> Self {
        Unsigned::new()
    }
}

impl fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsigned")
            .field("max_body", &self.max_body)
            .field("required_header", &self.required_header.as_ref().map(|required| &required.name))
            .finish()
    }
}

/// An event that nothing vouches for. It is not an [`Event`](crate::Event), so no handler for
/// verified events takes it:
///
/// ```compile_fail,E0308
/// # use chatislav_webhooks::{Event, Unsigned};
/// fn on_event(event: Event) {}
///
/// let none: [(&str, &str); 0] = [];
/// on_event(Unsigned::new().read(b"{}", none)?);
/// # Ok::<(), chatislav_webhooks::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnverifiedEvent(Envelope);

impl UnverifiedEvent {
    /// The object `summary` of a `conversation_summary`.
    pub fn summary(&self) -> Option<Json<'_>> {
        (self.0.kind() == Kind::ConversationSummary).then(|| self.0.subject())
    }

    /// The object `data` of a `lead_collection`.
    pub fn data(&self) -> Option<Json<'_>> {
        (self.0.kind() == Kind::LeadCollection).then(|| self.0.subject())
    }

    /// What the lead filled in; empty for other events.
    pub fn form(&self) -> HashMap<Cow<'_, str>, Json<'_>> {
        self.form_fields().collect()
    }

    /// As [`UnverifiedEvent::form`], in the order in which they came, repeats included.
    pub fn form_fields(&self) -> impl Iterator<Item = (Cow<'_, str>, Json<'_>)> {
        self.data().into_iter().flat_map(event::form_fields)
    }

    fn envelope(&self) -> &Envelope {
        &self.0
    }
}

common_accessors!(UnverifiedEvent);
