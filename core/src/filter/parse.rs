//! The grammar of filters, one function per rule.

use std::ops::RangeInclusive;

use super::{Field, Filter, InvalidFilter, Pattern, Quantity, Term, Test};
use crate::cursor::{Cursor, Parsed};
use crate::headers::is_name;
use crate::standing::Standing;
use crate::unit::parse_size;

/// How long a filter may be, in bytes.
const MAX_TEXT: usize = 4 * 1024;
/// How many values may be in a filter. Each can cost one look at a whole body.
const MAX_VALUES: usize = 64;
/// How few digits of a delivery key may stand for it.
const MIN_DIGITS: usize = 4;
/// How many digits a delivery key has.
const MAX_DIGITS: usize = 64;

/// What a key asks about.
#[derive(Clone, Copy)]
enum Kind {
    Text(Field),
    Number(Quantity),
    Delivery,
    Step,
    Header,
}

/// In the order in which messages list them.
const KEYS: [(&str, Kind); 16] = [
    ("id", Kind::Text(Field::Id)),
    ("method", Kind::Text(Field::Method)),
    ("path", Kind::Text(Field::Path)),
    ("target", Kind::Text(Field::Target)),
    ("event", Kind::Text(Field::Event)),
    ("verdict", Kind::Text(Field::Verdict)),
    ("status", Kind::Number(Quantity::Status)),
    ("delivery", Kind::Delivery),
    ("attempt", Kind::Number(Quantity::Attempt)),
    ("secret", Kind::Number(Quantity::Secret)),
    ("step", Kind::Step),
    ("end", Kind::Text(Field::End)),
    ("size", Kind::Number(Quantity::Size)),
    ("ms", Kind::Number(Quantity::Milliseconds)),
    ("header", Kind::Header),
    ("body", Kind::Text(Field::Body)),
];

