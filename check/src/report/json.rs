//! One JSON document, for programs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::{Timestamp, ascii_json};
use serde::Serialize;

use super::{Finding, Outcome, Report};
use crate::cause::Cause;
use crate::exchange::{Exchange, Wire};
use crate::shrink::{Feature, Smallest};

/// The report as one JSON object with `"v":1`, in printable ASCII, with a line end.
///
/// A cause is explained once, under `causes`. Of a finding that has not passed there are exchanges, and
/// what went over the wire is `text` where it is UTF-8 and `base64` where not; `bytes` says how much there
/// was, of which at most 64 KiB are kept.
pub fn json(report: &Report) -> String {
    // Texts and numbers under names that are texts: there is nothing in it that could fail.
    let json = serde_json::to_string_pretty(&Document::of(report)).unwrap_or_default();
    ascii_json(json + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    v: u8,
    r#type: &'static str,
    tool: &'static str,
    url: &'a str,
    seed: u64,
    started: String,
    ms: u128,
    requests: usize,
    strict: bool,
    good: bool,
    counting: usize,
    counts: BTreeMap<&'static str, usize>,
    largest_accepted: Option<usize>,
    smallest_refused: Option<usize>,
    obstacle: Option<Hindrance<'a>>,
    causes: BTreeMap<&'static str, Explained>,
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Hindrance<'a> {
    kind: &'static str,
    reason: String,
    advice: String,
    cause: Option<&'static str>,
    exchanges: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Explained {
    explanation: &'static str,
    fixes: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'static str,
    group: &'static str,
    level: &'static str,
    outcome: &'static str,
    counts: bool,
    requirement: &'static str,
    sends: &'static str,
    accepted: &'static str,
    seen: &'a str,
    cause: Option<&'static str>,
    ms: u128,
    smallest: Option<Shrunk<'a>>,
    exchanges: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shrunk<'a> {
    body: Cow<'a, str>,
    from: usize,
    features: Vec<Offence>,
    requests: usize,
    complete: bool,
}

#[derive(Serialize)]
struct Offence {
    feature: &'static str,
    words: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    seen: String,
    status: Option<u16>,
    ms: u128,
    sent: Bytes<'a>,
    received: Bytes<'a>,
    again: Option<String>,
}

#[derive(Serialize)]
struct Bytes<'a> {
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        let causes = report.findings.iter().filter_map(|finding| finding.cause);
        let causes = causes.chain(report.obstacle.as_ref().and_then(|obstacle| obstacle.cause()));
        Document {
            v: 1,
            r#type: "check",
            tool: concat!("chatislav ", env!("CARGO_PKG_VERSION")),
            url: &report.target,
            seed: report.seed,
            started: Timestamp::from(report.started).rfc3339(),
            ms: report.duration.as_millis(),
            requests: report.requests,
            strict: report.is_strict,
            good: report.is_good(),
            counting: report.failures(),
            counts: Outcome::ALL.into_iter().map(|outcome| (outcome.name(), report.count(outcome))).collect(),
            largest_accepted: report.largest_accepted,
            smallest_refused: report.smallest_refused,
            obstacle: report.obstacle.as_ref().map(|obstacle| Hindrance {
                kind: obstacle.kind.name(),
                reason: obstacle.kind.to_string(),
                advice: obstacle.kind.advice(),
                cause: obstacle.cause().map(Cause::name),
                exchanges: shown(&obstacle.exchanges, report),
            }),
            causes: causes.map(|cause| (cause.name(), Explained::of(cause))).collect(),
            findings: report.findings.iter().map(|finding| Found::of(finding, report)).collect(),
        }
    }
}

impl Explained {
    fn of(cause: Cause) -> Self {
        let fixes = cause.fixes().map(|(framework, fix)| (framework.name(), fix)).collect();
        Explained { explanation: cause.explanation(), fixes }
    }
}

impl<'a> Found<'a> {
    fn of(finding: &'a Finding, report: &'a Report) -> Self {
        let case = finding.case;
        let is_evidence = finding.outcome != Outcome::Passed;
        Found {
            id: case.id,
            group: case.group.name(),
            level: case.level.name(),
            outcome: finding.outcome.name(),
            counts: report.counts(finding),
            requirement: case.requirement,
            sends: case.sends,
            accepted: case.accepted(),
            seen: &finding.seen,
            cause: finding.cause.map(Cause::name),
            ms: finding.duration.as_millis(),
            smallest: finding.smallest.as_ref().map(Shrunk::of),
            exchanges: if is_evidence { shown(&finding.exchanges, report) } else { Vec::new() },
        }
    }
}

impl<'a> Shrunk<'a> {
    fn of(smallest: &'a Smallest) -> Self {
        let offence = |feature: &Feature| Offence { feature: feature.name(), words: feature.to_string() };
        Shrunk {
            // An event is UTF-8.
            body: String::from_utf8_lossy(&smallest.body),
            from: smallest.from,
            features: smallest.features.iter().map(offence).collect(),
            requests: smallest.requests,
            complete: smallest.is_complete,
        }
    }
}

fn shown<'a>(exchanges: &'a [Exchange], report: &Report) -> Vec<Shown<'a>> {
    let shown = |exchange: &'a Exchange| Shown {
        seen: exchange.seen.to_string(),
        status: exchange.seen.status(),
        ms: exchange.duration.as_millis(),
        sent: Bytes::of(&exchange.sent),
        received: Bytes::of(&exchange.received),
        again: report.again(exchange),
    };
    exchanges.iter().map(shown).collect()
}

impl<'a> Bytes<'a> {
    fn of(wire: &'a Wire) -> Self {
        let text = str::from_utf8(&wire.bytes).ok();
        let base64 = text.is_none().then(|| STANDARD.encode(&wire.bytes));
        Bytes { bytes: wire.total, text, base64 }
    }
}
