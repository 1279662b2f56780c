//! Writes a payload anew in a style, as a stream: nothing is held but the open brackets.

use std::borrow::Cow;

use super::style::{Arrays, Escapes, Layout, Numbers, Style, is_whole, shortened};
use crate::explain::pieces::Pieces;
use crate::json::{Json, Token};

/// Writes `json`, which stands in a body behind `before` and before `after`.
pub(in crate::explain) fn write(
    json: Json<'_>,
    (before, after): (&[u8], &[u8]),
    style: Style,
    pieces: &mut Pieces<'_>,
) {
    let mut writer = Writer { strings: Strings::of(style.escapes), style, whole: 0, open: Vec::new(), pieces };
    match style.layout {
        Layout::Kept => {
            writer.pieces.push(before);
            writer.keep_layout(json);
            writer.pieces.push(after);
        }
        _ => writer.lay_out(json),
    }
}

/// Writes a text as a JSON string.
pub(super) fn quote(text: &str, escapes: Escapes, pieces: &mut Pieces<'_>) {
    Strings::of(escapes).quote(text, pieces);
}

/// An array or object that is open.
struct Open {
    is_object: bool,
    /// Whether a value has been written in it.
    has_any: bool,
    /// Whether the next text is a name.
    at_name: bool,
}

struct Writer<'a, 'p> {
    strings: Strings,
    style: Style,
    /// How many whole numbers have passed.
    whole: u32,
    open: Vec<Open>,
    pieces: &'a mut Pieces<'p>,
}

impl Writer<'_, '_> {
    fn keep_layout(&mut self, json: Json<'_>) {
        let text = json.as_str();
        let mut tokens = json.tokens();
        let mut end = 0;
        while let Some((token, place)) = tokens.next_placed() {
            self.push(text.get(end..place.start).unwrap_or_default());
            match token {
                Token::Text(value) => self.strings.quote_token(value, self.pieces),
                _ => self.push(text.get(place.clone()).unwrap_or_default()),
            }
            end = place.end;
            if self.pieces.is_refused() {
                return;
            }
        }
    }

    fn lay_out(&mut self, json: Json<'_>) {
        for token in json.tokens() {
            if self.pieces.is_refused() {
                return;
            }
            match token {
                Token::End => self.close(),
                Token::Text(text) => {
                    let is_name = self.before_item();
                    self.strings.quote_token(text, self.pieces);
                    if is_name {
                        self.push(self.colon());
                    }
                }
                opening @ (Token::Object | Token::Array) => {
                    self.before_item();
                    let is_object = opening == Token::Object;
                    self.push(if is_object { "{" } else { "[" });
                    self.open.push(Open { is_object, has_any: false, at_name: is_object });
                }
                Token::Number(number) => {
                    self.before_item();
                    self.number(number);
                }
                Token::Bool(value) => {
                    self.before_item();
                    self.push(if value { "true" } else { "false" });
                }
                Token::Null => {
                    self.before_item();
                    self.push("null");
                }
            }
        }
    }

