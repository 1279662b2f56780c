//! The native half of `chatislav_webhooks`: converts, calls core, converts back.

mod body;
mod error;
mod event;
mod explanation;
mod headers;
mod options;
mod reading;
mod schema;
mod secrets;
mod time;
mod unsigned;
mod value;
mod webhook;

/// The native half of `chatislav_webhooks`. Import from there, not from here.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    use chatislav_webhooks::sample::{JsonStyle, Sample};
    use chatislav_webhooks::{ALLOW, DEFAULT_MAX_BODY, ErrorKind, SIGNATURE_HEADER, accepts_method};
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use crate::event::{ConversationSummary, Event, LeadCollection, UnknownEvent};
    #[pymodule_export]
    use crate::explanation::Explanation;
    #[pymodule_export]
    use crate::unsigned::{Unsigned, UnverifiedEvent};
    #[pymodule_export]
    use crate::webhook::Webhook;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ALLOW", ALLOW)?;
        module.add("DEFAULT_MAX_BODY", DEFAULT_MAX_BODY)?;
        module.add("SIGNATURE_HEADER", SIGNATURE_HEADER)?;
        module.add("ERROR_CODES", ErrorKind::ALL.map(ErrorKind::code).to_vec())
    }

    /// The error for one of the codes, for those who refuse on the library's behalf.
    #[pyfunction]
    #[pyo3(signature = (code, *, hint=None, path=None))]
    fn error<'py>(py: Python<'py>, code: &str, hint: Option<&str>, path: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        crate::error::by_code(py, code, hint, path)
    }

    /// Whether Chatislav sends with this method.
    #[pyfunction]
    #[pyo3(name = "accepts_method")]
    fn is_accepted(method: &str) -> bool {
        accepts_method(method)
    }

    /// A sample event as the sender would write it.
    #[pyfunction]
    #[pyo3(signature = (event, *, now, entropy))]
    fn sample<'py>(
        py: Python<'py>,
        event: &str,
        now: &Bound<'py, PyAny>,
        entropy: u64,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let now = crate::time::instant(now)?;
        let sample = Sample::of(event, now, entropy);
        Ok(sample.map(|sample| PyBytes::new(py, &sample.to_body(JsonStyle::Python))))
    }
}
