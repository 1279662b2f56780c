//! The retry table: what is success, what is retried, what is final.

use std::fmt;
use std::str::FromStr;

use crate::near;
use crate::outcome::{Outcome, Phase};

const FIRST: u16 = 200;
const LAST: u16 = 599;

/// What an outcome comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The event is delivered.
    Success,
    /// There is another attempt, as long as the schedule has one.
    Retry,
    /// The event is lost.
    Fail,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Decision; 3] = [Decision::Success, Decision::Retry, Decision::Fail];

    /// The word for it in a profile.
    pub const fn name(self) -> &'static str {
        match self {
            Decision::Success => "success",
            Decision::Retry => "retry",
            Decision::Fail => "fail",
        }
    }
}

impl FromStr for Decision {
    type Err = InvalidDecision;

    fn from_str(text: &str) -> Result<Self, InvalidDecision> {
        let found = Decision::ALL.into_iter().find(|decision| decision.name() == text);
        found.ok_or_else(|| InvalidDecision(near::unknown("decision", text, &Decision::ALL.map(Decision::name))))
    }
}

/// Outcomes about which a profile decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Answers with a status from the first to the last of these, both included.
    Statuses(u16, u16),
    /// There was no valid answer, also one with a status under 200 or over 599.
    RequestError,
    /// The deadline passed.
    Timeout,
}

impl FromStr for Class {
    type Err = InvalidDecision;

    /// Reads `4xx`, `429`, `500-504`, `request-error` or `timeout`.
    fn from_str(text: &str) -> Result<Self, InvalidDecision> {
        const WORDS: [&str; 2] = ["request-error", "timeout"];
        let status = |text: &str| {
            let is_status = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_status.then(|| text.parse::<u16>().ok()).flatten()
        };
        let statuses = match (text.split_once('-'), text.strip_suffix("xx")) {
            (Some((first, last)), _) => status(first).zip(status(last)),
            (_, Some(digit)) => status(&format!("{digit}00")).zip(status(&format!("{digit}99"))),
            _ => status(text).map(|status| (status, status)),
        };
        match (statuses, text) {
            (Some((first, last)), _) => Class::Statuses(first, last).checked(),
            (None, "request-error") => Ok(Class::RequestError),
            (None, "timeout") => Ok(Class::Timeout),
            (None, "blocked") => Err(InvalidDecision(
                "a blocked target is final under every profile: no request was made, and none will be".to_owned(),
            )),
            (None, _) => Err(InvalidDecision(format!(
                "{}; statuses are written as 429, 4xx or 500-504",
                near::unknown("outcome", text, &WORDS)
            ))),
        }
    }
}

impl Class {
    fn checked(self) -> Result<Self, InvalidDecision> {
        let Class::Statuses(first, last) = self else { return Ok(self) };
        if first > last {
            return Err(InvalidDecision(format!("{first}-{last} has no status in it: write {last}-{first}")));
        }
        if first < FIRST || last > LAST {
            return Err(InvalidDecision(
                "statuses go from 200 to 599: any other is no valid answer, and so a request-error".to_owned(),
            ));
        }
        Ok(self)
    }

    /// Whether one decision about each of them would leave open which holds.
    pub(super) fn clashes(self, other: Class) -> bool {
        match (self, other) {
            (Class::Statuses(first, last), Class::Statuses(other_first, other_last)) => {
                let apart = last < other_first || other_last < first;
                let inside = |a: (u16, u16), b: (u16, u16)| b.0 <= a.0 && a.1 <= b.1 && a != b;
                let (one, two) = ((first, last), (other_first, other_last));
                !(apart || inside(one, two) || inside(two, one))
            }
            _ => self == other,
        }
    }

    /// How many outcomes it speaks of: the narrower decides.
    pub(super) fn width(self) -> u16 {
        match self {
            Class::Statuses(first, last) => last.saturating_sub(first),
            Class::RequestError | Class::Timeout => 0,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Class::Statuses(first, last) if first == last => write!(f, "{first}"),
            Class::Statuses(first, last) => write!(f, "{first}-{last}"),
            Class::RequestError => f.write_str("request-error"),
            Class::Timeout => f.write_str("timeout"),
        }
    }
}