pub(super) fn filter(text: &str) -> Result<Filter, InvalidFilter> {
    let mut parser = Parser { cursor: Cursor::new("filter", text), values: 0 };
    if text.len() > MAX_TEXT {
        return parser.cursor.fail(0, "a filter has at most 4 KiB");
    }
    let mut terms = Vec::new();
    loop {
        parser.cursor.blanks();
        if parser.cursor.peek().is_none() {
            return Ok(Filter { terms });
        }
        terms.push(parser.term()?);
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    values: usize,
}

/// A text value: what stands between its wildcards.
struct Value {
    at: usize,
    pieces: Vec<String>,
    is_quoted: bool,
}

impl<'a> Parser<'a> {
    fn term(&mut self) -> Parsed<Term> {
        let start = self.cursor.at;
        let negated = self.cursor.takes("!");
        match self.cursor.peek() {
            Some('!') => {
                return self.cursor.fail(self.cursor.at, "one `!` is enough; text that begins so stands in quotes");
            }
            None | Some(' ' | '\t' | '\n' | '\r') => {
                return self.cursor.fail(self.cursor.at, "expected a term behind `!`");
            }
            Some(_) => {}
        }
        let (key, alternatives) = match self.key()? {
            Some((key, kind)) => (key, self.keyed(kind)?),
            None => {
                let alternatives = self.several(Parser::bare)?;
                let are_words = alternatives.iter().all(|test| matches!(test, Test::Standing(_)));
                (if are_words { "verdict" } else { "text" }, alternatives)
            }
        };
        if !matches!(self.cursor.peek(), None | Some(' ' | '\t' | '\n' | '\r')) {
            return self.cursor.unexpected("`,`, a blank or the end of the filter");
        }
        let text = self.cursor.text().get(start..self.cursor.at).unwrap_or_default().to_owned();
        Ok(Term { text, key, negated, alternatives })
    }

    /// A key and its colon, if the term has them.
    fn key(&mut self) -> Parsed<Option<(&'static str, Kind)>> {
        let start = self.cursor.at;
        let word = self.cursor.plain(|c| is_plain(c) && !matches!(c, ':' | '=' | '<' | '>'));
        let known = KEYS.into_iter().find(|(key, _)| *key == word);
        match (self.cursor.peek(), known) {
            (Some(':'), Some(_)) => {
                self.cursor.at += 1;
                Ok(known)
            }
            (Some(':'), None) => {
                let keys: Vec<_> = KEYS.iter().map(|(key, _)| *key).collect();
                let keys = keys.join(" ");
                self.cursor.fail(start, &format!("the keys are {keys}; text with a colon stands in quotes"))
            }
            // Written as in a plan or a shell; as text it would be found nowhere, and nobody would know why.
            (Some('=' | '<' | '>'), Some((key, _))) => self.cursor.fail(
                self.cursor.at,
                &format!("behind a key stands a colon, `{key}:`; text that only looks so stands in quotes"),
            ),
            _ => {
                self.cursor.at = start;
                Ok(None)
            }
        }
    }

    fn keyed(&mut self, kind: Kind) -> Parsed<Vec<Test>> {
        match kind {
            Kind::Text(field) => self.several(|parser| parser.text(field)),
            Kind::Number(quantity) => self.several(|parser| parser.number(quantity)),
            Kind::Delivery => self.several(Parser::delivery),
            Kind::Step => self.several(Parser::step),
            Kind::Header => self.headers(),
        }
    }

    /// One value or more, with commas between them.
    fn several<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut all = Vec::new();
        loop {
            if self.values == MAX_VALUES {
                return self.cursor.fail(self.cursor.at, "a filter has at most 64 values");
            }
            self.values += 1;
            all.push(one(self)?);
            if !self.cursor.takes(",") {
                return Ok(all);
            }
        }
    }

    fn bare(&mut self) -> Parsed<Test> {
        let value = self.value()?;
        if let ([word], false) = (value.pieces.as_slice(), value.is_quoted)
            && let Some(standing) = Standing::from_name(word)
        {
            return Ok(Test::Standing(standing));
        }
        self.within(Field::Anywhere, value)
    }

    fn text(&mut self, field: Field) -> Parsed<Test> {
        let value = self.value()?;
        match field {
            Field::Body => self.within(field, value),
            Field::Method => Ok(Test::Text(field, value.whole(|piece| piece.to_ascii_uppercase()))),
            _ => Ok(Test::Text(field, value.whole(|piece| piece))),
        }
    }

    fn within(&self, field: Field, value: Value) -> Parsed<Test> {
        if value.pieces.iter().all(String::is_empty) {
            return self.cursor.fail(value.at, "an empty text is everywhere; `size:0` finds empty bodies");
        }
        let pieces = value.pieces.into_iter().map(String::into_bytes).collect();
        Ok(Test::Text(field, Pattern::within(pieces)))
    }

    /// Plain and quoted text in any mixture; `*` is a wildcard unless quoted.
    fn value(&mut self) -> Parsed<Value> {
        let at = self.cursor.at;
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut is_quoted = false;
        loop {
            match self.cursor.peek() {
                Some('"') => {
                    piece.push_str(&self.cursor.quoted()?);
                    is_quoted = true;
                }
                Some('*') => {
                    self.cursor.at += 1;
                    pieces.push(std::mem::take(&mut piece));
                }
                Some(c) if is_plain(c) => piece.push_str(self.cursor.plain(|c| is_plain(c) && c != '*')),
                _ if self.cursor.at == at => return self.cursor.unexpected("a value; an empty one is written `\"\"`"),
                _ => break,
            }
        }
        pieces.push(piece);
        Ok(Value { at, pieces, is_quoted })
    }

    fn number(&mut self, quantity: Quantity) -> Parsed<Test> {
        let start = self.cursor.at;
        let what = match quantity {
            Quantity::Status => "a status from 100 to 599, 5xx, a comparison such as >=500, or none",
            Quantity::Attempt => "a number, or a comparison such as >1",
            Quantity::Secret => "the index of a secret, a comparison such as >0, or none",
            Quantity::Size => "a size such as 512 or 64KiB, or a comparison such as >1KiB",
            Quantity::Milliseconds => "a number of milliseconds, or a comparison such as >100",
        };
        let text = self.cursor.plain(is_plain);
        let is_optional = matches!(quantity, Quantity::Status | Quantity::Secret);
        if is_optional && text == "none" {
            return Ok(Test::Number(quantity, None));
        }
        match quantity.range(text) {
            Some(range) => Ok(Test::Number(quantity, Some(range))),
            None => self.cursor.fail(start, &format!("expected {what}")),
        }
    }

    fn delivery(&mut self) -> Parsed<Test> {
        let start = self.cursor.at;
        let text = self.cursor.plain(is_plain);
        let is_key =
            text.bytes().all(|byte| byte.is_ascii_hexdigit()) && (MIN_DIGITS..=MAX_DIGITS).contains(&text.len());
        match text {
            "none" => Ok(Test::Delivery(None)),
            _ if is_key => Ok(Test::Delivery(Some(text.to_ascii_lowercase()))),
            _ => self.cursor.fail(start, "expected 4 to 64 hexadecimal digits, the first of a delivery key, or none"),
        }
    }

    fn step(&mut self) -> Parsed<Test> {
        let start = self.cursor.at;
        let text = self.cursor.plain(is_plain);
        let step = text.split_once('/').and_then(|(step, of)| Some((digits(step)?, digits(of)?)));
        match step {
            Some(_) => Ok(Test::Step(step)),
            None if text == "none" => Ok(Test::Step(None)),
            None => self.cursor.fail(start, "expected a step of a plan such as 2/3, or none"),
        }
    }

    /// Names, of which any is there; or one name and values, of which it has any.
    fn headers(&mut self) -> Parsed<Vec<Test>> {
        let start = self.cursor.at;
        let name = self.header_name()?;
        if self.cursor.takes("=") {
            return self.several(|parser| {
                let value = parser.value()?.whole(|piece| piece);
                Ok(Test::Header(name.clone(), Some(value)))
            });
        }
        self.cursor.at = start;
        let names = self.several(Parser::header_name)?;
        if self.cursor.peek() == Some('=') {
            return self.cursor.fail(self.cursor.at, "of several headers only the names can be asked for");
        }
        Ok(names.into_iter().map(|name| Test::Header(name, None)).collect())
    }

    fn header_name(&mut self) -> Parsed<String> {
        let start = self.cursor.at;
        let name = self.cursor.plain(|c| is_plain(c) && c != '=');
        if is_name(name) && !name.contains('*') {
            Ok(name.to_ascii_lowercase())
        } else {
            self.cursor.fail(start, "expected the name of a header, which has no wildcards, such as user-agent=curl*")
        }
    }
}

