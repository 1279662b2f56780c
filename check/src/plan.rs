//! What would run, and what it would cost, before anything is sent.

use crate::battery::{battery, forgeries};
use crate::case::Case;
use crate::endpoint::Endpoint;
use crate::play::{Accept, Play, ROW};
use crate::preflight;
use crate::recipe::Verb;
use chatislav_webhooks::Method;

/// Which cases are wanted. A pattern is an id, a number or a group, as [`Case::is_named`] reads it.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These alone; all if it is empty.
    pub only: Vec<String>,
    /// Not these.
    pub skip: Vec<String>,
    /// Nothing that takes seconds by its nature.
    pub no_slow: bool,
}

impl Selection {
    /// Whether a case was asked for.
    pub fn takes(&self, case: &Case) -> bool {
        self.only.is_empty() || self.only.iter().any(|pattern| case.is_named(pattern))
    }

    /// Whether it would be run, as far as it is for the selection to say.
    pub fn wants(&self, case: &Case) -> bool {
        self.takes(case) && !self.leaves_out(case) && !(self.no_slow && case.is_slow)
    }

    /// Whether it was asked not to be run.
    pub(crate) fn leaves_out(&self, case: &Case) -> bool {
        self.skip.iter().any(|pattern| case.is_named(pattern))
    }
}

/// The cases of a run, in their order, and how many requests they need at most.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Each case that was asked for.
    pub cases: Vec<Planned>,
    /// With those of the preflight.
    pub requests: usize,
}

/// A case of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The case.
    pub case: &'static Case,
    /// Why it will not be run.
    pub skip: Option<&'static str>,
}

impl Plan {
    /// Plans the cases of a selection for an endpoint.
    pub fn new(selection: &Selection, endpoint: &Endpoint, has_probe: bool) -> Self {
        let planned = |case: &'static Case| Planned { case, skip: skip(case, selection, endpoint, has_probe) };
        let cases: Vec<_> = battery().filter(|case| selection.takes(case)).map(planned).collect();
        let requests = preflight::requests() + requests(&cases, selection, endpoint);
        Plan { cases, requests }
    }

    /// The cases that will be run.
    pub fn running(&self) -> impl Iterator<Item = &'static Case> {
        self.cases.iter().filter(|planned| planned.skip.is_none()).map(|planned| planned.case)
    }
}

fn skip(case: &Case, selection: &Selection, endpoint: &Endpoint, has_probe: bool) -> Option<&'static str> {
    let wants = |method: Method| endpoint.method.is_some_and(|chosen| chosen != method);
    match case.play {
        _ if selection.leaves_out(case) => Some("left out by --skip"),
        _ if selection.no_slow && case.is_slow => Some("left out by --no-slow"),
        Play::Effect(_) if !has_probe => Some("there is no probe to count effects"),
        Play::OldSecrets if endpoint.old_secrets.is_empty() => Some("no old secret was declared"),
        // A forgery by the other method is a forgery still.
        Play::Each([recipe, ..], Accept::Success) if recipe.verb == Verb::Post && wants(Method::Post) => {
            Some("--method PUT was said")
        }
        Play::Each([recipe, ..], Accept::Success) if recipe.verb == Verb::Put && wants(Method::Put) => {
            Some("--method POST was said")
        }
        _ => None,
    }
}

/// What is sent once for several cases is counted once.
fn requests(cases: &[Planned], selection: &Selection, endpoint: &Endpoint) -> usize {
    let running = || cases.iter().filter(|planned| planned.skip.is_none()).map(|planned| planned.case);
    let own: usize = running()
        .map(|case| match case.play {
            Play::Audit(_) | Play::Row(_) => 0,
            Play::OldSecrets => endpoint.old_secrets.len(),
            _ => case.requests(),
        })
        .sum();
    let row = if running().any(|case| matches!(case.play, Play::Row(_))) { ROW } else { 0 };
    let is_audited = running().any(|case| matches!(case.play, Play::Audit(_)));
    let audited = forgeries()
        .filter(|(case, ..)| is_audited && !selection.leaves_out(case) && !running().any(|other| other == *case))
        .count();
    own + row + audited
}
