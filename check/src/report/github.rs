//! Markdown for the summary of a job, `$GITHUB_STEP_SUMMARY`.

use super::markdown::{escaped, fenced};
use super::{Fault, Finding, Outcome, Report, pretty};
use crate::cause::Cause;
use crate::exchange::Exchange;

/// GitHub takes 1 MiB for a step, and what is over that not at all.
const MAX: usize = 900 * 1024;

/// The report as Markdown: the verdict, each fault with its fixes and the wire, then every case.
pub fn github(report: &Report) -> String {
    let mut out = head(report);
    let mut left_out = 0;
    for fault in report.faults() {
        let text = of_fault(&fault, report);
        if out.len() + text.len() <= MAX {
            out.push_str(&text);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\n{left_out} more faults are left out here: the summary has no room for them.\n"));
    }
    out.push_str(&cases(report));
    out
}

fn head(report: &Report) -> String {
    let verdict = match (&report.obstacle, report.failures()) {
        (Some(obstacle), _) => format!("❌ {}", obstacle.kind.name()),
        (None, 0) => "✅ nothing that counts has failed".to_owned(),
        (None, failures) => format!("❌ {failures} that count have failed"),
    };
    let counts: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, report.count(outcome)))
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {}", outcome.name()))
        .collect();
    let mut out = format!("## chatislav check: {verdict}\n\n{}", escaped(&report.target));
    if !counts.is_empty() {
        out.push_str(&format!("; {}", counts.join(", ")));
    }
    out.push_str(&format!(
        "; {} requests in {:.1} s, seed {}\n",
        report.requests,
        report.duration.as_secs_f64(),
        report.seed
    ));
    if let Some(size) = report.largest_accepted {
        out.push_str(&format!("\nThe largest body that was taken had {size} bytes.\n"));
    }
    if let Some(size) = report.smallest_refused {
        out.push_str(&format!("\nThe smallest body that was too large had {size} bytes.\n"));
    }
    if let Some(obstacle) = &report.obstacle {
        let kind = &obstacle.kind;
        out.push_str(&format!("\n### {}\n\n**Do:** {}\n", escaped(&kind.to_string()), escaped(&kind.advice())));
        out.push_str(&of_cause(obstacle.cause()));
        out.push_str(&evidence(obstacle.exchanges.first(), report));
    }
    out
}

fn of_fault(fault: &Fault<'_>, report: &Report) -> String {
    let title = fault.cause.map_or("The cause is not known", Cause::explanation);
    let mut out = format!("\n### {}\n\n", escaped(title));
    for finding in &fault.findings {
        let case = finding.case;
        out.push_str(&format!(
            "- **{}** {} {} Seen: {}; accepted is {}.\n",
            case.id,
            case.level,
            escaped(case.requirement),
            escaped(&finding.seen),
            escaped(case.accepted())
        ));
        if let Some(smallest) = &finding.smallest {
            out.push_str(&format!("  The smallest that is refused so: {}\n", escaped(&pretty::least(smallest))));
        }
    }
    out.push_str(&of_cause(fault.cause));
    out + &evidence(fault.findings.iter().find_map(|finding| finding.exchanges.first()), report)
}

fn of_cause(cause: Option<Cause>) -> String {
    let fixes: String = cause
        .into_iter()
        .flat_map(Cause::fixes)
        .map(|(framework, fix)| format!("- **{}**: {}\n", framework.name(), escaped(fix)))
        .collect();
    folded("The fix", &fixes)
}

fn evidence(exchange: Option<&Exchange>, report: &Report) -> String {
    let Some(exchange) = exchange else { return String::new() };
    let wire = fenced(&pretty::wire(exchange));
    let again = report.again(exchange).map_or_else(String::new, |line| format!("\nOnce more:\n\n{}", fenced(&[line])));
    folded("The wire", &(wire + &again))
}

fn folded(title: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("\n<details><summary>{title}</summary>\n\n{text}\n</details>\n")
}

fn cases(report: &Report) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    let row = |finding: &Finding| {
        let case = finding.case;
        let mark = match finding.outcome {
            Outcome::Passed => "✅",
            Outcome::Failed if report.counts(finding) => "❌",
            Outcome::Failed | Outcome::Known => "⚠️",
            Outcome::Noted => "ℹ️",
            Outcome::Skipped => "➖",
        };
        let (name, seen) = (finding.outcome.name(), escaped(&finding.seen));
        format!("| {mark} {name} | {} | {} | {} | {seen} |\n", case.id, case.level, escaped(case.requirement))
    };
    let rows: String = report.findings.iter().map(row).collect();
    folded("Every case", &format!("| | Case | Level | Requirement | Seen |\n|---|---|---|---|---|\n{rows}"))
}
