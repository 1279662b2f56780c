//! The one object a customer holds.

use std::time::{Duration, SystemTime};

use chatislav_webhooks as core;
use chatislav_webhooks::SIGNATURE_HEADER;
use chatislav_webhooks::explain::HEADERS;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyType};

use crate::error::raise;
use crate::explanation::Explanation;
use crate::schema::{Models, Schema};
use crate::{body, event, headers, options, secrets, time};

/// Verifies webhooks with one secret, or with several during a rotation.
///
/// secret: `str`, `bytes`, or a list of them, newest first. Text is its UTF-8 bytes; nothing is
/// trimmed or decoded.
/// max_body: refuses larger bodies, in bytes; 8 MiB unless said otherwise.
/// max_age: refuses older events, in seconds or as a `timedelta`; off unless said. Retries carry
/// the first timestamp, so it must exceed the sender's whole retry window.
///
/// Raises `SecretError` (a `ValueError` too) with `secret_missing` or `secret_blank`; `ValueError`
/// for other options.
#[pyclass(frozen, module = "chatislav_webhooks")]
pub(crate) struct Webhook {
    core: core::Webhook,
    max_age: Option<Duration>,
}

#[pymethods]
impl Webhook {
    #[new]
    #[pyo3(signature = (secret, *, max_body=None, max_age=None))]
    fn new(
        secret: &Bound<'_, PyAny>,
        max_body: Option<&Bound<'_, PyAny>>,
        max_age: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Webhook::with(secret.py(), secrets::read(secret)?, max_body, max_age)
    }

    /// Takes the secret of the environment variable `CHATISLAV_WEBHOOK_SECRET`, and during a
    /// rotation the old one of `CHATISLAV_WEBHOOK_SECRET_OLD`. Each holds one secret, commas
    /// included.
    ///
    /// Raises `SecretError` if the first is not set or either is blank.
    #[classmethod]
    #[pyo3(signature = (*, max_body=None, max_age=None))]
    fn from_env(
        class: &Bound<'_, PyType>,
        max_body: Option<&Bound<'_, PyAny>>,
        max_age: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Webhook::with(class.py(), secrets::from_env(class.py())?, max_body, max_age)
    }

    /// Verifies a request and reads its event.
    ///
    /// body: the raw bytes as they arrived: `bytes`, or anything with a buffer, which is copied.
    /// headers: what the framework has: a mapping in any case, a list of pairs, ASGI bytes, a WSGI
    /// environ.
    /// now: the time for `max_age`, an aware `datetime` or seconds since 1970; the clock's if None.
    /// Anything else is `schema_mismatch` with the path `now`.
    /// summary_type, data_type, form_type, message_type: a pydantic model, dataclass or TypedDict
    /// of yours for this part of the event; each needs pydantic.
    ///
    /// Returns a `ConversationSummary`, a `LeadCollection` or an `UnknownEvent`.
    ///
    /// Raises `WebhookError` and nothing else, in this order: `body_not_raw`, `body_too_large`,
    /// `signature_missing`, `signature_ambiguous`, `signature_malformed`, `signature_mismatch`,
    /// `payload_not_json`, `payload_too_deep`, `payload_invalid`, `event_stale`,
    /// `schema_mismatch`.
    #[pyo3(signature = (
        body, headers, *, now=None, summary_type=None, data_type=None, form_type=None, message_type=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        body: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
        now: Option<&Bound<'py, PyAny>>,
        summary_type: Option<&Bound<'py, PyAny>>,
        data_type: Option<&Bound<'py, PyAny>>,
        form_type: Option<&Bound<'py, PyAny>>,
        message_type: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let bytes = body::raw(body, self.core.max_body())?;
        let fields = headers::named(headers, SIGNATURE_HEADER)?;
        let event = body::work(&bytes, |raw| self.core.verify(raw, &fields)).map_err(|error| raise(py, &error))?;
        if let Some(max_age) = self.max_age {
            let now = now.map_or(Ok(SystemTime::now()), time::instant)?;
            event.require_fresh(max_age, now).map_err(|error| raise(py, &error))?;
        }
        let schema = Schema { summary: summary_type, data: data_type, form: form_type, message: message_type };
        event::new(
            py,
            event,
            bytes,
            |reading| {
                if schema.is_empty() { Ok(Models::default()) } else { schema.apply(py, reading) }
            },
        )
    }

    /// Verifies that one of the secrets made this signature for these bytes, whatever they say.
    ///
    /// signature: the value of the header, or a list of all its values.
    ///
    /// Returns None, or raises `WebhookError` with `body_not_raw`, `body_too_large` or
    /// `signature_*`.
    fn verify_signature(&self, body: &Bound<'_, PyAny>, signature: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = body::raw(body, self.core.max_body())?;
        headers::with_signature(signature, |signature| {
            body::work(&bytes, |raw| self.core.verify_signature(raw, signature))
        })
        .map_err(|error| raise(body.py(), &error))
    }

    /// Searches for what makes the signature of a request fit: a body written anew, a secret with a
    /// blank, base64 in the header. For development, after `signature_mismatch`: it is no verdict,
    /// takes up to a second for a body of 8 MiB, and shows a few bytes of the body.
    ///
    /// body: the bytes that were handed to `verify`; also text, which may be the mistake.
    /// headers: what the framework has.
    ///
    /// Raises `WebhookError` with `body_not_raw` for anything else.
    fn explain(&self, body: &Bound<'_, PyAny>, headers: &Bound<'_, PyAny>) -> PyResult<Explanation> {
        let py = body.py();
        let bytes = match body.cast::<PyString>() {
            Ok(text) => PyBytes::new(py, text.to_string_lossy().as_bytes()),
            Err(_) => body::raw(body, usize::MAX)?,
        };
        let mut fields = Vec::new();
        for name in HEADERS {
            fields.extend(headers::named(headers, name)?);
        }
        let raw = bytes.as_bytes();
        Ok(py.detach(|| Explanation::of(&self.core, raw, &fields)))
    }

    /// Signs a body with the newest secret, as Chatislav would: 64 lower-case hexadecimal digits.
    ///
    /// Raises `WebhookError` with `body_not_raw` for what is not bytes.
    fn sign(&self, body: &Bound<'_, PyAny>) -> PyResult<String> {
        let bytes = body::raw(body, usize::MAX)?;
        Ok(body::work(&bytes, |raw| self.core.sign(raw)).to_string())
    }

    /// The largest body accepted, in bytes.
    #[getter]
    fn max_body(&self) -> usize {
        self.core.max_body()
    }

    /// By which people tell secrets apart without seeing them: 8 hexadecimal digits for each,
    /// newest first.
    #[getter]
    fn fingerprints(&self) -> Vec<String> {
        self.core.secrets().iter().map(core::Secret::fingerprint).collect()
    }

    fn __repr__(&self) -> String {
        format!("<Webhook, secrets {}>", self.fingerprints().join(" "))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a Webhook holds secrets and is not pickled; make one in each process"))
    }
}

impl Webhook {
    fn with(
        py: Python<'_>,
        secrets: Vec<core::Secret>,
        max_body: Option<&Bound<'_, PyAny>>,
        max_age: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut webhook = core::Webhook::new(secrets).map_err(|error| raise(py, &error))?;
        if let Some(max_body) = max_body {
            webhook = webhook.with_max_body(options::max_body(max_body)?);
        }
        Ok(Webhook { core: webhook, max_age: max_age.map(time::max_age).transpose()? })
    }
}
