//! The plan language: what a receiver answers, one step per attempt.
//!
//! ```text
//! plan   = ['seed=' int ';'] {'when(' cond ')' steps ';'} ['else'] steps
//! steps  = step {',' step}                        the last one sticks
//! step   = ('loop(' steps ')' | choice) ['x' n]
//! choice = answer [':' weight] {'|' answer [':' weight]}
//! answer = {'wait(' duration ['..' duration] ')' ' '} action
//! action = status ['(' key=value {',' key=value} ')'] | forward | never | reset['(after=10B)'] | close | garbage
//!        | short(10B) | early(401) | drip(5,1s) | stall(headers) | preset
//! cond   = term {',' term}                        all of them hold
//! term   = ['!'] ('verified' | 'unsigned' | 'refused' | key '=' value)
//! key    = 'method' | 'path' | 'event' | 'verdict'
//! ```
//!
//! `503x2,200` fails twice and then succeeds for good. A value with a comma, a semicolon, a
//! bracket or a blank stands in double quotes. A `path` that ends in `*` stands for all that
//! begin so.

mod counter;
mod cursor;
mod parse;
mod play;
mod preset;

use std::fmt;
use std::time::Duration;

pub use counter::{CounterKey, Counters, Per};
pub use cursor::InvalidPlan;
pub use play::{Facts, Played};
pub use preset::Preset;

/// A plan, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    seed: Option<u64>,
    /// Each with its condition; the last has none and always holds.
    branches: Vec<Branch>,
}

#[derive(Clone, Debug, PartialEq)]
struct Branch {
    condition: Vec<Term>,
    steps: Steps,
}

/// One part of a condition.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Verified,
    Unsigned,
    Refused,
    Method(String),
    Path(String),
    Event(String),
    Verdict(String),
}

/// Invariant: never empty, and nothing stands behind a step that never ends.
#[derive(Clone, Debug, PartialEq)]
struct Steps(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
struct Step {
    body: Body,
    /// How often; a loop without `x` has no end.
    times: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Loop(Steps),
    /// Invariant: never empty, weights at least 1.
    Choice(Vec<Weighted>),
}

#[derive(Clone, Debug, PartialEq)]
struct Weighted {
    answer: Answer,
    weight: u32,
}

/// What is done with one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    waits: Vec<Wait>,
    /// What is done after the waits.
    pub action: Action,
}

/// A wait: fixed where both ends are the same, else drawn evenly between them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wait {
    from: Duration,
    to: Duration,
}

/// The ways to answer a request, or not to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Answers with a status, headers and a body.
    Status(Reply),
    /// Asks the app behind the receiver.
    Forward,
    /// Never answers; the sender's timeout ends it.
    Never,
    /// Resets the connection, after that many bytes of the answer.
    Reset {
        /// How many bytes of the answer are sent before.
        after: usize,
    },
    /// Closes the connection without an answer.
    Close,
    /// Sends bytes that are not HTTP.
    Garbage,
    /// Announces a body and sends that many bytes less of it.
    Short(usize),
    /// Answers with the status before the body was read.
    Early(u16),
    /// Sends the body in pieces, spread over the time.
    Drip {
        /// How many pieces.
        pieces: u32,
        /// How long it takes in all.
        over: Duration,
    },
    /// Sends half the headers and no more.
    StallHeaders,
    /// A plan with a name.
    Preset(Preset),
}

/// An ordinary HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// From 200 to 599.
    pub status: u16,
    /// Names and values, valid for HTTP.
    pub headers: Vec<(String, String)>,
    /// The body, empty unless the plan gives one.
    pub body: String,
}

impl Plan {
    /// Parses a plan.
    ///
    /// # Errors
    /// [`InvalidPlan`], whose text shows the place.
    pub fn parse(text: &str) -> Result<Self, InvalidPlan> {
        parse::plan(text)
    }

    /// The seed that the plan itself fixes.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Whether anything is left to chance, so that a seed makes a difference.
    pub fn is_random(&self) -> bool {
        self.branches.iter().any(|branch| branch.steps.is_random())
    }

