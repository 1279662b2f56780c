//! For a terminal: each fault with what shows it, the wire, a line to try it again, and the fix.

use chatislav_webhooks::Printable;

use super::{Fault, Finding, Report};
use crate::captured::Captured;
use crate::cause::Cause;
use crate::exchange::{Exchange, Seen, Wire};
use crate::framework::Framework;
use crate::shrink::Smallest;

const WIDTH: usize = 110;
/// How much of one line of the wire is shown.
const LONGEST_LINE: usize = 160;
/// How many lines of an answer's body are shown.
const BODY_LINES: usize = 8;

/// The faults of a report, or its obstacle, without a word on what is good; empty if all is. Nothing in
/// it moves a cursor, whatever the endpoint has answered.
pub fn faults(report: &Report, framework: Option<Framework>) -> String {
    let mut out = String::new();
    if let Some(obstacle) = &report.obstacle {
        out.push_str(&wrapped("✗ ", &Printable(&obstacle.kind.to_string()).to_string()));
        out.push_str(&wrapped("    do     ", &Printable(&obstacle.kind.advice()).to_string()));
        if let Some(cause) = obstacle.cause() {
            causes(&mut out, cause, framework);
        }
        evidence(&mut out, obstacle.exchanges.first(), report);
    }
    for fault in report.faults() {
        fault_in(&mut out, &fault, report, framework);
    }
    out
}

/// A body of the user's: what is in the way, or how it was answered; where it was refused, its smallest
/// form and a line to send that again.
pub fn captured(captured: &Captured) -> String {
    let mut out = faults(&captured.report, None);
    let Some(exchange) = &captured.exchange else { return out };
    let seen = Printable(&exchange.seen.to_string()).to_string();
    if captured.is_good() {
        return format!("✓ {seen}\n");
    }
    if captured.is_taken() {
        return out + &wrapped("- ", &format!("the body is {seen}, which says nothing before that is mended"));
    }
    out.push_str(&wrapped("✗ ", &format!("{seen}; accepted is 2xx")));
    let Some(smallest) = &captured.smallest else {
        evidence(&mut out, Some(exchange), &captured.report);
        return out;
    };
    let bytes = smallest.body.len();
    out.push_str(&wrapped("    least  ", &least(smallest)));
    out.push_str(&format!("           {bytes} of {} bytes, by {} requests\n", smallest.from, smallest.requests));
    evidence(&mut out, smallest.exchange.as_ref().or(Some(exchange)), &captured.report);
    out
}

fn fault_in(out: &mut String, fault: &Fault<'_>, report: &Report, framework: Option<Framework>) {
    if !out.is_empty() {
        out.push('\n');
    }
    let seen = |finding: &Finding| format!("{}; accepted is {}", Printable(&finding.seen), finding.case.accepted());
    for (at, finding) in fault.findings.iter().enumerate() {
        let case = finding.case;
        out.push_str(&wrapped(&format!("✗ {:<18} {:<6} ", case.id, case.level.name()), case.requirement));
        // What several have in common stands under the last of them.
        if fault.findings.get(at + 1).is_none_or(|next| seen(next) != seen(finding)) {
            out.push_str(&wrapped("    seen   ", &seen(finding)));
        }
    }
    for (finding, smallest) in fault.findings.iter().filter_map(|finding| Some((finding, finding.smallest.as_ref()?))) {
        out.push_str(&wrapped("    least  ", &format!("{}: {}", finding.case.id, least(smallest))));
    }
    if let Some(cause) = fault.cause {
        causes(out, cause, framework);
    }
    evidence(out, fault.findings.iter().find_map(|finding| finding.exchanges.first()), report);
}

fn causes(out: &mut String, cause: Cause, framework: Option<Framework>) {
    out.push_str(&wrapped("    cause  ", cause.explanation()));
    let is_wanted = |wanted: &Framework| framework.is_none_or(|framework| framework == *wanted);
    let mut fixes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (framework, fix) in cause.fixes().filter(|(framework, _)| is_wanted(framework)) {
        match fixes.iter_mut().find(|(same, _)| *same == fix) {
            Some((_, names)) => names.push(framework.name()),
            None => fixes.push((fix, vec![framework.name()])),
        }
    }
    let mut label = "    fix    ";
    for (fix, names) in fixes {
        out.push_str(&wrapped(label, &format!("{}: {fix}", names.join(", "))));
        label = "           ";
    }
}

/// A refused body in its smallest form, and what about it offends: `{"event": ""} (a space after a colon)`.
pub fn least(smallest: &Smallest) -> String {
    let text = String::from_utf8_lossy(&smallest.body);
    let shown = abridged(&text);
    let features: Vec<_> = smallest.features.iter().map(|feature| abridged(&feature.to_string())).collect();
    let why = if features.is_empty() { "what about it offends is not known".to_owned() } else { features.join("; ") };
    let more = if smallest.is_complete { "" } else { "; there may be a smaller one" };
    format!("{shown} ({why}{more})")
}

fn evidence(out: &mut String, exchange: Option<&Exchange>, report: &Report) {
    let Some(exchange) = exchange else { return };
    let mut label = "    wire   ";
    for line in wire(exchange) {
        out.push_str(&format!("{label}{line}\n"));
        label = "           ";
    }
    if let Some(line) = report.again(exchange) {
        out.push_str(&format!("    again  {line}\n"));
    }
}

/// The exchange, abridged: `>` is what was sent, `<` what came back, `=` what it comes to.
pub fn wire(exchange: &Exchange) -> Vec<String> {
    let mut lines = Vec::new();
    side(&mut lines, '>', &exchange.sent);
    side(&mut lines, '<', &exchange.received);
    if !matches!(exchange.seen, Seen::Answer(_)) {
        lines.push(format!("= {}", Printable(&exchange.seen.to_string())));
    }
    lines
}

fn side(lines: &mut Vec<String>, mark: char, wire: &Wire) {
    let text = String::from_utf8_lossy(&wire.bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    lines.extend(head.lines().map(|line| format!("{mark} {}", abridged(line))));
    if body.is_empty() {
        return;
    }
    lines.push(mark.to_string());
    lines.extend(body.lines().take(BODY_LINES).map(|line| format!("{mark} {}", abridged(line))));
    if wire.is_cut() || body.lines().count() > BODY_LINES {
        lines.push(format!("{mark} … {} bytes in all", wire.total));
    }
}

fn abridged(line: &str) -> String {
    let start: String = line.chars().take(LONGEST_LINE).collect();
    let rest = line.chars().count() - start.chars().count();
    let more = if rest == 0 { String::new() } else { format!(" … {rest} more") };
    format!("{}{more}", Printable(&start))
}

/// A paragraph behind a label, its further lines under its first.
fn wrapped(label: &str, text: &str) -> String {
    let indent = label.chars().count();
    let mut out = label.to_owned();
    let mut column = indent;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}