    /// What stands before a name, an item or a field's value; whether a name comes.
    fn before_item(&mut self) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let is_value = open.is_object && !open.at_name;
        let is_first = !open.has_any;
        open.has_any = true;
        if open.is_object {
            open.at_name = is_value;
        }
        if is_value {
            return false;
        }
        let is_name = open.is_object;
        if !is_first {
            self.push(match self.style.layout {
                Layout::OneLine { comma, .. } => comma,
                _ => ",",
            });
        }
        self.line(is_name);
        is_name
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.has_any {
            self.line(open.is_object);
        } else if self.are_arrays_on_one_line() {
            self.push(" ");
        }
        self.push(if open.is_object { "}" } else { "]" });
    }

    /// Goes to the next line of an object or array.
    fn line(&mut self, is_object: bool) {
        let Layout::Indented { by, line_end, arrays, .. } = self.style.layout else { return };
        if arrays == Arrays::OneLine && !is_object {
            return self.push(" ");
        }
        self.push(line_end);
        let counts = |open: &&Open| open.is_object || arrays == Arrays::Indented;
        for _ in 0..self.open.iter().filter(counts).count() {
            self.push(by);
        }
    }

    fn are_arrays_on_one_line(&self) -> bool {
        matches!(self.style.layout, Layout::Indented { arrays: Arrays::OneLine, .. })
    }

    fn colon(&self) -> &'static str {
        match self.style.layout {
            Layout::OneLine { colon, .. } | Layout::Indented { colon, .. } => colon,
            Layout::Kept => ":",
        }
    }

    fn number(&mut self, number: &str) {
        match self.style.numbers {
            Numbers::Kept => self.push(number),
            Numbers::Shortened => self.push(shortened(number)),
            Numbers::WithPoint(which) => {
                self.push(number);
                if is_whole(number) {
                    if which == u64::MAX || which.checked_shr(self.whole).unwrap_or(0) & 1 == 1 {
                        self.push(".0");
                    }
                    self.whole = self.whole.saturating_add(1);
                }
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.pieces.push(text.as_bytes());
    }
}

/// Writes strings with certain escapes.
struct Strings {
    escapes: Escapes,
    /// The bytes that are copied as they are.
    plain: [bool; 256],
}

impl Strings {
    fn of(escapes: Escapes) -> Self {
        let mut plain = [true; 256];
        for (byte, plain) in (0_u8..=255).zip(&mut plain) {
            *plain = match byte {
                b'\\' | b'"' | 0..=0x1F => false,
                0..=0x7F => !escapes.have(Escapes::of(char::from(byte))),
                _ if escapes.have(Escapes::OUTSIDE_ASCII) => false,
                // Both line ends of JavaScript begin with this byte.
                0xE2 => !escapes.have(Escapes::LINE_ENDS),
                _ => true,
            };
        }
        Strings { escapes, plain }
    }

    /// Quotes a text that stood in JSON without an escape: often nothing in it needs one.
    fn quote_token(&self, text: Cow<'_, str>, pieces: &mut Pieces<'_>) {
        let is_plain = matches!(text, Cow::Borrowed(_)) && self.escapes.only_outside_ascii() && text.is_ascii();
        if is_plain {
            pieces.push(b"\"");
            pieces.push(text.as_bytes());
            pieces.push(b"\"");
        } else {
            self.quote(&text, pieces);
        }
    }

    fn quote(&self, text: &str, pieces: &mut Pieces<'_>) {
        pieces.push(b"\"");
        let mut rest = text;
        while !rest.is_empty() && !pieces.is_refused() {
            let is_plain = |byte: u8| self.plain.get(usize::from(byte)).copied().unwrap_or(false);
            let length = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
            // A byte that is not plain begins a character.
            let (plain, others) = rest.split_at_checked(length).unwrap_or((rest, ""));
            pieces.push(plain.as_bytes());
            let mut characters = others.chars();
            if let Some(c) = characters.next() {
                self.escape(c, pieces);
            }
            rest = characters.as_str();
        }
        pieces.push(b"\"");
    }

    fn escape(&self, c: char, pieces: &mut Pieces<'_>) {
        let short: &[u8] = match c {
            '"' if !self.escapes.have(Escapes::QUOTE) => b"\\\"",
            '\\' => b"\\\\",
            '/' => b"\\/",
            '\n' => b"\\n",
            '\r' => b"\\r",
            '\t' => b"\\t",
            '\u{8}' => b"\\b",
            '\u{C}' => b"\\f",
            _ => b"",
        };
        if !short.is_empty() {
            return pieces.push(short);
        }
        if c > '\u{7F}' && !self.escapes.have(Escapes::of(c)) {
            return pieces.push(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        let digits = if self.escapes.have(Escapes::UPPER_CASE) { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        for unit in c.encode_utf16(&mut [0; 2]) {
            let digit = |shift: u16| digits.get(usize::from(*unit >> shift & 0xF)).copied().unwrap_or(b'0');
            pieces.push(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
        }
    }
}