    /// The condition of each branch as text, in order; the last has none.
    pub fn conditions(&self) -> impl Iterator<Item = Option<String>> {
        self.branches.iter().map(|branch| {
            let terms: Vec<_> = branch.condition.iter().map(Term::to_string).collect();
            (!terms.is_empty()).then(|| terms.join(","))
        })
    }

    /// Every action that the plan can come to, those of presets included.
    pub fn actions(&self) -> Vec<&Action> {
        let mut actions = Vec::new();
        for branch in &self.branches {
            branch.steps.collect_actions(&mut actions);
        }
        actions
    }
}

impl Default for Plan {
    /// `200`.
    fn default() -> Self {
        let answer = Answer { waits: Vec::new(), action: Action::status(200) };
        let step = Step { body: Body::Choice(vec![Weighted { answer, weight: 1 }]), times: Some(1) };
        Plan { seed: None, branches: vec![Branch { condition: Vec::new(), steps: Steps(vec![step]) }] }
    }
}

impl Steps {
    fn is_random(&self) -> bool {
        self.0.iter().any(|step| match &step.body {
            Body::Loop(steps) => steps.is_random(),
            Body::Choice(choice) => {
                choice.len() > 1
                    || choice.iter().any(|weighted| {
                        let answer = &weighted.answer;
                        answer.waits.iter().any(|wait| wait.from != wait.to)
                            || matches!(&answer.action, Action::Preset(preset) if preset.steps().is_random())
                    })
            }
        })
    }

    fn collect_actions<'a>(&'a self, actions: &mut Vec<&'a Action>) {
        for step in &self.0 {
            match &step.body {
                Body::Loop(steps) => steps.collect_actions(actions),
                Body::Choice(choice) => {
                    for weighted in choice {
                        match &weighted.answer.action {
                            Action::Preset(preset) => preset.steps().collect_actions(actions),
                            action => actions.push(action),
                        }
                    }
                }
            }
        }
    }
}

impl Action {
    fn status(status: u16) -> Self {
        Action::Status(Reply { status, headers: Vec::new(), body: String::new() })
    }

    /// The word by which the plan names the action: `reset`, `drip`, or `status`.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Status(_) => "status",
            Action::Forward => "forward",
            Action::Never => "never",
            Action::Reset { .. } => "reset",
            Action::Close => "close",
            Action::Garbage => "garbage",
            Action::Short(_) => "short",
            Action::Early(_) => "early",
            Action::Drip { .. } => "drip",
            Action::StallHeaders => "stall",
            Action::Preset(preset) => preset.name(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Status(reply) => write!(f, "{reply}"),
            Action::Reset { after: 0 } => f.write_str("reset"),
            Action::Reset { after } => write!(f, "reset(after={after}B)"),
            Action::Short(bytes) => write!(f, "short({bytes}B)"),
            Action::Early(status) => write!(f, "early({status})"),
            Action::Drip { pieces, over } => write!(f, "drip({pieces},{over:?})"),
            Action::StallHeaders => f.write_str("stall(headers)"),
            _ => f.write_str(self.name()),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        let body = (!self.body.is_empty()).then_some(("body", self.body.as_str()));
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (index, (name, value)) in headers.chain(body).enumerate() {
            write!(f, "{}{name}={}", if index == 0 { '(' } else { ',' }, cursor::quoted(value))?;
        }
        if self.headers.is_empty() && self.body.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bang = if self.negated { "!" } else { "" };
        match &self.test {
            Test::Verified => write!(f, "{bang}verified"),
            Test::Unsigned => write!(f, "{bang}unsigned"),
            Test::Refused => write!(f, "{bang}refused"),
            Test::Method(value) => write!(f, "{bang}method={}", cursor::quoted(value)),
            Test::Path(value) => write!(f, "{bang}path={}", cursor::quoted(value)),
            Test::Event(value) => write!(f, "{bang}event={}", cursor::quoted(value)),
            Test::Verdict(value) => write!(f, "{bang}verdict={}", cursor::quoted(value)),
        }
    }
}
