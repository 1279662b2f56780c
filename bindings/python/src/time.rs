//! Instants and ages, between Python and core.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::{Error, ErrorKind};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDelta, PyTzInfo};

use crate::error::raise;

/// An aware `datetime`, or seconds since 1970.
///
/// # Errors
/// `schema_mismatch` at `now`, a 500: it is the caller's mistake, and the event shall come again. A
/// naive `datetime` is one of two times, so it is none.
pub(crate) fn instant(now: &Bound<'_, PyAny>) -> PyResult<SystemTime> {
    let unreadable = || {
        let error = Error::new(ErrorKind::SchemaMismatch).with_path("now");
        raise(now.py(), &error.with_hint("now is an aware datetime or seconds since 1970"))
    };
    let is_aware = |now: &Bound<'_, PyAny>| now.call_method0("utcoffset").is_ok_and(|offset| !offset.is_none());
    let seconds: f64 = match now.cast::<PyDateTime>() {
        Ok(now) if !is_aware(now) => return Err(unreadable()),
        Ok(now) => now.call_method0("timestamp").and_then(|seconds| seconds.extract()),
        Err(_) => now.extract(),
    }
    .map_err(|_| unreadable())?;
    let distance = Duration::try_from_secs_f64(seconds.abs()).map_err(|_| unreadable())?;
    let instant = if seconds < 0.0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    instant.ok_or_else(unreadable)
}

/// An instant as an aware `datetime` in UTC, to the microsecond; `None` for one that `datetime`
/// cannot hold, such as in the year 0.
pub(crate) fn datetime(py: Python<'_>, instant: SystemTime) -> Option<Bound<'_, PyAny>> {
    const DAY: u64 = 86_400;
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?.to_owned();
        PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    });
    let (distance, step) = match instant.duration_since(UNIX_EPOCH) {
        Ok(after) => (after, intern!(py, "__add__")),
        Err(before) => (before.duration(), intern!(py, "__sub__")),
    };
    let days = i32::try_from(distance.as_secs() / DAY).ok()?;
    let seconds = i32::try_from(distance.as_secs() % DAY).ok()?;
    let delta = PyDelta::new(py, days, seconds, i32::try_from(distance.subsec_micros()).ok()?, false).ok()?;
    epoch.ok()?.bind(py).call_method1(step, (delta,)).ok()
}

/// A `timedelta`, or seconds.
///
/// # Errors
/// `ValueError` for what is neither, or is negative.
pub(crate) fn max_age(age: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let invalid = || PyValueError::new_err("max_age is a number of seconds or a timedelta, 0 or more");
    if let Ok(age) = age.extract::<Duration>() {
        return Ok(age);
    }
    let seconds: f64 = age.extract().map_err(|_| invalid())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}
