//! Request headers out of every shape that Python's frameworks have.

use std::cell::RefCell;

use chatislav_webhooks::{Error, ErrorKind, HeaderField};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::error::raise;

const UNREADABLE: &str = "headers is what the framework has, such as `request.headers`: a mapping, a list of pairs, \
                          an ASGI list of bytes or a WSGI environ";

/// More than any server lets through, so that an iterator without end has one.
const MAX_FIELDS: usize = 10_000;

/// One value of the header that was asked for.
pub(crate) struct Field<'a> {
    name: &'a str,
    value: Vec<u8>,
}

impl HeaderField for &Field<'_> {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    fn value(&self) -> &[u8] {
        &self.value
    }
}

/// The fields with this name; a list-valued entry is a list of values.
///
/// Only what is asked for is copied: most requests have ten headers and one that matters.
///
/// # Errors
/// `signature_missing` for what is no headers at all.
pub(crate) fn named<'a>(headers: &Bound<'_, PyAny>, wanted: &'a str) -> PyResult<Vec<Field<'a>>> {
    let mut fields = Vec::new();
    collect(headers, wanted, &mut fields).map_err(|error| {
        // What an object's own code raises is not ours to pass on, but an interrupt is.
        if error.is_instance_of::<PyException>(headers.py()) {
            raise(headers.py(), &Error::new(ErrorKind::SignatureMissing).with_hint(UNREADABLE))
        } else {
            error
        }
    })?;
    Ok(fields)
}

fn collect<'a>(headers: &Bound<'_, PyAny>, wanted: &'a str, fields: &mut Vec<Field<'a>>) -> PyResult<()> {
    let py = headers.py();
    if let Ok(dict) = headers.cast_exact::<PyDict>() {
        let fields = RefCell::new(fields);
        return dict.locked_for_each(|name, value| {
            fields.borrow_mut().extend(matching(&name, &value, wanted));
            Ok(())
        });
    }
    if headers.is_none() {
        return Ok(());
    }
    let pairs = match headers.getattr_opt(intern!(py, "items"))? {
        // Multidicts, `email` messages and Starlette's headers give each repeat here.
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    for (count, pair) in pairs.try_iter()?.enumerate() {
        let pair = pair?;
        if count == MAX_FIELDS || pair.len()? != 2 {
            return Err(PyValueError::new_err("no headers"));
        }
        fields.extend(matching(&pair.get_item(0)?, &pair.get_item(1)?, wanted));
    }
    Ok(())
}

fn matching<'a>(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, wanted: &'a str) -> Vec<Field<'a>> {
    if !is_named(name, wanted) {
        return Vec::new();
    }
    values(value).into_iter().map(|value| Field { name: wanted, value }).collect()
}

/// Names are compared as HTTP does, and a WSGI environ's as CGI writes them: `HTTP_X_NAME`.
fn is_named(name: &Bound<'_, PyAny>, wanted: &str) -> bool {
    if let Ok(name) = name.cast::<PyString>() {
        return name.to_str().is_ok_and(|name| name.eq_ignore_ascii_case(wanted) || is_cgi(name, wanted));
    }
    name.cast::<PyBytes>().is_ok_and(|name| name.as_bytes().eq_ignore_ascii_case(wanted.as_bytes()))
}

fn is_cgi(name: &str, wanted: &str) -> bool {
    name.strip_prefix("HTTP_").is_some_and(|name| {
        name.len() == wanted.len()
            && name.bytes().zip(wanted.bytes()).all(|(cgi, http)| {
                cgi == match http {
                    b'-' => b'_',
                    letter => letter.to_ascii_uppercase(),
                }
            })
    })
}

/// The values of an entry: those of a list, or the one.
fn values(entry: &Bound<'_, PyAny>) -> Vec<Vec<u8>> {
    if let Ok(list) = entry.cast::<PyList>() {
        list.iter().map(|value| bytes(&value)).collect()
    } else if let Ok(tuple) = entry.cast::<PyTuple>() {
        tuple.iter().map(|value| bytes(&value)).collect()
    } else {
        vec![bytes(entry)]
    }
}

/// The bytes of a value. What is neither text nor bytes becomes a value that no signature is.
fn bytes(value: &Bound<'_, PyAny>) -> Vec<u8> {
    if let Ok(text) = value.cast::<PyString>() {
        text.to_string_lossy().into_owned().into_bytes()
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        bytes.as_bytes().to_vec()
    } else if value.is_none() {
        Vec::new()
    } else {
        vec![0xFF]
    }
}

/// Works on a signature handed in by itself: a value, or a list of them, joined as HTTP joins
/// repeats. A text is borrowed, since this is the way that is measured.
pub(crate) fn with_signature<T>(signature: &Bound<'_, PyAny>, work: impl FnOnce(&[u8]) -> T) -> T {
    match signature.cast::<PyString>().ok().and_then(|text| text.to_str().ok()) {
        Some(text) => work(text.as_bytes()),
        None => work(&values(signature).join(&b',')),
    }
}
