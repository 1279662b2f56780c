//! The verdict on JSON, decided in one pass before any parser makes values.
//!
//! Parsers differ over lone surrogates, `1e400`, depth and repeated keys, even within one
//! library, so the verdict is made here and is the same in every language.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;

use crate::error::{Error, ErrorKind};

/// How many arrays and objects may stand inside one another.
const MAX_DEPTH: u32 = 128;
/// How many characters a number may have.
const MAX_NUMBER: usize = 1_000;

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
    pub(crate) fn check(text: &'a str) -> Result<Self, Error> {
        Json::check_fields(text, |_, _| {})
    }

    /// Judges a whole text and, if it is an object, tells of each of its fields on the way.
    ///
    /// # Errors
    /// As for [`Json::check`]; what was told before is then worth nothing.
    pub(crate) fn check_fields(text: &'a str, mut tell: impl FnMut(Json<'a>, Json<'a>)) -> Result<Self, Error> {
        let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, depth: 0 };
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
        let inside = self.text.strip_prefix('"')?.strip_suffix('"')?;
        if inside.contains('\\') {
            // The escapes were judged by the scanner, so this cannot fail.
            serde_json::from_str(self.text).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inside))
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

    /// Reads the value into a model of the caller's.
    ///
    /// # Errors
    /// `schema_mismatch` if the model does not fit; the path is the line and column within this
    /// value. The error never quotes the value.
    pub fn parse<T: Deserialize<'a>>(self) -> Result<T, Error> {
        serde_json::from_str(self.text).map_err(|error| {
            let path = format!("line {} column {}", error.line(), error.column());
            Error::at(ErrorKind::SchemaMismatch, path)
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
        Inside { text, scanner: Scanner { bytes: text.as_bytes(), at, depth: 0 } }
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

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl Scanner<'_> {
    /// Passes over one value, without recursion: the kinds of the open brackets are bits.
    fn value(&mut self) -> Result<(), Error> {
        let outside = self.depth;
        let mut objects: u128 = 0;
        'values: loop {
            self.blanks();
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(opening @ (b'{' | b'[')) => {
                    if self.depth == MAX_DEPTH {
                        return Err(self.fault(ErrorKind::PayloadTooDeep));
                    }
                    self.depth += 1;
                    self.at += 1;
                    objects = objects << 1 | u128::from(opening == b'{');
                    self.blanks();
                    match self.peek() {
                        Some(b'}') if opening == b'{' => {}
                        Some(b']') if opening == b'[' => {}
                        _ if opening == b'{' => {
                            self.name()?;
                            continue;
                        }
                        _ => continue,
                    }
                }
                _ => return Err(self.not_json()),
            }
            // A value, or an opening bracket directly before its closing one, lies behind us.
            while self.depth > outside {
                self.blanks();
                let in_object = objects & 1 == 1;
                match self.peek() {
                    Some(b'}') if in_object => {}
                    Some(b']') if !in_object => {}
                    Some(b',') => {
                        self.at += 1;
                        if in_object {
                            self.blanks();
                            self.name()?;
                        }
                        continue 'values;
                    }
                    _ => return Err(self.not_json()),
                }
                self.at += 1;
                self.depth -= 1;
                objects >>= 1;
            }
            return Ok(());
        }
    }

    /// Passes over an object and tells where each of its fields stands.
    fn object(&mut self, mut tell: impl FnMut(Range<usize>, Range<usize>)) -> Result<(), Error> {
        self.at += 1;
        self.depth += 1;
        self.blanks();
        if self.peek() != Some(b'}') {
            loop {
                let start = self.at;
                let name = start..self.name()?;
                self.blanks();
                let start = self.at;
                self.value()?;
                tell(name, start..self.at);
                self.blanks();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break,
                    _ => return Err(self.not_json()),
                }
                self.blanks();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    /// A field's name and the colon behind it; gives back where the name ends.
    fn name(&mut self) -> Result<usize, Error> {
        if self.peek() != Some(b'"') {
            return Err(self.not_json());
        }
        self.string()?;
        let end = self.at;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.not_json());
        }
        self.at += 1;
        Ok(end)
    }

    fn string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            self.plain_characters();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                // The end, or a control character, which must be escaped (RFC 8259 section 7).
                _ => return Err(self.not_json()),
            }
        }
    }

    /// Stops at the first quote, backslash or control character, eight bytes at a step.
    fn plain_characters(&mut self) {
        const ONES: u64 = u64::MAX / 0xFF;
        const TOPS: u64 = ONES << 7;
        // The lowest set bit marks the first byte that is below `limit`; higher ones may lie.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & TOPS;
        while let Some(chunk) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            let quotes = below(word ^ (ONES * u64::from(b'"')), 1);
            let backslashes = below(word ^ (ONES * u64::from(b'\\')), 1);
            let found = quotes | backslashes | below(word, 0x20);
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while matches!(self.peek(), Some(byte) if byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let start = self.at - 1;
                let lone = |scanner: &mut Self| {
                    scanner.at = start;
                    scanner.not_json()
                };
                match self.code_unit()? {
                    0xD800..=0xDBFF => {
                        if self.peek() != Some(b'\\') || self.bytes.get(self.at + 1) != Some(&b'u') {
                            return Err(lone(self));
                        }
                        self.at += 1;
                        match self.code_unit()? {
                            0xDC00..=0xDFFF => Ok(()),
                            _ => Err(lone(self)),
                        }
                    }
                    0xDC00..=0xDFFF => Err(lone(self)),
                    _ => Ok(()),
                }
            }
            _ => Err(self.not_json()),
        }
    }

    /// The four hexadecimal digits behind a `u`.
    fn code_unit(&mut self) -> Result<u32, Error> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit << 4 | digit.ok_or_else(|| self.not_json())?;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), Error> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        if self.at - start > MAX_NUMBER {
            self.at = start;
            return Err(self.fault(ErrorKind::PayloadInvalid));
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.not_json()) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Error> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.not_json());
        }
        self.at += word.len();
        Ok(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn not_json(&self) -> Error {
        self.fault(ErrorKind::PayloadNotJson)
    }

    fn fault(&self, kind: ErrorKind) -> Error {
        Error::at(kind, format!("byte {}", self.at))
    }
}
