//! Plays the cases, one after the other, and keeps what several of them look at.

mod audit;
mod each;
mod effect;
mod row;
mod slow;
mod timing;

use std::collections::HashMap;

use crate::case::{Case, Level};
use crate::exchange::Exchange;
use crate::judged::Judged;
use crate::play::Play;
use crate::probe::Probe;
use crate::report::Outcome;
use crate::scene::Scene;

/// A run in progress.
pub(crate) struct Trial<'a> {
    scene: &'a Scene<'a>,
    probe: Option<&'a dyn Probe>,
    /// Whether an audit may look at the forgeries of a case.
    is_audited: &'a dyn Fn(&Case) -> bool,
    /// The forgeries that were sent already, by case and number.
    forgeries: HashMap<(&'static str, usize), Exchange>,
    row: Option<row::Row>,
    pub(crate) limits: Limits,
}

/// Between which sizes of a genuine body the endpoint's limit lies, as far as was seen.
#[derive(Clone, Copy, Default)]
pub(crate) struct Limits {
    pub(crate) largest_accepted: Option<usize>,
    pub(crate) smallest_refused: Option<usize>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(
        scene: &'a Scene<'a>,
        probe: Option<&'a dyn Probe>,
        is_audited: &'a dyn Fn(&Case) -> bool,
    ) -> Self {
        Trial { scene, probe, is_audited, forgeries: HashMap::new(), row: None, limits: Limits::default() }
    }

    /// Plays one case.
    pub(crate) async fn play(&mut self, case: &'static Case) -> Judged {
        let judged = match case.play {
            Play::Each(recipes, accept) => self.each(case, recipes, accept).await,
            Play::Audit(audit) => self.audit(audit).await,
            Play::Duplicate { at_once } => self.duplicate(case, at_once).await,
            Play::Row(rule) => self.row(case, rule).await,
            Play::Crowd => self.crowd(case).await,
            Play::Timing => self.timing(case).await,
            Play::OldSecrets => self.old_secrets(case).await,
            Play::SlowUpload => self.slow_upload(case).await,
            Play::Stalled => self.stalled(case).await,
            Play::GivenUp => self.given_up(case).await,
            Play::Effect(effect) => self.effect(case, effect).await,
        };
        // Nothing can fail where nothing is asked.
        match (case.level, judged.outcome) {
            (Level::Info, Outcome::Passed | Outcome::Failed) => {
                Judged { outcome: Outcome::Noted, cause: None, ..judged }
            }
            _ => judged,
        }
    }
}
