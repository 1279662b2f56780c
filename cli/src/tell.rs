//! What is told of a delivery: each attempt, and the end.

mod course;
pub(crate) mod line;

use std::time::Duration;

use chatislav_dispatcher::outbox::DeliveryId;
use chatislav_dispatcher::{Attempt, Report};
use chatislav_webhooks::profile::Decision;
use chatislav_webhooks::settings::Skip;
use chatislav_webhooks::{Outcome, Printable, Profile, Step, Target};
use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::Exit;
use crate::output::{Output, Tone};

pub(crate) use self::course::Course;

/// Of which delivery something is told.
pub(crate) struct Subject<'a> {
    /// Its number, if it is in an outbox.
    pub(crate) id: Option<DeliveryId>,
    pub(crate) key: &'a str,
    pub(crate) target: &'a Target,
    /// Whether it may have arrived before, without anybody knowing.
    pub(crate) is_resent: bool,
}

impl Subject<'_> {
    fn name(&self) -> String {
        self.id.map_or_else(String::new, |id| format!("{id:>6}  "))
    }
}

pub(crate) fn waiting_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.set_message("sending");
    bar
}

pub(crate) fn attempt(subject: &Subject<'_>, report: &Report<'_>, output: Output) {
    let attempt = report.attempt;
    let outcome = attempt.outcome;
    let next = match report.step {
        Step::Retry { delay, .. } => Some(delay),
        _ => None,
    };
    output.line(line::attempt(subject, report));
    let resent = if subject.is_resent { " (may arrive twice)" } else { "" };
    let (tone, symbol) = match report.profile.decisions.of(outcome) {
        Decision::Success => (Tone::Good, "✓"),
        Decision::Retry => (Tone::Middling, "↻"),
        Decision::Fail => (Tone::Bad, "✗"),
    };
    let what = match (outcome.status(), &attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => Printable(error).to_string(),
        (None, None) => "no answer".to_owned(),
    };
    let cut = attempt.answer.as_ref().and_then(|answer| answer.cut);
    let cut = cut.map_or(String::new(), |cut| format!("  (the answer's body {})", cut.reason()));
    let next = next.map_or(String::new(), |delay| format!("  next in {delay:.1?}"));
    output.say(&format!(
        "{}{}  attempt {}/{}{resent}  {}{cut}  {:.1} ms{next}",
        subject.name(),
        output.paint(tone, &format!("{symbol} {what}")),
        report.number,
        report.of,
        Printable(&report.profile.consequence(outcome)),
        attempt.duration.as_secs_f64() * 1e3,
    ));
}

/// A delivery that the settings do not want: nothing was sent, and nothing has failed.
pub(crate) fn skipped(skip: Skip, key: &str, output: Output) {
    output.line(line::skipped(skip, key));
    output.say(&format!("{}: {skip}", output.paint(Tone::Middling, &format!("– {}", Skip::OUTCOME))));
}

/// Why a delivery ended with this attempt.
pub(crate) fn reason(attempt: &Attempt, profile: &Profile) -> String {
    match (attempt.outcome, &attempt.error) {
        (Outcome::Blocked(rule), _) => rule.to_string(),
        (outcome, Some(error)) if outcome.status().is_none() => error.clone(),
        (outcome, _) => {
            let consequence = profile.consequence(outcome);
            outcome.status().map_or(consequence.to_string(), |status| format!("status {status}; {consequence}"))
        }
    }
}

/// The end of a delivery after so many requests.
pub(crate) fn end(subject: &Subject<'_>, step: Step, attempts: u32, reason: &str, output: Output) -> Exit {
    output.line(line::end(subject, step, attempts, reason));
    let (tone, symbol, exit) = match step {
        Step::Delivered => (Tone::Good, "", Exit::Good),
        Step::Blocked => (Tone::Bad, "✗ ", Exit::Blocked),
        Step::Failed | Step::Exhausted | Step::Retry { .. } => (Tone::Bad, "", Exit::Failed),
    };
    let end = output.paint(tone, &format!("{symbol}{}", step.name()));
    output.say(&format!("{}{end} after {attempts} attempt(s): {}", subject.name(), Printable(reason)));
    exit
}
