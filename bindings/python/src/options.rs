//! Options as Python writes them: sizes and headers.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A number of bytes.
///
/// # Errors
/// `ValueError` for anything else.
pub(crate) fn max_body(size: &Bound<'_, PyAny>) -> PyResult<usize> {
    size.extract().map_err(|_| PyValueError::new_err("max_body is a number of bytes, 0 or more"))
}

/// A name and a value as a pair.
///
/// # Errors
/// `ValueError` for anything else.
pub(crate) fn header(pair: &Bound<'_, PyAny>) -> PyResult<(String, Vec<u8>)> {
    let invalid = || PyValueError::new_err("required_header is a pair of a name and a value");
    let (name, value): (String, Bound<'_, PyAny>) = pair.extract().map_err(|_| invalid())?;
    let value = if let Ok(text) = value.extract::<String>() {
        text.into_bytes()
    } else {
        value.extract::<Vec<u8>>().map_err(|_| invalid())?
    };
    Ok((name, value))
}
