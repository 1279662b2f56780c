//! What arrived.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use chatislav_webhooks::filter::Filter;
use chatislav_webhooks::{Line, Secret};
use serde::Deserialize;

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, Named, Nothing, json};
use crate::journal::{self, Capture, Journal};
use crate::verdict::Mode;

/// How many requests a page of the list has at most.
const MAX_LIMIT: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default)]
    filter: String,
    before: Option<u64>,
    #[serde(default = "hundred")]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

pub(super) fn filter(text: &str) -> Result<Filter, Refusal> {
    Filter::parse(text).map_err(|error| Refusal::text(Code::FilterInvalid, &error))
}

pub(super) fn within(limit: usize) -> Result<usize, Refusal> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Refusal::new(Code::QueryInvalid, format!("limit must be from 1 to {MAX_LIMIT}")));
    }
    Ok(limit)
}

/// What runs here.
pub(super) async fn receiver(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Refusal> {
    let (made, lost) = control.ask(Journal::counts).await?;
    let config = &control.shared.config;
    let in_force = control.shared.mode.now();
    let (mode, secrets) = match &*in_force {
        Mode::Verified(webhook) => ("verified", webhook.secrets()),
        Mode::Unsigned(_) => ("unsigned", &[][..]),
    };
    let secrets: Vec<_> = secrets.iter().map(Secret::fingerprint).collect();
    let line = Line::new("receiver")
        .number("pid", std::process::id())
        .text("version", env!("CARGO_PKG_VERSION"))
        .text("url", &control.config.url)
        .text("mode", mode)
        .texts("secrets", secrets.iter().map(String::as_str))
        .number("max_body", config.max_body)
        .number("seed", config.seed)
        .number("start", control.shared.start)
        .number("newest", *control.shared.journal.follow().borrow())
        .number("made", made)
        .number("lost", lost);
    Ok(json(line.end()))
}

/// The newest first; each as the log has it.
pub(super) async fn list(
    State(control): State<Arc<Controlled>>,
    Asked(page): Asked<Page>,
) -> Result<Response, Refusal> {
    let (filter, limit) = (filter(&page.filter)?, within(page.limit)?);
    let before = page.before.unwrap_or(u64::MAX);
    let found = control.ask(move |journal| journal::search(journal, &filter, before, limit)).await?;
    let next = found.next.map_or_else(|| "null".to_owned(), |next| next.to_string());
    Ok(json(format!("{{\"v\":1,\"requests\":[{}],\"next\":{next}}}", found.lines.join(","))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    #[serde(default)]
    filter: String,
    #[serde(default)]
    after: u64,
}

/// How many match, and what came closest of those that do not.
pub(super) async fn closest(
    State(control): State<Arc<Controlled>>,
    Asked(since): Asked<Since>,
) -> Result<Response, Refusal> {
    let filter = filter(&since.filter)?;
    let (matched, closest) = control.ask(move |journal| journal::closest(journal, &filter, since.after)).await?;
    let closest = closest
        .near_miss()
        .map(|miss| serde_json::json!({ "id": miss.id(), "differs": miss.keys(), "message": miss.to_string() }));
    Ok(json(serde_json::json!({ "v": 1, "matched": matched, "closest": closest }).to_string()))
}

/// All of it.
pub(super) async fn show(Asked(Nothing {}): Asked<Nothing>, Named(capture): Named) -> Response {
    json(journal::to_json(&capture))
}

/// The very bytes of the body.
pub(super) async fn body(Asked(Nothing {}): Asked<Nothing>, Named(capture): Named) -> Response {
    bytes(&capture, "body", capture.body.clone())
}

/// The very bytes of the head.
pub(super) async fn head(Asked(Nothing {}): Asked<Nothing>, Named(capture): Named) -> Response {
    bytes(&capture, "head", capture.head.clone())
}

/// Bytes of a stranger: to be saved, and never to be shown as what they say they are.
fn bytes(capture: &Capture, what: &str, bytes: bytes::Bytes) -> Response {
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{what}\"", capture.id())),
    ];
    (headers, bytes).into_response()
}

/// Forgets everything.
pub(super) async fn clear(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Refusal> {
    let cleared = control.ask(|journal| {
        let (made, lost) = journal.counts();
        journal.clear().map(|()| made.saturating_sub(lost))
    });
    let cleared = cleared.await?.map_err(|error| Refusal::new(Code::JournalFailed, error.to_string()))?;
    Ok(json(format!("{{\"v\":1,\"type\":\"cleared\",\"requests\":{cleared}}}")))
}
