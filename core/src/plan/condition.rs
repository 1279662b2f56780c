//! Which requests a branch of a plan, or a rule, is for.

use std::fmt;

use super::{Facts, InvalidPlan, quoted, value};
use crate::cursor::{Cursor, Parsed};
use crate::standing::Standing;

/// What stands inside `when(...)`: terms with commas between them, all of which hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Vec<Term>);

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Standing(Standing),
    Method(String),
    Path(String),
    Event(String),
    Verdict(String),
}

impl Condition {
    /// Parses a condition such as `path=/a*,!verified`.
    ///
    /// # Errors
    /// [`InvalidPlan`], whose text shows the place.
    pub fn parse(text: &str) -> Result<Self, InvalidPlan> {
        let mut cursor = Cursor::new("condition", text);
        let condition = Condition::read(&mut cursor)?;
        match cursor.peek() {
            None => Ok(condition),
            Some(_) => cursor.unexpected("`,` or the end of the condition"),
        }
    }

    /// Whether it holds for a request.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.0.iter().all(|term| term.test.holds(facts) != term.negated)
    }

    /// The condition that has no terms: it cannot be written, it stands for `else`.
    pub(super) fn always() -> Self {
        Condition(Vec::new())
    }

    pub(super) fn read(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let mut terms = Vec::new();
        loop {
            cursor.blanks();
            let negated = cursor.takes("!");
            let test = Test::read(cursor)?;
            terms.push(Term { negated, test });
            cursor.blanks();
            if !cursor.takes(",") {
                return Ok(Condition(terms));
            }
        }
    }
}

impl Test {
    fn read(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let start = cursor.at;
        let word = cursor.word();
        cursor.at += word.len();
        if let Some(standing) = Standing::from_name(word) {
            return Ok(Test::Standing(standing));
        }
        let test = match word {
            "method" => Test::Method,
            "path" => Test::Path,
            "event" => Test::Event,
            "verdict" => Test::Verdict,
            _ => {
                return cursor.fail(
                    start,
                    "a condition is verified, unsigned, refused, or method=, path=, event= or verdict= with a value",
                );
            }
        };
        cursor.require('=')?;
        value(cursor).map(test)
    }

    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Test::Standing(standing) => standing.holds(facts.verdict),
            Test::Method(method) => facts.method == method,
            Test::Path(path) => match path.strip_suffix('*') {
                Some(start) => facts.path.starts_with(start),
                None => facts.path == path,
            },
            Test::Event(event) => facts.event == event,
            Test::Verdict(verdict) => facts.verdict == verdict,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bang = if self.negated { "!" } else { "" };
        match &self.test {
            Test::Standing(standing) => write!(f, "{bang}{}", standing.name()),
            Test::Method(value) => write!(f, "{bang}method={}", quoted(value)),
            Test::Path(value) => write!(f, "{bang}path={}", quoted(value)),
            Test::Event(value) => write!(f, "{bang}event={}", quoted(value)),
            Test::Verdict(value) => write!(f, "{bang}verdict={}", quoted(value)),
        }
    }
}
