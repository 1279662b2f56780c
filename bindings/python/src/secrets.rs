//! Secrets out of text, bytes, lists of them, and the environment.

use std::ffi::CString;

use chatislav_webhooks::{Error, ErrorKind, Secret};
use pyo3::exceptions::PyUserWarning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::error::raise;

const VARIABLE: &str = "CHATISLAV_WEBHOOK_SECRET";
const OLD_VARIABLE: &str = "CHATISLAV_WEBHOOK_SECRET_OLD";
const HOW: &str = "hand in the secret as str or bytes, or a list of them, newest first";

/// One secret or a list of them, newest first; warns of what looks like a mistake of copying.
///
/// # Errors
/// `secret_missing` for nothing and for what is neither text nor bytes; `secret_blank`.
pub(crate) fn read(secrets: &Bound<'_, PyAny>) -> PyResult<Vec<Secret>> {
    if let Ok(list) = secrets.cast::<PyList>() {
        list.iter().map(|secret| one(&secret)).collect()
    } else if let Ok(list) = secrets.cast::<PyTuple>() {
        list.iter().map(|secret| one(&secret)).collect()
    } else {
        one(secrets).map(|secret| vec![secret])
    }
}

/// The secrets of the environment: the newest, and during a rotation the old one.
///
/// # Errors
/// `secret_missing` if the first variable is not set; `secret_blank`.
pub(crate) fn from_env(py: Python<'_>) -> PyResult<Vec<Secret>> {
    let os = py.import(intern!(py, "os"))?;
    let environ = os.getattr(intern!(py, "environ"))?;
    let variable = |name: &str| -> PyResult<Option<Secret>> {
        let value = environ.call_method1(intern!(py, "get"), (name,))?;
        if value.is_none() { Ok(None) } else { one(&value).map(Some) }
    };
    let newest = variable(VARIABLE)?.ok_or_else(|| raise(py, &Error::new(ErrorKind::SecretMissing)))?;
    Ok([Some(newest), variable(OLD_VARIABLE)?].into_iter().flatten().collect())
}

fn one(secret: &Bound<'_, PyAny>) -> PyResult<Secret> {
    let py = secret.py();
    let unusable = || raise(py, &Error::new(ErrorKind::SecretMissing).with_hint(HOW));
    let made = if let Ok(bytes) = secret.cast::<PyBytes>() {
        Secret::new(bytes.as_bytes())
    } else if let Ok(text) = secret.cast::<PyString>() {
        match text.to_str() {
            Ok(text) => Secret::new(text),
            // The environment's bytes that are not UTF-8 stand in text as lone surrogates.
            Err(_) => {
                let bytes = text.call_method1(intern!(py, "encode"), ("utf-8", "surrogateescape"));
                let bytes = bytes.map_err(|_| unusable())?.cast_into::<PyBytes>().map_err(|_| unusable())?;
                Secret::new(bytes.as_bytes())
            }
        }
    } else {
        return Err(unusable());
    };
    let secret = made.map_err(|error| raise(py, &error))?;
    if let Some(suspicion) = secret.suspicion() {
        let warning = format!("webhook secret {}: {suspicion}; it is used as it is", secret.fingerprint());
        PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(warning)?, 1)?;
    }
    Ok(secret)
}
