//! The grammar of plans, one function per rule.

use std::time::Duration;

use super::{
    Action, Answer, Body, Branch, Condition, InvalidPlan, Plan, Preset, Reply, Step, Steps, Wait, Weighted, is_plain,
    value,
};
use crate::cursor::{Cursor, Parsed};
use crate::headers::{CustomHeader, is_name};

/// How long a plan may be, in bytes.
const MAX_TEXT: usize = 64 * 1024;
/// How many loops may stand inside one another.
const MAX_LOOPS: u32 = 16;
/// The largest `x`.
const MAX_TIMES: u64 = 1_000_000_000;

pub(super) fn plan(text: &str) -> Result<Plan, InvalidPlan> {
    let mut parser = Parser::new(text);
    if text.len() > MAX_TEXT {
        return parser.cursor.fail(0, "a plan has at most 64 KiB");
    }
    let plan = parser.plan()?;
    parser.cursor.blanks();
    match parser.cursor.peek() {
        None => Ok(plan),
        Some(_) => parser.cursor.unexpected("`,`, `;` or the end of the plan"),
    }
}

/// The steps of a preset, whose text is ours.
#[expect(clippy::expect_used, reason = "a constant text, and a test parses each of them")]
pub(super) fn preset(preset: Preset) -> Steps {
    Parser::new(preset.plan()).steps().expect("a preset parses")
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    loops: u32,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Parser { cursor: Cursor::new("plan", text), loops: 0 }
    }

    fn plan(&mut self) -> Parsed<Plan> {
        let mut seed = None;
        let mut branches = Vec::new();
        self.cursor.blanks();
        if self.cursor.takes("seed=") {
            seed = Some(self.cursor.integer(u64::MAX, "a seed")?);
            self.cursor.require(';')?;
            self.cursor.blanks();
        }
        while self.cursor.takes("when(") {
            let condition = Condition::read(&mut self.cursor)?;
            self.cursor.require(')')?;
            let steps = self.steps()?;
            self.cursor.blanks();
            if self.cursor.peek().is_none() {
                return self
                    .cursor
                    .fail(self.cursor.at, "after `when(...) steps;` comes what is done otherwise, such as `else 200`");
            }
            self.cursor.require(';')?;
            self.cursor.blanks();
            branches.push(Branch { condition, steps });
        }
        if self.cursor.word() == "else" {
            self.cursor.at += "else".len();
        }
        let steps = self.steps()?;
        branches.push(Branch { condition: Condition::always(), steps });
        Ok(Plan { text: self.cursor.text().to_owned(), seed, branches, max_wait: Duration::MAX })
    }

    fn steps(&mut self) -> Parsed<Steps> {
        let mut steps: Vec<Step> = Vec::new();
        loop {
            self.cursor.blanks();
            let start = self.cursor.at;
            let step = self.step()?;
            let is_endless = Steps(vec![step.clone()]).length().is_none();
            steps.push(step);
            self.cursor.blanks();
            if !self.cursor.takes(",") {
                return Ok(Steps(steps));
            }
            if is_endless {
                return self.cursor.fail(start, "nothing behind a loop without end is ever reached; end it with xN");
            }
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        let is_loop = self.cursor.takes("loop(");
        let body = if is_loop {
            if self.loops == MAX_LOOPS {
                return self.cursor.fail(self.cursor.at, "at most 16 loops stand inside one another");
            }
            self.loops += 1;
            let steps = self.steps()?;
            self.cursor.require(')')?;
            self.loops -= 1;
            Body::Loop(steps)
        } else {
            Body::Choice(self.choice()?)
        };
        self.cursor.blanks();
        let times = if self.cursor.takes("x") {
            Some(self.cursor.positive(MAX_TIMES, "how often: `x` and a number from 1")?)
        } else {
            (!is_loop).then_some(1)
        };
        Ok(Step { body, times })
    }

    fn choice(&mut self) -> Parsed<Vec<Weighted>> {
        let mut choice = Vec::new();
        loop {
            self.cursor.blanks();
            let answer = self.answer()?;
            self.cursor.blanks();
            let weight = if self.cursor.takes(":") {
                self.cursor.blanks();
                let weight = self.cursor.positive(u64::from(u32::MAX), "a weight from 1")?;
                u32::try_from(weight).unwrap_or(u32::MAX)
            } else {
                1
            };
            choice.push(Weighted { answer, weight });
            self.cursor.blanks();
            if !self.cursor.takes("|") {
                return Ok(choice);
            }
        }
    }

    fn answer(&mut self) -> Parsed<Answer> {
        let mut waits = Vec::new();
        while self.cursor.takes("wait(") {
            waits.push(self.wait()?);
            self.cursor.blanks();
            if matches!(self.cursor.peek(), None | Some(',' | ';' | '|' | ')')) {
                return self.cursor.fail(self.cursor.at, "a wait belongs to the action behind it: `wait(2s) 200`");
            }
        }
        Ok(Answer { waits, action: self.action()? })
    }

    fn wait(&mut self) -> Parsed<Wait> {
        let start = self.cursor.at;
        let inside = self.cursor.until(')')?;
        let (from, to) = inside.split_once("..").unwrap_or((inside, inside));
        let from = self.cursor.duration(start, from)?;
        let to = self.cursor.duration(start + inside.len() - to.len(), to)?;
        if to < from {
            return self.cursor.fail(start, "the second end of a wait is not before the first");
        }
        self.cursor.require(')')?;
        Ok(Wait { from, to })
    }

    fn action(&mut self) -> Parsed<Action> {
        let start = self.cursor.at;
        if self.cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
            return self.reply().map(Action::Status);
        }
        let word = self.cursor.word();
        self.cursor.at += word.len();
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.name() == word) {
            return Ok(Action::Preset(preset));
        }
        let action = match word {
            "forward" => Action::Forward,
            "never" => Action::Never,
            "close" => Action::Close,
            "garbage" => Action::Garbage,
            "reset" => {
                if !self.cursor.takes("(") {
                    return Ok(Action::Reset { after: 0 });
                }
                self.cursor.require_word("after=")?;
                let after = self.cursor.size()?;
                self.cursor.require(')')?;
                Action::Reset { after }
            }
            "short" => {
                self.cursor.require('(')?;
                let bytes = self.cursor.size()?;
                self.cursor.require(')')?;
                Action::Short(bytes)
            }
            "early" => {
                self.cursor.require('(')?;
                let status = self.status()?;
                self.cursor.require(')')?;
                Action::Early(status)
            }
            "drip" => {
                self.cursor.require('(')?;
                let pieces = self.cursor.positive(1_000_000, "how many pieces, from 1")?;
                self.cursor.require(',')?;
                self.cursor.blanks();
                let start = self.cursor.at;
                let text = self.cursor.until(')')?;
                let over = self.cursor.duration(start, text)?;
                self.cursor.require(')')?;
                Action::Drip { pieces: u32::try_from(pieces).unwrap_or(u32::MAX), over }
            }
            "stall" => {
                self.cursor.require_word("(headers)")?;
                Action::StallHeaders
            }
            _ => {
                self.cursor.at = start;
                return self.cursor.unexpected(
                    "a status such as 503, a preset, or one of forward never reset close garbage short early drip stall",
                );
            }
        };
        Ok(action)
    }

    fn reply(&mut self) -> Parsed<Reply> {
        let start = self.cursor.at;
        let mut reply = Reply { status: self.status()?, headers: Vec::new(), body: String::new() };
        if !self.cursor.takes("(") {
            return Ok(reply);
        }
        loop {
            self.cursor.blanks();
            let name_at = self.cursor.at;
            let name = self.cursor.plain(|c| c != '=' && is_plain(c)).to_owned();
            self.cursor.require('=')?;
            let value_at = self.cursor.at;
            let value = value(&mut self.cursor)?;
            if name == "body" {
                if matches!(reply.status, 204 | 205 | 304) && !value.is_empty() {
                    return self.cursor.fail(start, "204, 205 and 304 have no body");
                }
                reply.body = value;
            } else {
                if ["content-length", "transfer-encoding", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
                    return self.cursor.fail(name_at, "the receiver sets this header itself");
                }
                // The same characters are valid in what a user adds to a request; the names that
                // are reserved there, such as content-type, are free here.
                if CustomHeader::new("x", &value).is_err() {
                    return self.cursor.fail(value_at, "the value has control characters or text outside ASCII");
                }
                if !is_name(&name) {
                    return self.cursor.fail(name_at, "expected `body` or the name of a header");
                }
                reply.headers.push((name, value));
            }
            self.cursor.blanks();
            if !self.cursor.takes(",") {
                break;
            }
        }
        self.cursor.require(')')?;
        Ok(reply)
    }

    fn status(&mut self) -> Parsed<u16> {
        let start = self.cursor.at;
        let digits = self.cursor.plain(|c| c.is_ascii_digit());
        match digits.parse() {
            Ok(status @ 200..=599) if digits.len() == 3 => Ok(status),
            _ => self.cursor.fail(start, "a status is a number from 200 to 599"),
        }
    }
}
