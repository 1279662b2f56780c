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

mod action;
mod condition;
mod counter;
mod parse;
mod play;
mod preset;
mod preview;
mod rules;

use std::fmt;
use std::time::Duration;

pub use action::{Action, Reply};
pub use condition::Condition;
pub use counter::{CounterKey, Counters, InvalidPer, Per};
pub use play::{Facts, Played};
pub use preset::Preset;
pub use rules::{Chosen, InvalidRule, Part, RuleText, Rules};

use crate::cursor::{Cursor, InvalidText, Parsed};

/// A plan or a condition that does not parse.
pub type InvalidPlan = InvalidText;

/// How long a plan may wait that stands in the URL of a request: see [`Plan::clamped`].
///
/// Such a plan is written by whoever sends, and each one that waits holds a connection.
pub const MAX_URL_WAIT: Duration = Duration::from_secs(60);

/// A plan, parsed. `Display` writes it as it was given; two plans are equal that mean the same.
#[derive(Clone, Debug)]
pub struct Plan {
    text: String,
    seed: Option<u64>,
    /// Each with its condition; the last has none and always holds.
    branches: Vec<Branch>,
    max_wait: Duration,
}

#[derive(Clone, Debug, PartialEq)]
struct Branch {
    condition: Condition,
    steps: Steps,
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

impl Plan {
    /// Parses a plan.
    ///
    /// # Errors
    /// [`InvalidPlan`], whose text shows the place.
    pub fn parse(text: &str) -> Result<Self, InvalidPlan> {
        parse::plan(text)
    }

    /// `forward`: the default where there is an app behind the receiver.
    pub fn forward() -> Self {
        Plan::of(Action::Forward)
    }

    fn of(action: Action) -> Self {
        let text = action.to_string();
        let answer = Answer { waits: Vec::new(), action };
        let step = Step { body: Body::Choice(vec![Weighted { answer, weight: 1 }]), times: Some(1) };
        let branch = Branch { condition: Condition::always(), steps: Steps(vec![step]) };
        Plan { text, seed: None, branches: vec![branch], max_wait: Duration::MAX }
    }

    /// The same plan, but none of its waits and none of its drips takes longer than this.
    ///
    /// `never` and `stall(headers)` have no length of their own: they end with the sender's
    /// patience, or the receiver's.
    #[must_use]
    pub fn clamped(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait.min(self.max_wait);
        for branch in &mut self.branches {
            branch.steps.clamp_drips(max_wait);
        }
        self
    }

    /// The plan as it was given.
    pub fn text(&self) -> &str {
        &self.text
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
        self.branches.iter().map(|branch| Some(branch.condition.to_string()).filter(|text| !text.is_empty()))
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
        Plan::of(Action::status(200))
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        (self.seed, self.max_wait, &self.branches) == (other.seed, other.max_wait, &other.branches)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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

    fn clamp_drips(&mut self, max: Duration) {
        for step in &mut self.0 {
            match &mut step.body {
                Body::Loop(steps) => steps.clamp_drips(max),
                Body::Choice(choice) => {
                    for weighted in choice {
                        if let Action::Drip { over, .. } = &mut weighted.answer.action {
                            *over = max.min(*over);
                        }
                    }
                }
            }
        }
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

/// A value: plain characters, or anything in double quotes.
fn value(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if cursor.peek() == Some('"') { cursor.quoted() } else { Ok(cursor.plain(is_plain).to_owned()) }
}

/// A value as it has to be written in a plan.
fn quoted(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | ';' | '(' | ')' | '"' | '|')
}
