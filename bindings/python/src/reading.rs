//! What an event says, verified or not, as Python values made on first use.

use std::borrow::Cow;

use chatislav_webhooks as core;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::{time, value};

/// An event of core's, and the Python values made of it so far.
pub(crate) struct Reading {
    event: Kind,
    raw: Py<PyBytes>,
    payload: PyOnceLock<Py<PyAny>>,
    form: PyOnceLock<Py<PyDict>>,
}

enum Kind {
    Verified(core::Event),
    Unverified(core::UnverifiedEvent),
}

/// Asks whichever it is: no trait of core's joins the two, so that none can be taken for the other.
macro_rules! ask {
    ($reading:expr, $event:ident => $answer:expr) => {
        match &$reading.event {
            Kind::Verified($event) => $answer,
            Kind::Unverified($event) => $answer,
        }
    };
}

impl Reading {
    pub(crate) fn verified(event: core::Event, raw: Bound<'_, PyBytes>) -> Self {
        Reading::new(Kind::Verified(event), raw)
    }

    pub(crate) fn unverified(event: core::UnverifiedEvent, raw: Bound<'_, PyBytes>) -> Self {
        Reading::new(Kind::Unverified(event), raw)
    }

    fn new(event: Kind, raw: Bound<'_, PyBytes>) -> Self {
        Reading { event, raw: raw.unbind(), payload: PyOnceLock::new(), form: PyOnceLock::new() }
    }

    pub(crate) fn event(&self) -> &str {
        ask!(self, event => event.event())
    }

    pub(crate) fn timestamp(&self) -> Option<Cow<'_, str>> {
        ask!(self, event => event.timestamp())
    }

    pub(crate) fn sent_at<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        time::datetime(py, ask!(self, event => event.sent_at())?)
    }

    pub(crate) fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let payload = self
            .payload
            .get_or_try_init(py, || ask!(self, event => value::build(py, event.payload())).map(Bound::unbind))?;
        Ok(payload.bind(py).clone())
    }

    /// A field of the payload, the very object that stands there.
    pub(crate) fn field<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.payload(py)?.get_item(name)
    }

    pub(crate) fn messages<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if ask!(self, event => event.messages()).is_none() {
            return Ok(None);
        }
        self.field(py, "messages").map(Some)
    }

    /// The name of the field that holds what the event is about, where it is known.
    pub(crate) fn subject(&self) -> Option<&'static str> {
        match &self.event {
            Kind::Verified(core::Event::ConversationSummary(_)) => Some("summary"),
            Kind::Verified(core::Event::LeadCollection(_)) => Some("data"),
            Kind::Verified(core::Event::Unknown(_)) => None,
            Kind::Unverified(event) if event.summary().is_some() => Some("summary"),
            Kind::Unverified(event) => event.data().map(|_| "data"),
        }
    }

    pub(crate) fn form<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let form = self.form.get_or_try_init(py, || {
            let form = PyDict::new(py);
            let add = |(field, value): (Cow<'_, str>, core::Json<'_>)| form.set_item(field, value::build(py, value)?);
            match &self.event {
                Kind::Verified(core::Event::LeadCollection(lead)) => lead.form_fields().try_for_each(add)?,
                Kind::Verified(_) => {}
                Kind::Unverified(event) => event.form_fields().try_for_each(add)?,
            }
            Ok::<_, PyErr>(form.unbind())
        })?;
        Ok(form.bind(py).clone())
    }

    pub(crate) fn raw(&self) -> &Py<PyBytes> {
        &self.raw
    }

    pub(crate) fn delivery_key(&self) -> String {
        ask!(self, event => event.delivery_key()).to_string()
    }

    pub(crate) fn secret_index(&self) -> Option<usize> {
        match &self.event {
            Kind::Verified(event) => Some(event.secret_index()),
            Kind::Unverified(_) => None,
        }
    }

    /// For `repr`: how many bytes, and none of them.
    pub(crate) fn describe(&self, py: Python<'_>, class: &str) -> String {
        format!("<{class}, {} bytes>", self.raw.bind(py).as_bytes().len())
    }
}
