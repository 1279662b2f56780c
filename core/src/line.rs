//! The machine's output: one JSON object a line, with `"v":1` and `"type"`.

use std::fmt::{Display, Write};

use crate::sample::JsonStyle;

/// A line in the making. It is printable ASCII, whatever strangers put into its texts.
#[derive(Clone, Debug)]
pub struct Line(String);

impl Line {
    /// Begins a line of this type.
    pub fn new(kind: &'static str) -> Self {
        let mut line = String::with_capacity(512);
        line.push_str("{\"v\":1");
        Line(line).plain("type", kind)
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &str) -> Self {
        self.name(name);
        JsonStyle::Python.quote(value, &mut self.0);
        self
    }

    /// Adds a text that is plain by its making, such as a time, a code or hexadecimal digits:
    /// its `Display` writes neither quotes nor anything that needs an escape.
    #[must_use]
    pub fn plain(mut self, name: &'static str, value: impl Display) -> Self {
        self.name(name);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "\"{value}\"");
        self
    }

    /// Adds a text, or null.
    #[must_use]
    pub fn text_or_null(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.number_or_null(name, None::<u8>),
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
        self.name(name);
        // Writing to a String cannot fail.
        let _ = match value {
            Some(value) => write!(self.0, "{value}"),
            None => self.0.write_str("null"),
        };
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
