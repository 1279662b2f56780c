//! The raw bytes of a request body, out of whatever Python holds them in.

use chatislav_webhooks::{Error, ErrorKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMemoryView, PyString};

use crate::error::raise;

/// From this size on the GIL is released while a body is hashed.
///
/// Beside a busy thread each release waits for the interpreter's switch interval, 5 ms, while
/// SHA-256 of 1 MiB holds the GIL for a tenth of that: below, a release only costs.
const DETACH_FROM: usize = 1024 * 1024;

macro_rules! per_framework {
    ($start:literal) => {
        concat!(
            $start,
            "; hand in the bytes as they arrived: `await request.body()` in FastAPI and Starlette, ",
            "`request.get_data()` in Flask, `request.body` in Django, `await request.read()` in aiohttp, ",
            "`base64.b64decode(event[\"body\"])` in AWS Lambda if `isBase64Encoded`, else ",
            "`event[\"body\"].encode()`; or use the adapter of your framework"
        )
    };
}

const NOTHING: &str = per_framework!("nothing was handed in");
const TEXT: &str = per_framework!("text was handed in, and bytes that were decoded once may not come back the same");
const PARSED: &str = per_framework!("a parsed object was handed in, and JSON written anew is not what was signed");
const NOT_AWAITED: &str = per_framework!("a coroutine was handed in: write `await` before it");
const NOT_CALLED: &str = per_framework!("a function was handed in: call it");
const STREAM: &str = per_framework!("a stream was handed in: read it");
const UNREADABLE: &str = per_framework!("a buffer was handed in that cannot be read any more");
const SOMETHING: &str = per_framework!("something that is not bytes was handed in");

/// The body as bytes that nobody can change: the very object if it is `bytes`, else a copy.
///
/// # Errors
/// `body_too_large` before anything is copied; `body_not_raw` for what is not bytes.
pub(crate) fn raw<'py>(body: &Bound<'py, PyAny>, max_body: usize) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    let py = body.py();
    let not_raw = |hint| raise(py, &Error::new(ErrorKind::BodyNotRaw).with_hint(hint));
    let view = PyMemoryView::from(body).map_err(|_| not_raw(hint(body)))?;
    let size: usize =
        view.getattr(intern!(py, "nbytes")).and_then(|size| size.extract()).map_err(|_| not_raw(UNREADABLE))?;
    if size > max_body {
        return Err(raise(py, &Error::new(ErrorKind::BodyTooLarge)));
    }
    // `bytes(view)` copies any buffer, contiguous or not, in one go.
    let copy = py.get_type::<PyBytes>().call1((view,)).map_err(|_| not_raw(UNREADABLE))?;
    copy.cast_into().map_err(|_| not_raw(UNREADABLE))
}

/// Works on the bytes, without the GIL if they are many.
pub(crate) fn work<T: Send>(bytes: &Bound<'_, PyBytes>, work: impl FnOnce(&[u8]) -> T + Send) -> T {
    let raw = bytes.as_bytes();
    if raw.len() < DETACH_FROM { work(raw) } else { bytes.py().detach(|| work(raw)) }
}

fn hint(body: &Bound<'_, PyAny>) -> &'static str {
    let py = body.py();
    let has = |name: &Bound<'_, PyString>| body.hasattr(name).unwrap_or(false);
    if body.is_none() {
        NOTHING
    } else if body.is_instance_of::<PyString>() {
        TEXT
    } else if body.is_instance_of::<PyDict>() || body.is_instance_of::<PyList>() {
        PARSED
    } else if has(intern!(py, "__await__")) {
        NOT_AWAITED
    } else if body.is_callable() {
        NOT_CALLED
    } else if body.is_instance_of::<PyMemoryView>() || (has(intern!(py, "closed")) && has(intern!(py, "__len__"))) {
        UNREADABLE
    } else if has(intern!(py, "read")) {
        STREAM
    } else {
        SOMETHING
    }
}
