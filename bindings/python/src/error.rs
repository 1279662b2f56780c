//! Core's error as the exceptions of `chatislav_webhooks.errors`.

use chatislav_webhooks::{Error, ErrorKind};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The exception for an error of core's.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    match exception(py, error.kind(), &error.to_string(), error.hint(), error.path()) {
        Ok(exception) => PyErr::from_value(exception),
        Err(broken) => broken,
    }
}

/// The exception for a code, with a closer hint and the place in the payload where there is one.
///
/// # Errors
/// `ValueError` for a code that does not exist.
pub(crate) fn by_code<'py>(
    py: Python<'py>,
    code: &str,
    hint: Option<&str>,
    path: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let kind = ErrorKind::ALL.into_iter().find(|kind| kind.code() == code);
    let kind = kind.ok_or_else(|| PyValueError::new_err("there is no such code"))?;
    let mut error = Error::new(kind);
    if let Some(path) = path {
        error = error.with_path(path);
    }
    exception(py, kind, &error.to_string(), hint.unwrap_or(error.hint()), path)
}

fn exception<'py>(
    py: Python<'py>,
    kind: ErrorKind,
    message: &str,
    hint: &str,
    path: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "chatislav_webhooks.errors", "_make")?;
    make.call1((kind.code(), kind.http_status(), message, hint, path))
}