impl Value {
    fn whole(self, change: impl Fn(String) -> String) -> Pattern {
        Pattern::whole(self.pieces.into_iter().map(|piece| change(piece).into_bytes()).collect())
    }
}

impl Quantity {
    /// What `503`, `5xx`, `>=500` and the like stand for.
    fn range(self, text: &str) -> Option<RangeInclusive<u64>> {
        if let (Quantity::Status, Some(class)) = (self, text.strip_suffix("xx")) {
            let hundreds = digits(class).filter(|class| (1..=5).contains(class) && text.len() == 3)? * 100;
            return Some(hundreds..=hundreds + 99);
        }
        let number = text.trim_start_matches(['<', '>', '=']);
        let operator = text.strip_suffix(number)?;
        let number = match self {
            Quantity::Size => u64::try_from(parse_size(number).ok()?).ok()?,
            Quantity::Status => digits(number).filter(|status| (100..=599).contains(status))?,
            _ => digits(number)?,
        };
        let low = number.checked_mul(self.unit())?;
        Some(match operator {
            "" => low..=low.checked_add(self.unit() - 1)?,
            ">=" => low..=u64::MAX,
            ">" => low.checked_add(1)?..=u64::MAX,
            "<=" => 0..=low,
            // Nothing is below 0, so the comparison is a slip.
            "<" => 0..=low.checked_sub(1)?,
            _ => return None,
        })
    }
}

/// A whole number without a sign, which `parse` alone would take.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | '"')
}
