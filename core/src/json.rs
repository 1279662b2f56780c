//! The verdict on JSON, decided in one pass before any parser makes values.
//!
//! Parsers differ over lone surrogates, `1e400`, depth and repeated keys, even within one
//! library, so the verdict is made here and is the same in every language.

mod scanner;
mod token;

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use self::scanner::Scanner;
pub use self::token::{Token, Tokens};
use crate::error::{Error, ErrorKind};

/// A piece of the payload, exactly as it came: valid JSON, any order, any number, nothing lost.
///
/// `Debug` shows only its length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Json<'a> {
    // Invariant: a complete JSON value that the scanner has accepted, with no blanks around it.
    text: &'a str,
}

impl<'a> Json<'a> {
    /// Judges a whole text.
    ///
    /// # Errors
    /// `payload_not_json`, `payload_too_deep`, or `payload_invalid` for a number over 1,000
    /// characters; the path is `byte N`, counted from 0.
    pub fn check(text: &'a str) -> Result<Self, Error> {
        Json::check_fields(text, |_, _| {})
    }

    /// Judges a whole text and, if it is an object, tells of each of its fields on the way.
    ///
    /// # Errors
    /// As for [`Json::check`]; what was told before is then worth nothing.
    pub(crate) fn check_fields(text: &'a str, mut tell: impl FnMut(Json<'a>, Json<'a>)) -> Result<Self, Error> {
        let mut scanner = Scanner::starting_at(text, 0);
        let piece = |start, end| Json { text: text.get(start..end).unwrap_or_default() };
        scanner.blanks();
        let start = scanner.at;
        if scanner.peek() == Some(b'{') {
            scanner.object(|name, value| tell(piece(name.start, name.end), piece(value.start, value.end)))?;
        } else {
            scanner.value()?;
        }
        let end = scanner.at;
        scanner.blanks();
        if scanner.at < text.len() {
            return Err(scanner.not_json());
        }
        Ok(piece(start, end))
    }

    /// A piece that was accepted before, found again by its place.
    pub(crate) fn accepted(text: &'a str) -> Self {
        Json { text }
    }

    /// The text as it came.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.text.starts_with('{')
    }

    /// Whether this is an array.
    pub fn is_array(self) -> bool {
        self.text.starts_with('[')
    }

    /// The text of a string, or `None` for any other value.
    pub fn as_string(self) -> Option<Cow<'a, str>> {
        match self.tokens().next()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, or `None` for any other value and for integers outside 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// The value of an object's field; of a repeated field, the last.
    pub fn get(self, field: &str) -> Option<Json<'a>> {
        self.fields().filter(|(name, _)| name == field).map(|(_, value)| value).last()
    }

    /// The fields of an object as they came, repeats included; nothing for any other value.
    pub fn fields(self) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
        let mut inside = Inside::of(self, b'{');
        std::iter::from_fn(move || {
            let name = inside.next()?.as_string()?;
            let value = inside.next()?;
            Some((name, value))
        })
    }

    /// The items of an array; nothing for any other value.
    pub fn items(self) -> impl Iterator<Item = Json<'a>> {
        let mut inside = Inside::of(self, b'[');
        std::iter::from_fn(move || inside.next())
    }

    /// The value as a row of tokens.
    pub fn tokens(self) -> Tokens<'a> {
        Tokens::of(self)
    }

    /// Reads the value into a model of the caller's.
    ///
    /// # Errors
    /// `schema_mismatch` if the model does not fit; the path is the line and column within this
    /// value. The error never quotes the value.
    pub fn parse<T: Deserialize<'a>>(self) -> Result<T, Error> {
        serde_json::from_str(self.text).map_err(|error| {
            let path = format!("line {} column {}", error.line(), error.column());
            Error::new(ErrorKind::SchemaMismatch).with_path(path)
        })
    }
}

impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.text.len())
    }
}

/// Walks over what stands directly inside an accepted array or object.
struct Inside<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
}

impl<'a> Inside<'a> {
    fn of(json: Json<'a>, opening: u8) -> Self {
        let text = json.text;
        let at = if text.as_bytes().first() == Some(&opening) { 1 } else { text.len() };
        Inside { text, scanner: Scanner::starting_at(text, at) }
    }

    /// The next name, value or item. Inside an accepted text the scanner cannot fail; should the
    /// invariant ever break, the walk ends rather than panics.
    fn next(&mut self) -> Option<Json<'a>> {
        self.scanner.blanks();
        while let Some(b',' | b':') = self.scanner.peek() {
            self.scanner.at += 1;
            self.scanner.blanks();
        }
        let start = self.scanner.at;
        self.scanner.value().ok()?;
        Some(Json { text: self.text.get(start..self.scanner.at)? })
    }
}
