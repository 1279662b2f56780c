//! The classes of verified events. Only `Webhook.verify` makes one.

use std::borrow::Cow;

use chatislav_webhooks as core;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use crate::reading::Reading;
use crate::schema::Models;

/// A webhook whose signature was verified. Only `Webhook.verify` makes one.
///
/// It is one of `ConversationSummary`, `LeadCollection` and `UnknownEvent`.
#[pyclass(frozen, subclass, module = "chatislav_webhooks")]
pub(crate) struct Event {
    reading: Reading,
    models: Models,
}

#[pymethods]
impl Event {
    /// The name of the event, such as `lead_collection`.
    #[getter]
    fn event(&self) -> &str {
        self.reading.event()
    }

    /// The `timestamp` as it came, if it is text.
    #[getter]
    fn timestamp(&self) -> Option<Cow<'_, str>> {
        self.reading.timestamp()
    }

    /// The `timestamp` as an aware datetime; without a zone it is UTC. None if unreadable.
    #[getter]
    fn sent_at<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.reading.sent_at(py)
    }

    /// The list `messages`, which Chatislav sends when available; else None.
    #[getter]
    fn messages<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.models.messages(py) {
            Some(messages) => Ok(Some(messages)),
            None => self.reading.messages(py),
        }
    }

    /// The whole object as it came, as plain Python values.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.reading.payload(py)
    }

    /// The bytes that were received.
    #[getter]
    fn raw(&self) -> &Py<PyBytes> {
        self.reading.raw()
    }

    /// The same for each retry of a delivery, so the key by which to drop duplicates:
    /// SHA-256 of the body, as 64 hexadecimal digits. Computed on first use.
    #[getter]
    fn delivery_key(&self) -> String {
        self.reading.delivery_key()
    }

    /// Which of the secrets signed this, counted from 0, newest first. Once no event has the old
    /// secret's index any more, a rotation is over.
    #[getter]
    fn secret_index(&self) -> Option<usize> {
        self.reading.secret_index()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(slf.get().reading.describe(slf.py(), &slf.get_type().name()?.to_cow()?))
    }

    /// So that annotations can say `ConversationSummary[MySummary]`.
    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        class.py().import("types")?.getattr("GenericAlias")?.call1((class, item))
    }
}

/// A verified `conversation_summary`: a summary of a conversation was generated.
#[pyclass(frozen, extends = Event, module = "chatislav_webhooks")]
pub(crate) struct ConversationSummary;

#[pymethods]
impl ConversationSummary {
    /// The object `summary`: a dict, or the model handed to `verify` as `summary_type`.
    #[getter]
    fn summary<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        subject(slf.as_super())
    }
}

/// A verified `lead_collection`: a lead was submitted through a lead form.
#[pyclass(frozen, extends = Event, module = "chatislav_webhooks")]
pub(crate) struct LeadCollection;

#[pymethods]
impl LeadCollection {
    /// The object `data`: a dict, or the model handed to `verify` as `data_type`.
    #[getter]
    fn data<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        subject(slf.as_super())
    }

    /// What the lead filled in, from `data.form_data`: a dict of field to value, or the model
    /// handed to `verify` as `form_type`. Of a repeated field the last value counts.
    #[getter]
    fn form<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let event = slf.as_super().get();
        match event.models.form(slf.py()) {
            Some(form) => Ok(form),
            None => event.reading.form(slf.py()).map(Bound::into_any),
        }
    }
}

/// A verified event of a kind that this version does not know: answer 2xx and ignore it.
#[pyclass(frozen, extends = Event, module = "chatislav_webhooks")]
pub(crate) struct UnknownEvent;

fn subject<'py>(event: &Bound<'py, Event>) -> PyResult<Bound<'py, PyAny>> {
    let py = event.py();
    let event = event.get();
    match event.models.subject(py) {
        Some(subject) => Ok(subject),
        None => event.reading.field(py, event.reading.subject().unwrap_or_default()),
    }
}

/// The Python object for an event of core's.
pub(crate) fn new<'py>(
    py: Python<'py>,
    event: core::Event,
    raw: Bound<'py, PyBytes>,
    schema: impl FnOnce(&Reading) -> PyResult<Models>,
) -> PyResult<Bound<'py, PyAny>> {
    enum Kind {
        Summary,
        Lead,
        Unknown,
    }
    let kind = match &event {
        core::Event::ConversationSummary(_) => Kind::Summary,
        core::Event::LeadCollection(_) => Kind::Lead,
        core::Event::Unknown(_) => Kind::Unknown,
    };
    let reading = Reading::verified(event, raw);
    let models = schema(&reading)?;
    let base = PyClassInitializer::from(Event { reading, models });
    Ok(match kind {
        Kind::Summary => Bound::new(py, base.add_subclass(ConversationSummary))?.into_any(),
        Kind::Lead => Bound::new(py, base.add_subclass(LeadCollection))?.into_any(),
        Kind::Unknown => Bound::new(py, base.add_subclass(UnknownEvent))?.into_any(),
    })
}
