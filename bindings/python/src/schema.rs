//! The user's own models, validated by pydantic in `chatislav_webhooks._schema`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::reading::Reading;

/// The types that a caller of `verify` wants the parts of an event to have.
#[derive(Default)]
pub(crate) struct Schema<'a, 'py> {
    pub(crate) summary: Option<&'a Bound<'py, PyAny>>,
    pub(crate) data: Option<&'a Bound<'py, PyAny>>,
    pub(crate) form: Option<&'a Bound<'py, PyAny>>,
    pub(crate) message: Option<&'a Bound<'py, PyAny>>,
}

/// The parts of an event as the caller's own types; `None` where no type was given.
#[derive(Default)]
pub(crate) struct Models {
    subject: Option<Py<PyAny>>,
    form: Option<Py<PyAny>>,
    messages: Option<Py<PyAny>>,
}

impl Schema<'_, '_> {
    /// Validates what the event has and a type was given for.
    ///
    /// # Errors
    /// `schema_mismatch` with the path.
    pub(crate) fn apply(&self, py: Python<'_>, reading: &Reading) -> PyResult<Models> {
        let mut models = Models::default();
        let subject = reading.subject();
        match subject {
            Some(name @ "summary") => models.subject = one(self.summary, || reading.field(py, name), name)?,
            Some(name @ "data") => {
                models.subject = one(self.data, || reading.field(py, name), name)?;
                models.form = one(self.form, || reading.form(py).map(Bound::into_any), "form")?;
            }
            _ => {}
        }
        if let (Some(model), Some(messages)) = (self.message, reading.messages(py)?) {
            models.messages = Some(validate("validate_items", model, &messages, "messages")?);
        }
        Ok(models)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.summary.is_none() && self.data.is_none() && self.form.is_none() && self.message.is_none()
    }
}

impl Models {
    pub(crate) fn subject<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.subject.as_ref().map(|model| model.bind(py).clone())
    }

    pub(crate) fn form<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.form.as_ref().map(|model| model.bind(py).clone())
    }

    pub(crate) fn messages<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.messages.as_ref().map(|models| models.bind(py).clone())
    }
}

fn one<'py>(
    model: Option<&Bound<'py, PyAny>>,
    value: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    path: &str,
) -> PyResult<Option<Py<PyAny>>> {
    model.map(|model| validate("validate", model, &value()?, path)).transpose()
}

fn validate(how: &str, model: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, path: &str) -> PyResult<Py<PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let py = model.py();
    let module = MODULE.get_or_try_init(py, || py.import("chatislav_webhooks._schema").map(Bound::unbind))?;
    module.bind(py).call_method1(how, (model, value, path)).map(Bound::unbind)
}
