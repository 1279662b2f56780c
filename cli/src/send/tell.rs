//! What is told of a delivery: each attempt, and the end.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use chatislav_dispatcher::{Report, Request, Timings};
use chatislav_webhooks::profile::Decision;
use chatislav_webhooks::{Line, Outcome, Printable, Step};
use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::Exit;
use crate::guard::advice;
use crate::output::{Output, Tone};

pub(super) fn waiting_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.set_message("sending");
    bar
}

pub(super) fn attempt(report: &Report<'_>, key: &str, output: Output) {
    let attempt = report.attempt;
    let outcome = attempt.outcome;
    let next = match report.step {
        Step::Retry { delay, .. } => Some(delay),
        _ => None,
    };
    output.line(
        Line::new("attempt")
            .text("delivery", key)
            .number("attempt", report.number)
            .number_or_null("status", outcome.status())
            .text_or_null("error", attempt.error.as_deref())
            .text_or_null("phase", outcome.phase().map(|phase| phase.name()))
            .number("ms", format_args!("{:.3}", attempt.duration.as_secs_f64() * 1e3))
            .number("phases", Phases(attempt.timings))
            .number_or_null("next_in_ms", next.map(|delay| delay.as_millis()))
            .text("profile", report.profile_hash),
    );
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
        "{}  attempt {}/{}  {}{cut}  {:.1} ms{next}",
        output.paint(tone, &format!("{symbol} {what}")),
        report.number,
        report.of,
        Printable(&report.profile.consequence(outcome)),
        attempt.duration.as_secs_f64() * 1e3,
    ));
}

pub(super) fn end(
    step: Step,
    last: Option<(Outcome, Option<String>, Cow<'static, str>)>,
    attempts: u32,
    key: &str,
    request: &Request,
    output: Output,
) -> Exit {
    let outcome = last.as_ref().map(|(outcome, ..)| *outcome);
    let reason = match last {
        Some((Outcome::Blocked(rule), ..)) => rule.to_string(),
        Some((outcome, Some(error), _)) if outcome.status().is_none() => error,
        Some((outcome, _, consequence)) => match outcome.status() {
            Some(status) => format!("status {status}; {consequence}"),
            None => consequence.into_owned(),
        },
        None => "not attempted".to_owned(),
    };
    output.line(
        Line::new("delivery")
            .text("delivery", key)
            .text("outcome", step.name())
            .number("attempts", attempts)
            .text("reason", &reason),
    );
    let (tone, exit) = match step {
        Step::Delivered => (Tone::Good, Exit::Good),
        Step::Blocked => (Tone::Bad, Exit::Blocked),
        Step::Failed | Step::Exhausted | Step::Retry { .. } => (Tone::Bad, Exit::Failed),
    };
    if let Some(Outcome::Blocked(rule)) = outcome {
        output.say(&format!("{} after {attempts} attempt(s)", output.paint(tone, "✗ blocked")));
        output.note(&advice(request.target(), rule));
    } else {
        let end = output.paint(tone, step.name());
        output.say(&format!("{end} after {attempts} attempt(s): {}", Printable(&reason)));
    }
    exit
}

/// The milliseconds of each phase that was passed through, as JSON.
struct Phases(Timings);

impl fmt::Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (phase, time)) in self.0.phases().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}\"{}\":{:.3}", phase.name(), time.as_secs_f64() * 1e3)?;
        }
        f.write_str("}")
    }
}
