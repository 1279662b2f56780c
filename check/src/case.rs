//! A case: one thing that an endpoint must do, under an id that stays.

use std::fmt;

use crate::play::Play;

/// One thing that an endpoint is asked. The battery is a table of them: see [`crate::battery`].
pub struct Case {
    /// Stable: `C-01`, or `C-09/prefix` where a number has variants.
    pub id: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// How much it counts.
    pub level: Level,
    /// What the endpoint has to do, in one sentence.
    pub requirement: &'static str,
    /// What is sent to see it, in words.
    pub sends: &'static str,
    /// Whether it takes seconds by its nature.
    pub is_slow: bool,
    pub(crate) play: Play,
}

impl Case {
    /// What the endpoint may answer, in words.
    pub const fn accepted(&self) -> &'static str {
        self.play.accepted()
    }

    /// How many requests it makes at most, where nothing of them has been sent for another case.
    pub fn requests(&self) -> usize {
        self.play.requests()
    }

    /// Whether a pattern means it: the id, the number before the slash, or the group, in either case.
    pub fn is_named(&self, pattern: &str) -> bool {
        let number = self.id.split('/').next().unwrap_or_default();
        [self.id, number, self.group.name()].iter().any(|name| name.eq_ignore_ascii_case(pattern))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.id)
    }
}

/// An id names a case, so two with the same are the same.
impl PartialEq for Case {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Case {}

/// What cases are gathered under, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// What Chatislav sends is taken.
    Accepts,
    /// What anybody else sends is not.
    Refuses,
    /// The answer makes the sender do the right thing, and tells nothing to strangers.
    Answers,
    /// Load, slowness and rubbish leave it standing.
    Survives,
    /// Each delivery has one effect; needs a probe.
    Counts,
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Group; 5] = [Group::Accepts, Group::Refuses, Group::Answers, Group::Survives, Group::Counts];

    /// The word for it: `accepts`, `refuses`, `answers`, `survives` or `counts`.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Accepts => "accepts",
            Group::Refuses => "refuses",
            Group::Answers => "answers",
            Group::Survives => "survives",
            Group::Counts => "counts",
        }
    }

    /// The heading above its cases.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Accepts => "Accepts what is genuine",
            Group::Refuses => "Refuses what is not",
            Group::Answers => "Answers wisely",
            Group::Survives => "Survives",
            Group::Counts => "Counts once",
        }
    }
}

/// How much a case counts, as RFC 2119 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing can fail here: it is told.
    Info,
    /// A failure is a weakness.
    Should,
    /// A failure loses events, or lets a forgery in.
    Must,
}

impl Level {
    /// `MUST`, `SHOULD` or `INFO`.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::Info => "INFO",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