/// A decision for every outcome. The default is the vendor's rule.
///
/// Three things no table can say. A 2xx is success: the endpoint has taken the event, and to send it
/// again would deliver it twice. Nothing but an answer is success: of a request error or a timeout
/// nobody knows that it arrived. And a blocked target is final: it is not here at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Decisions {
    statuses: [Decision; (LAST - FIRST + 1) as usize],
    request_error: Decision,
    timeout: Decision,
}

impl Default for Decisions {
    fn default() -> Self {
        let vendors = |outcome| match outcome {
            Outcome::Success(_) => Decision::Success,
            outcome if outcome.is_retried() => Decision::Retry,
            _ => Decision::Fail,
        };
        let mut statuses = [Decision::Fail; (LAST - FIRST + 1) as usize];
        for (status, decision) in (FIRST..=LAST).zip(&mut statuses) {
            *decision = vendors(Outcome::from_status(status));
        }
        // The phase decides nothing.
        let phase = Phase::Headers;
        Decisions {
            statuses,
            request_error: vendors(Outcome::RequestError(phase)),
            timeout: vendors(Outcome::Timeout(phase)),
        }
    }
}

impl Decisions {
    /// What this outcome comes to. A blocked target fails.
    pub fn of(&self, outcome: Outcome) -> Decision {
        match (outcome, outcome.status()) {
            (Outcome::Blocked(_), _) => Decision::Fail,
            (Outcome::Timeout(_), _) => self.timeout,
            (_, Some(status)) => self.of_status(status).unwrap_or(self.request_error),
            (_, None) => self.request_error,
        }
    }

    /// The same table with another decision about these outcomes.
    ///
    /// # Errors
    /// [`InvalidDecision`] for statuses outside 200 to 599, for a 2xx that is not success, and for
    /// a request error or timeout that is.
    pub fn with(mut self, class: Class, decision: Decision) -> Result<Self, InvalidDecision> {
        let class = class.checked()?;
        match (class, decision) {
            (Class::RequestError | Class::Timeout, Decision::Success) => {
                return Err(InvalidDecision(format!(
                    "a {class} is no success: nobody has said that the event arrived"
                )));
            }
            (Class::Statuses(first, _), Decision::Retry | Decision::Fail) if first < 300 => {
                return Err(InvalidDecision(
                    "a 2xx is success: the endpoint has taken the event, and a retry would deliver it twice".to_owned(),
                ));
            }
            (Class::Statuses(first, last), _) => self.fill(first, last, decision),
            (Class::RequestError, _) => self.request_error = decision,
            (Class::Timeout, _) => self.timeout = decision,
        }
        Ok(self)
    }

    /// The whole table in as few classes as possible, statuses in their order first.
    pub fn classes(&self) -> Vec<(Class, Decision)> {
        let mut classes: Vec<(Class, Decision)> = Vec::new();
        for (status, decision) in (FIRST..=LAST).zip(self.statuses) {
            match classes.last_mut() {
                Some((Class::Statuses(_, last), before)) if *before == decision => *last = status,
                _ => classes.push((Class::Statuses(status, status), decision)),
            }
        }
        classes.extend([(Class::RequestError, self.request_error), (Class::Timeout, self.timeout)]);
        classes
    }

    fn of_status(&self, status: u16) -> Option<Decision> {
        self.statuses.get(usize::from(status.checked_sub(FIRST)?)).copied()
    }

    fn fill(&mut self, first: u16, last: u16, decision: Decision) {
        for (status, place) in (FIRST..=LAST).zip(&mut self.statuses) {
            if (first..=last).contains(&status) {
                *place = decision;
            }
        }
    }
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.classes().iter().map(|(class, decision)| (class.to_string(), decision.name())))
            .finish()
    }
}

/// Why a decision cannot stand in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDecision(String);

impl fmt::Display for InvalidDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidDecision {}
