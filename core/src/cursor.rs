//! Reading a plan from left to right, with errors that point at the place.

use std::fmt;
use std::time::Duration;

use crate::printable::Printable;
use crate::unit::{parse_duration, parse_size};

/// A text of one of the small languages, a plan or a filter, that does not parse.
///
/// `Display` shows the text with a caret under the place.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidText {
    text: String,
    at: usize,
    message: String,
}

impl InvalidText {
    /// The place of the error, in bytes from the start of the text.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was expected there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = Printable(self.text.get(..self.at).unwrap_or(&self.text)).to_string();
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {}", Printable(&self.text))?;
        write!(f, "  {:width$}^", "", width = before.chars().count())
    }
}

impl fmt::Debug for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidText(at {}: {})", self.at, self.message)
    }
}

impl std::error::Error for InvalidText {}

pub(crate) type Parsed<T> = Result<T, InvalidText>;

/// A place in a text. Everything that it takes it has passed over.
pub(crate) struct Cursor<'a> {
    /// What the text is called when it ends too early.
    what: &'static str,
    text: &'a str,
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(what: &'static str, text: &'a str) -> Self {
        Cursor { what, text, at: 0 }
    }

    /// The text while its characters are of a kind.
    pub(crate) fn plain(&mut self, is_plain: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Anything in double quotes, of which the first stands next, with `\` before `"` and `\`.
    pub(crate) fn quoted(&mut self) -> Parsed<String> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.take() {
                None => return self.fail(start, "the quotes are not closed"),
                Some('"') => return Ok(value),
                Some('\\') => match self.take() {
                    Some(c @ ('"' | '\\')) => value.push(c),
                    Some('n') => value.push('\n'),
                    _ => return self.fail(self.at, "behind a backslash stands a quote, a backslash or n"),
                },
                Some(c) => value.push(c),
            }
        }
    }

    pub(crate) fn size(&mut self) -> Parsed<usize> {
        let start = self.at;
        let text = self.until(')')?;
        parse_size(text).or_else(|error| self.fail(start, &error.to_string()))
    }

    pub(crate) fn duration(&self, at: usize, text: &str) -> Parsed<Duration> {
        parse_duration(text.trim()).or_else(|error| self.fail(at, &error.to_string()))
    }

    pub(crate) fn positive(&mut self, max: u64, what: &str) -> Parsed<u64> {
        let start = self.at;
        match self.integer(max, what)? {
            0 => self.fail(start, &format!("expected {what}")),
            number => Ok(number),
        }
    }

    pub(crate) fn integer(&mut self, max: u64, what: &str) -> Parsed<u64> {
        let start = self.at;
        let digits = self.plain(|c| c.is_ascii_digit());
        match digits.parse() {
            Ok(number) if number <= max => Ok(number),
            _ if digits.is_empty() => self.fail(start, &format!("expected {what}")),
            _ => self.fail(start, &format!("expected {what}, at most {max}")),
        }
    }

    /// The text up to the closing character, which stays.
    pub(crate) fn until(&mut self, closing: char) -> Parsed<&'a str> {
        match self.rest().split_once(closing) {
            Some((inside, _)) => {
                self.at += inside.len();
                Ok(inside)
            }
            None => {
                self.at = self.text.len();
                self.unexpected(&format!("`{closing}`"))
            }
        }
    }

    pub(crate) fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    pub(crate) fn require(&mut self, wanted: char) -> Parsed<()> {
        self.blanks();
        if self.peek() == Some(wanted) {
            self.at += wanted.len_utf8();
            Ok(())
        } else {
            self.unexpected(&format!("`{wanted}`"))
        }
    }

    pub(crate) fn require_word(&mut self, wanted: &str) -> Parsed<()> {
        if self.takes(wanted) { Ok(()) } else { self.unexpected(&format!("`{wanted}`")) }
    }

    pub(crate) fn takes(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    pub(crate) fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(crate) fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.peek() {
            None => self.fail(self.at, &format!("the {} ends where {wanted} is expected", self.what)),
            Some(_) => self.fail(self.at, &format!("expected {wanted}")),
        }
    }

    pub(crate) fn fail<T>(&self, at: usize, message: &str) -> Parsed<T> {
        Err(InvalidText { text: self.text.to_owned(), at, message: message.to_owned() })
    }
}
