//! What a run comes to, for whoever writes it down.

mod again;
mod fault;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod place;
pub mod pretty;
mod sarif;

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::case::{Case, Level};
use crate::cause::Cause;
use crate::exchange::Exchange;
use crate::obstacle::Obstacle;
use crate::scene::Scene;
use crate::shrink::Smallest;

pub use fault::Fault;
pub use github::github;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use place::{InvalidPlace, Place};
pub use sarif::sarif;

/// A run: what was asked, and what became of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The endpoint, without a user name or password.
    pub target: String,
    /// What made the requests the same on another run.
    pub seed: u64,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// How many requests were made.
    pub requests: usize,
    /// Whether a failed SHOULD counts as a failed MUST.
    pub is_strict: bool,
    /// The size of the largest genuine body that was taken, in bytes, where sizes were tried.
    pub largest_accepted: Option<usize>,
    /// The size of the smallest that was not, where a larger one is an error of the endpoint: `C-14`.
    pub smallest_refused: Option<usize>,
    /// What made the cases pointless: then none of them was run, or those from there on were skipped.
    pub obstacle: Option<Obstacle>,
    /// One for each case that was selected, in the order in which they ran.
    pub findings: Vec<Finding>,
}

/// What became of a case.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The case.
    pub case: &'static Case,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, in one line: `answered 500 to 3 of 33 forgeries`. Text of the endpoint is not in it.
    pub seen: String,
    /// What likely is wrong, where it failed.
    pub cause: Option<Cause>,
    /// The exchanges that show it: of a failure those that failed, a few of them.
    pub exchanges: Vec<Exchange>,
    /// Of a genuine delivery that was refused: the smallest one that is refused like it.
    pub smallest: Option<Smallest>,
    /// How long it took.
    pub duration: Duration,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As it must.
    Passed,
    /// Not as it must.
    Failed,
    /// Not as it must, as the baseline says.
    Known,
    /// There is something to tell.
    Noted,
    /// It was not run; the reason is in [`Finding::seen`].
    Skipped,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 5] = [Outcome::Passed, Outcome::Failed, Outcome::Known, Outcome::Noted, Outcome::Skipped];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Known => "known",
            Outcome::Noted => "noted",
            Outcome::Skipped => "skipped",
        }
    }
}

impl Report {
    /// A run that ends now, before its findings are put in.
    pub(crate) fn without_findings(
        scene: &Scene<'_>,
        is_strict: bool,
        begin: Instant,
        obstacle: Option<Obstacle>,
    ) -> Self {
        Report {
            target: scene.endpoint.target.to_string(),
            seed: scene.seed,
            started: scene.moment,
            duration: begin.elapsed(),
            requests: scene.client.requests(),
            is_strict,
            largest_accepted: None,
            smallest_refused: None,
            obstacle,
            findings: Vec::new(),
        }
    }

    /// Whether nothing that counts has failed.
    pub fn is_good(&self) -> bool {
        self.obstacle.is_none() && !self.findings.iter().any(|finding| self.counts(finding))
    }

    /// Whether a finding makes the run a failure.
    pub fn counts(&self, finding: &Finding) -> bool {
        let least = if self.is_strict { Level::Should } else { Level::Must };
        finding.outcome == Outcome::Failed && finding.case.level >= least
    }

    /// How many findings ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// How many failed that count.
    pub fn failures(&self) -> usize {
        self.findings.iter().filter(|finding| self.counts(finding)).count()
    }
}
