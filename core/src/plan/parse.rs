//! The grammar of plans, one function per rule, with errors that point.

use std::fmt;
use std::time::Duration;

use super::{Action, Answer, Body, Branch, Plan, Preset, Reply, Step, Steps, Term, Test, Wait, Weighted};
use crate::headers::CustomHeader;
use crate::printable::Printable;
use crate::unit::{parse_duration, parse_size};

/// How long a plan may be, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// How many loops may stand inside one another.
const MAX_LOOPS: u32 = 16;
/// The largest `x`.
const MAX_TIMES: u64 = 1_000_000_000;

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

pub(super) fn plan(text: &str) -> Result<Plan, InvalidPlan> {
    let mut parser = Parser { text, at: 0, loops: 0 };
    if text.len() > MAX_TEXT {
        return parser.fail(0, "a plan has at most 64 KiB");
    }
    let plan = parser.plan()?;
    parser.blanks();
    match parser.peek() {
        None => Ok(plan),
        Some(_) => parser.unexpected("`,`, `;` or the end of the plan"),
    }
}

/// The steps of a preset, whose text is ours.
#[expect(clippy::expect_used, reason = "a constant text, and a test parses each of them")]
pub(super) fn preset(preset: Preset) -> Steps {
    Parser { text: preset.plan(), at: 0, loops: 0 }.steps().expect("a preset parses")
}

/// A value as it has to be written in a plan.
pub(super) fn quoted(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | ';' | '(' | ')' | '"' | '|')
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    loops: u32,
}

type Parsed<T> = Result<T, InvalidPlan>;

impl<'a> Parser<'a> {
    fn plan(&mut self) -> Parsed<Plan> {
        let mut seed = None;
        let mut branches = Vec::new();
        self.blanks();
        if self.takes("seed=") {
            seed = Some(self.integer(u64::MAX, "a seed")?);
            self.expect(';')?;
            self.blanks();
        }
        while self.takes("when(") {
            let condition = self.condition()?;
            self.expect(')')?;
            let steps = self.steps()?;
            self.blanks();
            if self.peek().is_none() {
                return self.fail(self.at, "after `when(...) steps;` comes what is done otherwise, such as `else 200`");
            }
            self.expect(';')?;
            self.blanks();
            branches.push(Branch { condition, steps });
        }
        if self.word() == "else" {
            self.at += "else".len();
        }
        let steps = self.steps()?;
        branches.push(Branch { condition: Vec::new(), steps });
        Ok(Plan { seed, branches })
    }

    fn condition(&mut self) -> Parsed<Vec<Term>> {
        let mut terms = Vec::new();
        loop {
            self.blanks();
            let negated = self.takes("!");
            let start = self.at;
            let word = self.word().to_owned();
            self.at += word.len();
            let test = match word.as_str() {
                "verified" => Test::Verified,
                "unsigned" => Test::Unsigned,
                "refused" => Test::Refused,
                "method" | "path" | "event" | "verdict" => {
                    self.expect('=')?;
                    let value = self.value()?;
                    match word.as_str() {
                        "method" => Test::Method(value),
                        "path" => Test::Path(value),
                        "event" => Test::Event(value),
                        _ => Test::Verdict(value),
                    }
                }
                _ => {
                    return self.fail(
                        start,
                        "a condition is verified, unsigned, refused, or method=, path=, event= or verdict= with a value",
                    );
                }
            };
            terms.push(Term { negated, test });
            self.blanks();
            if !self.takes(",") {
                return Ok(terms);
            }
        }
    }

