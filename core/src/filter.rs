//! The filter language: which of the captured requests are meant.
//!
//! ```text
//! filter = {['!'] term}                           blanks between them; all of them hold
//! term   = key ':' values | values                without a key: text anywhere, or a word
//! values = value {',' value}                      any of them
//! word   = 'verified' | 'unsigned' | 'refused'
//! ```
//!
//! | key | value |
//! |---|---|
//! | `id` `path` `target` `event` `verdict` `end` `method` | text; `*` stands for any text; `method` in any case |
//! | `status` | `503`, `5xx`, `>=500`, `<300`, or `none`: there was no answer |
//! | `attempt` `secret` | a number or a comparison; `secret:none` |
//! | `size` | of the body: `512`, `>1KiB` |
//! | `ms` | how long the answer took: `>100`; without a comparison, in whole milliseconds |
//! | `delivery` | the first digits of the delivery key, at least 4; or `none` |
//! | `step` | `2/3`, or `none` |
//! | `header` | a name, or `name=text`; the alternatives behind `=` are values of that header |
//! | `body` | text somewhere in the body |
//!
//! `status:401,5xx event:lead_* !header:user-agent=curl*` is an example. Text without a key is
//! looked for in the target, the event, the verdict and the body. Text with a blank, a comma or a
//! `*` that is meant as such stands in double quotes, wholly or in part: `path:"/a b"*`. Within
//! them `\"` and `\\` are a quote and a backslash.

mod closest;
mod holds;
mod parse;
mod pattern;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use self::pattern::Pattern;
use crate::cursor::InvalidText;
use crate::delivery::DeliveryKey;
use crate::standing::Standing;

pub use self::closest::{Closest, NearMiss};

/// A filter that does not parse.
pub type InvalidFilter = InvalidText;

/// A filter, parsed. The default has no terms and lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// One part of a filter. `Display` writes it as it was given.
#[derive(Clone, Debug)]
pub struct Term {
    text: String,
    key: &'static str,
    negated: bool,
    /// Invariant: never empty.
    alternatives: Vec<Test>,
}

#[derive(Clone, Debug)]
enum Test {
    Standing(Standing),
    Text(Field, Pattern),
    /// The name of a header in small letters; what its value has to be like, if it matters.
    Header(String, Option<Pattern>),
    /// A number in a range, or the absence of one.
    Number(Quantity, Option<RangeInclusive<u64>>),
    /// The first digits of the key in small letters, or the absence of one.
    Delivery(Option<String>),
    Step(Option<(u64, u64)>),
}

/// A text that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    Method,
    Path,
    Target,
    Event,
    Verdict,
    End,
    Body,
    /// The target, the event, the verdict and the body, each for itself.
    Anywhere,
}

/// A number that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Status,
    Attempt,
    Secret,
    Size,
    Milliseconds,
}

/// What a filter may ask about a captured request.
#[derive(Clone, Copy, Default)]
pub struct Facts<'a> {
    /// The name of the capture.
    pub id: &'a str,
    /// `POST` or any other.
    pub method: &'a str,
    /// The path with the query.
    pub target: &'a str,
    /// The event's name; empty if there is none.
    pub event: &'a str,
    /// `verified`, `unsigned` or an error code.
    pub verdict: &'a str,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The delivery key, if the body came to its end.
    pub delivery: Option<DeliveryKey>,
    /// Which attempt of its delivery this is, counted from 1.
    pub attempt: u64,
    /// Which of the secrets signed it.
    pub secret: Option<usize>,
    /// Which step of the plan was played, and of how many.
    pub step: Option<(u64, u64)>,
    /// How the exchange ended.
    pub end: &'a str,
    /// How long the answer took.
    pub duration: Duration,
    /// The names and values of the headers, as they came.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: &'a [u8],
}

impl Filter {
    /// Parses a filter. An empty or blank text lets everything through.
    ///
    /// # Errors
    /// [`InvalidFilter`], whose text shows the place.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        parse::filter(text)
    }

    /// Whether all of the terms hold. The time it takes grows with the length of the body and the
    /// number of values, and with nothing else.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        // Bodies are looked into only where nothing cheaper has decided.
        let hold =
            |costly| self.terms.iter().filter(|term| term.reads_bodies() == costly).all(|term| term.holds(facts));
        hold(false) && hold(true)
    }

    /// The terms that do not hold, in the order in which they were given.
    pub fn misses<'a>(&'a self, facts: &Facts<'_>) -> Vec<&'a Term> {
        self.terms.iter().filter(|term| !term.holds(facts)).collect()
    }

    /// The terms in the order in which they were given.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether there are no terms, so that everything matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms.iter().enumerate() {
            let blank = if number == 0 { "" } else { " " };
            write!(f, "{blank}{term}")?;
        }
        Ok(())
    }
}

impl Term {
    /// What the term asks about: its key; `verdict` for a word, `text` for text without a key.
    pub fn key(&self) -> &'static str {
        self.key
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
