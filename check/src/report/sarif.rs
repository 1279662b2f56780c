//! SARIF 2.1.0, the format in which code scanning takes findings.

use chatislav_webhooks::{Printable, Timestamp, ascii_json};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::markdown::escaped;
use super::{Finding, Outcome, Place, Report, pretty};
use crate::battery::battery;
use crate::case::{Case, Group, Level};
use crate::cause::Cause;
use crate::obstacle::Obstacle;
use crate::preflight;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as SARIF: a rule for each case there is, a result for each failure that is not known.
///
/// Each result lies at the endpoint, which is a logical location, and at `place`. Without a place it is
/// good SARIF, and GitHub's code scanning refuses it.
pub fn sarif(report: &Report, place: Option<&Place>) -> String {
    let failed = report.findings.iter().filter(|finding| finding.outcome == Outcome::Failed);
    let obstacle = report.obstacle.as_ref().map(|obstacle| of_obstacle(obstacle, report, place));
    let results: Vec<_> =
        obstacle.into_iter().chain(failed.map(|finding| of_finding(finding, report, place))).collect();
    let rules: Vec<_> =
        std::iter::once(preflight_rule(report)).chain(battery().map(|case| rule(case, report))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "chatislav check",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": { "id": "chatislav-check/" },
            "invocations": [{
                "executionSuccessful": report.obstacle.is_none(),
                "startTimeUtc": Timestamp::from(report.started).rfc3339(),
                "endTimeUtc": Timestamp::from(report.started + report.duration).rfc3339(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    ascii_json(format!("{log:#}\n"))
}

/// Code scanning shows the help beside the result, so it has the fix for what was found.
fn rule(case: &'static Case, report: &Report) -> Value {
    let cause = report.findings.iter().find(|finding| finding.case == case).and_then(|finding| finding.cause);
    let mut properties = Map::from_iter([
        ("precision".to_owned(), "high".into()),
        ("problem.severity".to_owned(), severity(case.level).into()),
    ]);
    let mut tags = vec!["webhook", case.group.name()];
    if case.group == Group::Refuses {
        tags.push("security");
        let severity = if case.level == Level::Must { "8.6" } else { "5.3" };
        properties.insert("security-severity".to_owned(), severity.into());
    }
    properties.insert("tags".to_owned(), tags.into());
    let sent = format!("Sent is {}; accepted is {}.", case.sends, case.accepted());
    json!({
        "id": case.id,
        "name": name(case.id),
        "shortDescription": { "text": case.requirement },
        "fullDescription": { "text": format!("{} {} {sent}", case.level, case.requirement) },
        "defaultConfiguration": { "level": level(case.level, false) },
        "help": help(&sent, cause),
        "properties": properties,
    })
}

fn preflight_rule(report: &Report) -> Value {
    let cause = report.obstacle.as_ref().and_then(Obstacle::cause);
    json!({
        "id": preflight::NAME,
        "name": "Preflight",
        "shortDescription": { "text": "There is an endpoint that tells genuine deliveries from forgeries." },
        "fullDescription": {
            "text": "Before the cases a few requests find out whether there is anything to grade; where there is not, that is said once."
        },
        "defaultConfiguration": { "level": "error" },
        "help": help("Sent are genuine deliveries in several spellings, an unsigned one and a forgery.", cause),
        "properties": { "precision": "high", "problem.severity": "error", "tags": ["webhook"] },
    })
}

fn help(sent: &str, cause: Option<Cause>) -> Value {
    let mut text = sent.to_owned();
    let mut markdown = sent.to_owned();
    if let Some(cause) = cause {
        text.push_str(&format!("\nLikely cause: {}.", cause.explanation()));
        markdown.push_str(&format!("\n\n**Likely cause:** {}.\n", cause.explanation()));
        for (framework, fix) in cause.fixes() {
            text.push_str(&format!("\n{}: {fix}", framework.name()));
            markdown.push_str(&format!("\n- **{}**: {}", framework.name(), escaped(fix)));
        }
    }
    json!({ "text": text, "markdown": markdown })
}

fn of_finding(finding: &Finding, report: &Report, place: Option<&Place>) -> Value {
    let case = finding.case;
    let why = finding.cause.map_or_else(String::new, |cause| format!(" Likely {}.", cause.explanation()));
    let least = finding.smallest.as_ref().map(pretty::least);
    let least = least.map_or_else(String::new, |least| format!(" The smallest that is refused so: {least}."));
    let message =
        format!("{} It {}; accepted is {}.{why}{least}", case.requirement, Printable(&finding.seen), case.accepted());
    result(case.id, level(case.level, report.is_strict), &message, report, place)
}

fn of_obstacle(obstacle: &Obstacle, report: &Report, place: Option<&Place>) -> Value {
    let (kind, advice) = (obstacle.kind.to_string(), obstacle.kind.advice());
    let message = format!("Not everything could be graded: {}. What to do: {}.", Printable(&kind), Printable(&advice));
    result(preflight::NAME, "error", &message, report, place)
}

fn result(rule: &'static str, level: &str, message: &str, report: &Report, place: Option<&Place>) -> Value {
    let index = battery().position(|case| case.id == rule).map_or(0, |at| at + 1);
    let endpoint = json!([{ "fullyQualifiedName": Printable(&report.target).to_string(), "kind": "resource" }]);
    let mut location = Map::from_iter([("logicalLocations".to_owned(), endpoint)]);
    location.extend(place.map(|place| ("physicalLocation".to_owned(), place.physical())));
    json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": linkless(message) },
        "locations": [location],
        // Of the case alone: the line in which it is shown may move, and a port may be any.
        "partialFingerprints": { "primaryLocationLineHash": fingerprint(rule) },
    })
}

fn level(level: Level, is_strict: bool) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should if is_strict => "error",
        Level::Should => "warning",
        Level::Info => "note",
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::Info => "recommendation",
    }
}

/// `C-07/long-number` as `C07LongNumber`: names are one word in Pascal case (section 3.49.7).
fn name(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split(['-', '/']).map(word).collect()
}

fn fingerprint(rule: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(format!("chatislav check {rule}")));
    digits.truncate(16);
    digits + ":1"
}

/// In a message brackets make a link (section 3.11.6).
fn linkless(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}
