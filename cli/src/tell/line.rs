//! What is told to programs: an object a line.

use chatislav_dispatcher::Report;
use chatislav_webhooks::settings::Skip;
use chatislav_webhooks::{Line, Step};

use super::Subject;

pub(crate) fn attempt(subject: &Subject<'_>, report: &Report<'_>) -> Line {
    let attempt = report.attempt;
    let next = match report.step {
        Step::Retry { delay, .. } => Some(delay),
        _ => None,
    };
    let line = begun(subject, "attempt");
    let line = if subject.id.is_some() { line.number("resent", subject.is_resent) } else { line };
    line.number("attempt", report.number)
        .number_or_null("status", attempt.outcome.status())
        .text_or_null("error", attempt.error.as_deref())
        .text_or_null("phase", attempt.outcome.phase().map(|phase| phase.name()))
        .number("ms", format_args!("{:.3}", attempt.duration.as_secs_f64() * 1e3))
        .number("phases", attempt.timings)
        .number_or_null("next_in_ms", next.map(|delay| delay.as_millis()))
        .text("profile", report.profile_hash)
}

/// A delivery that the settings do not want.
pub(crate) fn skipped(skip: Skip, key: &str) -> Line {
    Line::new("delivery")
        .text("delivery", key)
        .text("outcome", Skip::OUTCOME)
        .number("attempts", 0)
        .text("reason", skip.reason())
}

pub(crate) fn end(subject: &Subject<'_>, step: Step, attempts: u32, reason: &str) -> Line {
    begun(subject, "delivery").text("outcome", step.name()).number("attempts", attempts).text("reason", reason)
}

fn begun(subject: &Subject<'_>, kind: &'static str) -> Line {
    let line = Line::new(kind).text("delivery", subject.key);
    match subject.id {
        Some(id) => line.number("id", id),
        None => line,
    }
}
