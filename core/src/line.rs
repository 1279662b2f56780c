//! The machine's output: one JSON object a line, with `"v":1` and `"type"`.

use std::fmt::{Display, Write};

use crate::sample::JsonStyle;

/// A line in the making. It is printable ASCII, whatever strangers put into its texts.
#[derive(Clone, Debug)]
pub struct Line(String);

impl Line {
    /// Begins a line of this type.
    pub fn new(kind: &'static str) -> Self {
        Line::behind(String::with_capacity(512), kind)
    }

    /// Begins a line of this type behind what is there already: a log needs no memory for each line.
    pub fn behind(mut before: String, kind: &'static str) -> Self {
        before.push_str("{\"v\":1");
        Line(before).word("type", kind)
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &str) -> Self {
        self.name(name);
        JsonStyle::Python.quote(value, &mut self.0);
        self
    }

    /// Adds a text that is plain by its making, such as a time, a code or hexadecimal digits: there is
    /// nothing in it that needs an escape.
    #[must_use]
    pub fn word(mut self, name: &'static str, value: &str) -> Self {
        self.name(name);
        self.0.push('"');
        self.0.push_str(value);
        self.0.push('"');
        self
    }

    /// Adds a whole number.
    #[must_use]
    pub fn integer(mut self, name: &'static str, value: u64) -> Self {
        self.name(name);
        push_digits(&mut self.0, value, 1);
        self
    }

    /// Adds a text of two numbers, `2/3`.
    #[must_use]
    pub fn fraction(mut self, name: &'static str, part: u64, of: u64) -> Self {
        self.name(name);
        self.0.push('"');
        push_digits(&mut self.0, part, 1);
        self.0.push('/');
        push_digits(&mut self.0, of, 1);
        self.0.push('"');
        self
    }

    /// Adds a list of texts.
    #[must_use]
    pub fn texts<'a>(mut self, name: &'static str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.name(name);
        for (at, value) in values.into_iter().enumerate() {
            self.0.push(if at == 0 { '[' } else { ',' });
            JsonStyle::Python.quote(value, &mut self.0);
        }
        self.0.push_str(if self.0.ends_with(':') { "[]" } else { "]" });
        self
    }

    /// Adds null.
    #[must_use]
    pub fn null(mut self, name: &'static str) -> Self {
        self.name(name);
        self.0.push_str("null");
        self
    }

    /// Adds thousandths with three decimals: 1234 is `1.234`.
    #[must_use]
    pub fn thousandths(mut self, name: &'static str, value: u64) -> Self {
        self.name(name);
        push_digits(&mut self.0, value / 1_000, 1);
        self.0.push('.');
        push_digits(&mut self.0, value % 1_000, 3);
        self
    }

    /// Adds a text, or null.
    #[must_use]
    pub fn text_or_null(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// Adds a number, or anything else whose `Display` is JSON.
    #[must_use]
    pub fn number(self, name: &'static str, value: impl Display) -> Self {
        self.number_or_null(name, Some(value))
    }

    /// Adds a number, or null.
    #[must_use]
    pub fn number_or_null(mut self, name: &'static str, value: Option<impl Display>) -> Self {
        let Some(value) = value else { return self.null(name) };
        self.name(name);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// The line with its line end.
    pub fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }

    /// Names are ours and need no escapes.
    fn name(&mut self, name: &'static str) {
        self.0.push_str(",\"");
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

/// JSON as the same JSON in printable ASCII: what else there is stands in its texts, and is escaped.
/// Blanks and line ends stay.
pub fn ascii_json(json: String) -> String {
    let is_plain = |c: char| c.is_ascii() && c != '\u{7F}';
    if json.chars().all(is_plain) {
        return json;
    }
    let mut ascii = String::with_capacity(json.len() + json.len() / 2);
    for c in json.chars() {
        if is_plain(c) {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

/// Decimal digits, at least so many. A log writes ten numbers a line, and the formatter of the
/// standard library takes five times as long for each.
pub fn push_digits(out: &mut String, value: u64, at_least: usize) {
    let mut digits = [b'0'; 20];
    let mut left = value;
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
        count += 1;
        if left == 0 && count >= at_least {
            break;
        }
    }
    let written = digits.len().checked_sub(count).and_then(|start| digits.get(start..)).unwrap_or_default();
    // Digits are ASCII, so this is the text.
    out.push_str(str::from_utf8(written).unwrap_or_default());
}
