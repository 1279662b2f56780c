//! The scanner: passes over JSON (RFC 8259) and makes no values.

use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::hexadecimal;

/// How many arrays and objects may stand inside one another.
const MAX_DEPTH: u32 = 128;
/// How many characters a number may have.
const MAX_NUMBER: usize = 1_000;

pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    depth: u32,
}

impl<'a> Scanner<'a> {
    pub(super) fn starting_at(text: &'a str, at: usize) -> Self {
        Scanner { bytes: text.as_bytes(), at, depth: 0 }
    }

    /// Passes over one value, without recursion: the kinds of the open brackets are bits.
    pub(super) fn value(&mut self) -> Result<(), Error> {
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
    pub(super) fn object(&mut self, mut tell: impl FnMut(Range<usize>, Range<usize>)) -> Result<(), Error> {
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
                Some(b'\\') => {
                    if !self.plain_escape() {
                        self.escape()?;
                    }
                }
                // The end, or a control character, which must be escaped (RFC 8259 section 7).
                _ => return Err(self.not_json()),
            }
        }
    }

    /// Stops at the first quote, backslash or control character, eight bytes at a step, and 32 where
    /// there is none for long.
    pub(super) fn plain_characters(&mut self) {
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
            self.plain_blocks();
        }
        while matches!(self.peek(), Some(byte) if byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }

    /// Passes over blocks of 32 bytes without an end in them, in a form that compilers turn into
    /// vector instructions.
    #[inline(always)]
    fn plain_blocks(&mut self) {
        let ends = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
        while let Some(block) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<32>) {
            if block.iter().fold(false, |found, byte| found | ends(byte)) {
                return;
            }
            self.at += 32;
        }
    }

    /// Passes over `\uXXXX` that is no surrogate: in the sender's style every letter outside ASCII.
    #[inline(always)]
    fn plain_escape(&mut self) -> bool {
        let Some([b'\\', b'u', digits @ ..]) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<6>) else {
            return false;
        };
        let is_plain = hexadecimal::decode::<2>(digits).is_some_and(|[high, _]| !(0xD8..=0xDF).contains(&high));
        if is_plain {
            self.at += 6;
        }
        is_plain
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
    fn code_unit(&mut self) -> Result<u16, Error> {
        self.at += 1;
        let digits = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<4>);
        let unit = digits.and_then(|digits| hexadecimal::decode(digits)).ok_or_else(|| self.not_json())?;
        self.at += 4;
        Ok(u16::from_be_bytes(unit))
    }

    pub(super) fn number(&mut self) -> Result<(), Error> {
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

    pub(super) fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn not_json(&self) -> Error {
        self.fault(ErrorKind::PayloadNotJson)
    }

    fn fault(&self, kind: ErrorKind) -> Error {
        Error::new(kind).with_path(format!("byte {}", self.at))
    }
}
