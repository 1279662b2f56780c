//! Python values of a payload's pieces, straight from its bytes.

use std::borrow::Cow;

use chatislav_webhooks::{Error, ErrorKind, Json, Token, Tokens};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use crate::error::raise;

/// Plain Python values: integers of any length, `1.0` a float, of a repeated key the last.
///
/// # Errors
/// `payload_invalid`, should a piece ever end before its end, which core's verdict excludes.
pub(crate) fn build<'py>(py: Python<'py>, json: Json<'_>) -> PyResult<Bound<'py, PyAny>> {
    Builder { py, tokens: json.tokens(), names: Repeats::new(), words: Repeats::new() }.value()
}

struct Builder<'a, 'py> {
    py: Python<'py>,
    tokens: Tokens<'a>,
    names: Repeats<'a, 'py>,
    /// Short texts, such as the `role` of a message.
    words: Repeats<'a, 'py>,
}

impl<'a, 'py> Builder<'a, 'py> {
    /// The recursion is as deep as core lets a payload be: 128 levels.
    fn value(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match self.next()? {
            Token::Object => {
                let object = PyDict::new(py);
                while let Token::Text(name) = self.next()? {
                    let name = self.names.get(py, name);
                    object.set_item(name, self.value()?)?;
                }
                object.into_any()
            }
            Token::Array => {
                let array = PyList::empty(py);
                while !self.tokens.at_end() {
                    array.append(self.value()?)?;
                }
                self.next()?;
                array.into_any()
            }
            Token::Text(text) => self.words.get(py, text).into_any(),
            Token::Number(number) => self.number(number)?,
            Token::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
            Token::Null | Token::End => py.None().into_bound(py),
        })
    }

    fn number(&self, number: &str) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if let Ok(short) = number.parse::<i64>() {
            return Ok(short.into_pyobject(py)?.into_any());
        }
        if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return integer(py, number);
        }
        // As Python does: the nearest double, or an infinity.
        let nearest = number.parse().map_err(|_| self.broken())?;
        Ok(PyFloat::new(py, nearest).into_any())
    }

    #[inline(always)]
    fn next(&mut self) -> PyResult<Token<'a>> {
        match self.tokens.next() {
            Some(token) => Ok(token),
            None => Err(self.broken()),
        }
    }

    #[cold]
    fn broken(&self) -> PyErr {
        raise(self.py, &Error::new(ErrorKind::PayloadInvalid))
    }
}

/// An integer of any length, in pieces that Python reads whatever limit is set: `int(text)` is
/// refused beyond `sys.set_int_max_str_digits`, which is 640 or more.
fn integer<'py>(py: Python<'py>, number: &str) -> PyResult<Bound<'py, PyAny>> {
    const READABLE: usize = 640;
    let read = |digits: &str| py.get_type::<PyInt>().call1((digits,));
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    match digits.len().checked_sub(READABLE).and_then(|first| digits.split_at_checked(first)) {
        None | Some(("", _)) => read(number),
        Some((high, low)) => {
            let shift = 10_i32.into_pyobject(py)?.into_any().pow(READABLE, py.None())?;
            let number = integer(py, high)?.mul(shift)?.add(read(low)?)?;
            if sign.is_empty() { Ok(number) } else { number.neg() }
        }
    }
}

/// The Python strings of texts that come again and again within one payload: a message repeats
/// the names and roles of the one before. A collision forgets, so it costs time and nothing else.
struct Repeats<'a, 'py>([Option<(&'a str, Bound<'py, PyString>)>; Repeats::PLACES]);

impl<'a, 'py> Repeats<'a, 'py> {
    fn new() -> Self {
        Repeats([const { None }; Repeats::PLACES])
    }

    fn get(&mut self, py: Python<'py>, text: Cow<'a, str>) -> Bound<'py, PyString> {
        let text = match text {
            Cow::Borrowed(text) if text.len() <= Repeats::LONGEST => text,
            long => return PyString::new(py, &long),
        };
        let [first, last] =
            [text.as_bytes().first(), text.as_bytes().last()].map(|end| usize::from(*end.unwrap_or(&0)));
        let place = self.0.get_mut((text.len() * 7 + first * 5 + last) % Repeats::PLACES);
        match place {
            Some(Some((known, object))) if *known == text => object.clone(),
            place => {
                let object = PyString::new(py, text);
                if let Some(place) = place {
                    *place = Some((text, object.clone()));
                }
                object
            }
        }
    }
}

impl Repeats<'_, '_> {
    const PLACES: usize = 64;
    const LONGEST: usize = 24;
}