    fn steps(&mut self) -> Parsed<Steps> {
        let mut steps: Vec<Step> = Vec::new();
        loop {
            self.blanks();
            let start = self.at;
            let step = self.step()?;
            let is_endless = Steps(vec![step.clone()]).length().is_none();
            steps.push(step);
            self.blanks();
            if !self.takes(",") {
                return Ok(Steps(steps));
            }
            if is_endless {
                return self.fail(start, "nothing behind a loop without end is ever reached; end it with xN");
            }
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        let is_loop = self.takes("loop(");
        let body = if is_loop {
            if self.loops == MAX_LOOPS {
                return self.fail(self.at, "at most 16 loops stand inside one another");
            }
            self.loops += 1;
            let steps = self.steps()?;
            self.expect(')')?;
            self.loops -= 1;
            Body::Loop(steps)
        } else {
            Body::Choice(self.choice()?)
        };
        self.blanks();
        let times = if self.takes("x") {
            Some(self.positive(MAX_TIMES, "how often: `x` and a number from 1")?)
        } else {
            (!is_loop).then_some(1)
        };
        Ok(Step { body, times })
    }

    fn choice(&mut self) -> Parsed<Vec<Weighted>> {
        let mut choice = Vec::new();
        loop {
            self.blanks();
            let answer = self.answer()?;
            self.blanks();
            let weight = if self.takes(":") {
                self.blanks();
                let weight = self.positive(u64::from(u32::MAX), "a weight from 1")?;
                u32::try_from(weight).unwrap_or(u32::MAX)
            } else {
                1
            };
            choice.push(Weighted { answer, weight });
            self.blanks();
            if !self.takes("|") {
                return Ok(choice);
            }
        }
    }

    fn answer(&mut self) -> Parsed<Answer> {
        let mut waits = Vec::new();
        while self.takes("wait(") {
            waits.push(self.wait()?);
            self.blanks();
            if matches!(self.peek(), None | Some(',' | ';' | '|' | ')')) {
                return self.fail(self.at, "a wait belongs to the action behind it: `wait(2s) 200`");
            }
        }
        Ok(Answer { waits, action: self.action()? })
    }

    fn wait(&mut self) -> Parsed<Wait> {
        let start = self.at;
        let inside = self.until(')')?;
        let (from, to) = inside.split_once("..").unwrap_or((inside, inside));
        let from = self.duration(start, from)?;
        let to = self.duration(start + inside.len() - to.len(), to)?;
        if to < from {
            return self.fail(start, "the second end of a wait is not before the first");
        }
        self.expect(')')?;
        Ok(Wait { from, to })
    }

    fn action(&mut self) -> Parsed<Action> {
        let start = self.at;
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return self.reply().map(Action::Status);
        }
        let word = self.word();
        self.at += word.len();
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.name() == word) {
            return Ok(Action::Preset(preset));
        }
        let action = match word {
            "forward" => Action::Forward,
            "never" => Action::Never,
            "close" => Action::Close,
            "garbage" => Action::Garbage,
            "reset" => {
                if !self.takes("(") {
                    return Ok(Action::Reset { after: 0 });
                }
                self.expect_word("after=")?;
                let after = self.size()?;
                self.expect(')')?;
                Action::Reset { after }
            }
            "short" => {
                self.expect('(')?;
                let bytes = self.size()?;
                self.expect(')')?;
                Action::Short(bytes)
            }
            "early" => {
                self.expect('(')?;
                let status = self.status()?;
                self.expect(')')?;
                Action::Early(status)
            }
            "drip" => {
                self.expect('(')?;
                let pieces = self.positive(1_000_000, "how many pieces, from 1")?;
                self.expect(',')?;
                self.blanks();
                let start = self.at;
                let text = self.until(')')?;
                let over = self.duration(start, text)?;
                self.expect(')')?;
                Action::Drip { pieces: u32::try_from(pieces).unwrap_or(u32::MAX), over }
            }
            "stall" => {
                self.expect_word("(headers)")?;
                Action::StallHeaders
            }
            _ => {
                self.at = start;
                return self.unexpected(
                    "a status such as 503, a preset, or one of forward never reset close garbage short early drip stall",
                );
            }
        };
        Ok(action)
    }

    fn reply(&mut self) -> Parsed<Reply> {
        let start = self.at;
        let mut reply = Reply { status: self.status()?, headers: Vec::new(), body: String::new() };
        if !self.takes("(") {
            return Ok(reply);
        }
        loop {
            self.blanks();
            let name_at = self.at;
            let name: String = self.rest().chars().take_while(|c| *c != '=' && is_plain(*c)).collect();
            self.at += name.len();
            self.expect('=')?;
            let value_at = self.at;
            let value = self.value()?;
            if name == "body" {
                if matches!(reply.status, 204 | 205 | 304) && !value.is_empty() {
                    return self.fail(start, "204, 205 and 304 have no body");
                }
                reply.body = value;
            } else {
                if ["content-length", "transfer-encoding", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
                    return self.fail(name_at, "the receiver sets this header itself");
                }
                // The same characters are valid in what a user adds to a request; the names that
                // are reserved there, such as content-type, are free here.
                if CustomHeader::new("x", &value).is_err() {
                    return self.fail(value_at, "the value has control characters or text outside ASCII");
                }
                if CustomHeader::new(&format!("x-{name}"), "").is_err() || name.is_empty() {
                    return self.fail(name_at, "expected `body` or the name of a header");
                }
                reply.headers.push((name, value));
            }
            self.blanks();
            if !self.takes(",") {
                break;
            }
        }
        self.expect(')')?;
        Ok(reply)
    }

    fn status(&mut self) -> Parsed<u16> {
        let start = self.at;
        let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
        self.at += digits.len();
        match digits.parse() {
            Ok(status @ 200..=599) if digits.len() == 3 => Ok(status),
            _ => self.fail(start, "a status is a number from 200 to 599"),
        }
    }

    /// A value: plain characters, or anything in double quotes with `\` before `"` and `\`.
    fn value(&mut self) -> Parsed<String> {
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

    fn size(&mut self) -> Parsed<usize> {
        let start = self.at;
        let text = self.until(')')?;
        parse_size(text).or_else(|error| self.fail(start, &error.to_string()))
    }

    fn duration(&self, at: usize, text: &str) -> Parsed<Duration> {
        parse_duration(text.trim()).or_else(|error| self.fail(at, &error.to_string()))
    }

    fn positive(&mut self, max: u64, what: &str) -> Parsed<u64> {
        let start = self.at;
        match self.integer(max, what)? {
            0 => self.fail(start, &format!("expected {what}")),
            number => Ok(number),
        }
    }

    fn integer(&mut self, max: u64, what: &str) -> Parsed<u64> {
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
    fn until(&mut self, closing: char) -> Parsed<&'a str> {
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

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    fn expect(&mut self, wanted: char) -> Parsed<()> {
        self.blanks();
        if self.peek() == Some(wanted) {
            self.at += wanted.len_utf8();
            Ok(())
        } else {
            self.unexpected(&format!("`{wanted}`"))
        }
    }

    fn expect_word(&mut self, wanted: &str) -> Parsed<()> {
        if self.takes(wanted) { Ok(()) } else { self.unexpected(&format!("`{wanted}`")) }
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn unexpected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.peek() {
            None => self.fail(self.at, &format!("the plan ends where {wanted} is expected")),
            Some(_) => self.fail(self.at, &format!("expected {wanted}")),
        }
    }

    fn fail<T>(&self, at: usize, message: &str) -> Parsed<T> {
        Err(InvalidPlan { text: self.text.to_owned(), at, message: message.to_owned() })
    }
}
