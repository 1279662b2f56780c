//! Reading a plan from left to right, with errors that point at the place.

use std::fmt;
use std::time::Duration;

use crate::printable::Printable;
use crate::unit::{parse_duration, parse_size};

/// A plan that does not parse. `Display` shows the plan with a caret under the place.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidPlan {
    text: String,
    at: usize,
    message: String,
}

impl InvalidPlan {
    /// The place of the error, in bytes from the start of the plan.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was expected there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for InvalidPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = Printable(self.text.get(..self.at).unwrap_or(&self.text)).to_string();
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {}", Printable(&self.text))?;
        write!(f, "  {:width$}^", "", width = before.chars().count())
    }
}

impl fmt::Debug for InvalidPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidPlan(at {}: {})", self.at, self.message)
    }
}

impl std::error::Error for InvalidPlan {}

pub(super) type Parsed<T> = Result<T, InvalidPlan>;

/// A place in a plan. Everything that it takes it has passed over.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { text, at: 0 }
    }

    /// A value: plain characters, or anything in double quotes with `\` before `"` and `\`.
    pub(super) fn value(&mut self) -> Parsed<String> {
        if self.peek() != Some('"') {
            let value: String = self.rest().chars().take_while(|c| is_plain(*c)).collect();
            self.at += value.len();
            return Ok(value);
        }
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

    pub(super) fn size(&mut self) -> Parsed<usize> {
        let start = self.at;
        let text = self.until(')')?;
        parse_size(text).or_else(|error| self.fail(start, &error.to_string()))
    }

    pub(super) fn duration(&self, at: usize, text: &str) -> Parsed<Duration> {
        parse_duration(text.trim()).or_else(|error| self.fail(at, &error.to_string()))
    }

    pub(super) fn positive(&mut self, max: u64, what: &str) -> Parsed<u64> {
        let start = self.at;
        match self.integer(max, what)? {
            0 => self.fail(start, &format!("expected {what}")),
            number => Ok(number),
        }
    }

    pub(super) fn integer(&mut self, max: u64, what: &str) -> Parsed<u64> {
        let start = self.at;
        let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
        self.at += digits.len();
        match digits.parse() {
            Ok(number) if number <= max => Ok(number),
            _ if digits.is_empty() => self.fail(start, &format!("expected {what}")),
            _ => self.fail(start, &format!("expected {what}, at most {max}")),
        }
    }

    /// The text up to the closing character, which stays.
    pub(super) fn until(&mut self, closing: char) -> Parsed<&'a str> {
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

    pub(super) fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    pub(super) fn require(&mut self, wanted: char) -> Parsed<()> {
        self.blanks();
        if self.peek() == Some(wanted) {
            self.at += wanted.len_utf8();
            Ok(())
        } else {
            self.unexpected(&format!("`{wanted}`"))
        }
    }

    pub(super) fn require_word(&mut self, wanted: &str) -> Parsed<()> {
        if self.takes(wanted) { Ok(()) } else { self.unexpected(&format!("`{wanted}`")) }
    }

    pub(super) fn takes(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.peek() {
            None => self.fail(self.at, &format!("the plan ends where {wanted} is expected")),
            Some(_) => self.fail(self.at, &format!("expected {wanted}")),
        }
    }

    pub(super) fn fail<T>(&self, at: usize, message: &str) -> Parsed<T> {
        Err(InvalidPlan { text: self.text.to_owned(), at, message: message.to_owned() })
    }
}

/// A value as it has to be written in a plan.
pub(super) fn quoted(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

pub(super) fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | ';' | '(' | ')' | '"' | '|')
}
