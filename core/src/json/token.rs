//! Accepted JSON as a row of tokens, for those who build values of another language from it.

use std::borrow::Cow;
use std::ops::Range;

use super::Json;
use super::scanner::Scanner;
use crate::hexadecimal;

/// What stands next in an accepted text. Commas, colons and blanks are passed over.
#[derive(Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// An opening brace; names and values follow in turn, up to [`Token::End`].
    Object,
    /// An opening bracket; values follow, up to [`Token::End`].
    Array,
    /// The closing brace or bracket of the innermost object or array.
    End,
    /// A name or a string, its escapes resolved.
    Text(Cow<'a, str>),
    /// A number as it was written.
    Number(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// Walks over an accepted value.
pub struct Tokens<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(json: Json<'a>) -> Self {
        Tokens { text: json.text, scanner: Scanner::starting_at(json.text, 0) }
    }
}

impl<'a> Tokens<'a> {
    /// Whether [`Token::End`] stands next, or nothing.
    pub fn at_end(&mut self) -> bool {
        self.pass();
        matches!(self.scanner.peek(), None | Some(b'}' | b']'))
    }

    /// The next token and where in the value's text it stands, in bytes.
    pub fn next_placed(&mut self) -> Option<(Token<'a>, Range<usize>)> {
        self.pass();
        let start = self.scanner.at;
        let token = self.next()?;
        Some((token, start..self.scanner.at))
    }

    /// The rest of a string with escapes, of which the first stands next.
    #[inline(never)]
    fn unescaped(&mut self, plain: &str) -> Option<String> {
        let mut text = String::with_capacity(plain.len() + 256);
        text.push_str(plain);
        loop {
            let rest = self.text.get(self.scanner.at..)?;
            let plain = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
            let (plain, rest) = rest.split_at(plain);
            text.push_str(plain);
            self.scanner.at += plain.len();
            if rest.starts_with('"') {
                self.scanner.at += 1;
                return Some(text);
            }
            let (c, length) = unescape(rest.as_bytes());
            text.push(c);
            self.scanner.at += length;
        }
    }

    #[inline(always)]
    fn pass(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') = self.scanner.peek() {
            self.scanner.at += 1;
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    /// Inside an accepted text the scanner cannot fail; should the invariant ever break, the walk
    /// ends rather than panics.
    #[inline(always)]
    fn next(&mut self) -> Option<Token<'a>> {
        self.pass();
        let scanner = &mut self.scanner;
        let start = scanner.at;
        let step = |scanner: &mut Scanner<'_>, length: usize, token| {
            scanner.at += length;
            Some(token)
        };
        match scanner.peek()? {
            b'"' => {
                scanner.at += 1;
                scanner.plain_characters();
                let plain = self.text.get(start + 1..scanner.at)?;
                if scanner.peek() == Some(b'"') {
                    scanner.at += 1;
                    Some(Token::Text(Cow::Borrowed(plain)))
                } else {
                    self.unescaped(plain).map(|text| Token::Text(Cow::Owned(text)))
                }
            }
            b'{' => step(scanner, 1, Token::Object),
            b'[' => step(scanner, 1, Token::Array),
            b'}' | b']' => step(scanner, 1, Token::End),
            b't' => step(scanner, 4, Token::Bool(true)),
            b'f' => step(scanner, 5, Token::Bool(false)),
            b'n' => step(scanner, 4, Token::Null),
            _ => {
                scanner.number().ok()?;
                Some(Token::Number(self.text.get(start..scanner.at)?))
            }
        }
    }
}

/// The character of an accepted escape, and in how many bytes it was written.
fn unescape(escape: &[u8]) -> (char, usize) {
    let c = match escape.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            // One code unit, or two that are a surrogate pair (RFC 8259 section 7).
            let unit = |at: usize| hexadecimal::decode(escape.get(at..at + 4)?).map(u16::from_be_bytes);
            let units = [2, 8].into_iter().map_while(unit);
            let c = char::decode_utf16(units).next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER);
            return (c, 6 * c.len_utf16());
        }
        Some(itself) => char::from(*itself),
        None => char::REPLACEMENT_CHARACTER,
    };
    (c, 2)
}
