//! Webhooks of an agent without a secret.

use std::borrow::Cow;

use chatislav_webhooks as core;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::error::raise;
use crate::reading::Reading;
use crate::{body, headers, options};

/// Reads webhooks of a Chatislav agent for which no secret was generated.
///
/// Anybody who knows the URL can send these. What is left as protection is a Custom Header of the
/// Webhooks screen with a value that nobody can guess: `required_header=("X-Token", value)`. It is
/// compared in constant time. What is read is an `UnverifiedEvent`, which no handler of verified
/// events takes.
///
/// Raises `SecretError` for a blank name or value of the header, `ValueError` for other options.
#[pyclass(frozen, module = "chatislav_webhooks")]
pub(crate) struct Unsigned(core::Unsigned);

#[pymethods]
impl Unsigned {
    #[new]
    #[pyo3(signature = (max_body=None, required_header=None))]
    fn new(
        py: Python<'_>,
        max_body: Option<&Bound<'_, PyAny>>,
        required_header: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut unsigned = core::Unsigned::new();
        if let Some(max_body) = max_body {
            unsigned = unsigned.with_max_body(options::max_body(max_body)?);
        }
        if let Some(header) = required_header {
            let (name, value) = options::header(header)?;
            unsigned = unsigned.require_header(&name, value).map_err(|error| raise(py, &error))?;
        }
        Ok(Unsigned(unsigned))
    }

    /// Reads a body that nothing vouches for.
    ///
    /// body: the raw bytes. headers: what the framework has.
    ///
    /// Raises `WebhookError` with `body_not_raw` or `body_too_large`; `SignatureError` if the
    /// required header is absent, ambiguous or different; `PayloadError` as `Webhook.verify` does.
    fn read<'py>(
        &self,
        py: Python<'py>,
        body: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
    ) -> PyResult<UnverifiedEvent> {
        let bytes = body::raw(body, self.0.max_body())?;
        let fields = match self.0.required_header() {
            Some(name) => headers::named(headers, name)?,
            None => Vec::new(),
        };
        let event = body::work(&bytes, |raw| self.0.read(raw, &fields)).map_err(|error| raise(py, &error))?;
        Ok(UnverifiedEvent(Reading::unverified(event, bytes)))
    }

    /// The largest body accepted, in bytes.
    #[getter]
    fn max_body(&self) -> usize {
        self.0.max_body()
    }

    fn __repr__(&self) -> String {
        match self.0.required_header() {
            Some(name) => format!("<Unsigned, requires {}>", core::Printable(name)),
            None => "<Unsigned>".into(),
        }
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("an Unsigned holds the value of its header and is not pickled"))
    }
}

/// An event that nothing vouches for. It is no `Event`, so no handler of verified events takes it.
#[pyclass(frozen, module = "chatislav_webhooks")]
pub(crate) struct UnverifiedEvent(Reading);

#[pymethods]
impl UnverifiedEvent {
    /// The name of the event, such as `lead_collection`.
    #[getter]
    fn event(&self) -> &str {
        self.0.event()
    }

    /// The `timestamp` as it came, if it is text.
    #[getter]
    fn timestamp(&self) -> Option<Cow<'_, str>> {
        self.0.timestamp()
    }

    /// The `timestamp` as an aware datetime; without a zone it is UTC. None if unreadable.
    #[getter]
    fn sent_at<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.0.sent_at(py)
    }

    /// The list `messages`; None if absent.
    #[getter]
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.messages(py)
    }

    /// The whole object as it came, as plain Python values.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.payload(py)
    }

    /// The object `summary` of a `conversation_summary`, else None.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.subject(py, "summary")
    }

    /// The object `data` of a `lead_collection`, else None.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.subject(py, "data")
    }

    /// What the lead filled in; empty for other events.
    #[getter]
    fn form<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.0.form(py)
    }

    /// The bytes that were received.
    #[getter]
    fn raw(&self) -> &Py<PyBytes> {
        self.0.raw()
    }

    /// SHA-256 of the body, as 64 hexadecimal digits. Computed on first use.
    #[getter]
    fn delivery_key(&self) -> String {
        self.0.delivery_key()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        self.0.describe(py, "UnverifiedEvent")
    }
}

impl UnverifiedEvent {
    fn subject<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.0.subject() == Some(name) { self.0.field(py, name).map(Some) } else { Ok(None) }
    }
}
