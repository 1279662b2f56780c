//! Why a signature does not fit, for development.

use chatislav_webhooks as core;
use chatislav_webhooks::explain::Difference;
use pyo3::prelude::*;

/// What makes the signature of a request fit. For development: it shows a few bytes of the body.
#[pyclass(frozen, module = "chatislav_webhooks")]
pub(crate) struct Explanation(core::explain::Explanation);

impl Explanation {
    pub(crate) fn of(webhook: &core::Webhook, body: &[u8], fields: &[crate::headers::Field<'_>]) -> Self {
        Explanation(webhook.explain(body, fields))
    }

    fn place<'a, T>(&'a self, of: impl FnOnce(&'a Difference) -> T) -> Option<T> {
        self.0.difference().map(of)
    }
}

#[pymethods]
impl Explanation {
    /// Whether something makes the signature fit.
    #[getter]
    fn found(&self) -> bool {
        self.0.is_found()
    }

    /// The changes that make it fit, such as `json_python` or `json_python+secret_trimmed`; `none` if it
    /// fits as it is; None if nothing was found.
    #[getter]
    fn change(&self) -> Option<String> {
        self.0.change()
    }

    /// The same as a list of codes.
    #[getter]
    fn changes(&self) -> Vec<&'static str> {
        self.0.changes().to_vec()
    }

    /// Which secret it is, or was made of, counted from 0, newest first.
    #[getter]
    fn secret_index(&self) -> Option<usize> {
        self.0.secret_index()
    }

    /// What was found out, in a sentence.
    #[getter]
    fn message(&self) -> &str {
        self.0.message()
    }

    /// The line to change, for the frameworks in which the mistake is typical.
    #[getter]
    fn fix(&self) -> String {
        self.0.fix()
    }

    /// The first byte in which the body at hand is not the one that was signed, counted from 0.
    #[getter]
    fn offset(&self) -> Option<usize> {
        self.place(Difference::offset)
    }

    /// Its line, counted from 1.
    #[getter]
    fn line(&self) -> Option<usize> {
        self.place(Difference::line)
    }

    /// Its place in the line in characters, counted from 1.
    #[getter]
    fn column(&self) -> Option<usize> {
        self.place(Difference::column)
    }

    /// A few bytes around it in the body at hand, as printable ASCII.
    #[getter]
    fn at_hand(&self) -> Option<&str> {
        self.place(Difference::at_hand)
    }

    /// A few bytes around it in what was signed, as printable ASCII.
    #[getter]
    fn signed(&self) -> Option<&str> {
        self.place(Difference::signed)
    }

    /// What else was seen, if nothing was found. It proves nothing.
    #[getter]
    fn observations(&self) -> Vec<&str> {
        self.0.observations().iter().map(|seen| seen.message()).collect()
    }

    /// How many combinations of body, secret and digest were compared.
    #[getter]
    fn tried(&self) -> u64 {
        self.0.tried()
    }

    /// Whether everything was tried before the limit of work was reached.
    #[getter]
    fn complete(&self) -> bool {
        self.0.is_complete()
    }

    fn __str__(&self) -> String {
        format!("{}\nfix: {}", self.0, self.0.fix())
    }

    /// Without the bytes of the body, since it ends up in logs.
    fn __repr__(&self) -> String {
        match self.0.change() {
            Some(change) => format!("<Explanation {change}>"),
            None => "<Explanation, nothing found>".into(),
        }
    }
}
