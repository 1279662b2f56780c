//! The console's page: files that are part of the program.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Controlled;
use super::refusal::{Code, Refusal};

/// What the page may load and do: its own files and this API. Text never becomes markup or script,
/// since what it shows was written by strangers.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

struct File {
    name: &'static str,
    bytes: &'static [u8],
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(File { name: $name, bytes: include_bytes!(concat!("../../console/", $name)) }),+]
    };
}

/// Everything in `receiver/console`; a test holds the list to the folder.
const FILES: &[File] = files![
    "api.js",
    "body.js",
    "bytes.js",
    "console.css",
    "copy.js",
    "detail.js",
    "difference.js",
    "dom.js",
    "empty.js",
    "events.js",
    "explanation.js",
    "filter.js",
    "gate.js",
    "headers.js",
    "help.js",
    "icon.svg",
    "index.html",
    "journal.js",
    "keys.js",
    "list.js",
    "main.js",
    "notices.js",
    "notify.js",
    "pieces.js",
    "place.js",
    "plan.js",
    "pretty.js",
    "remembered.js",
    "replay.js",
    "requests.css",
    "requests.js",
    "theme.js",
    "timeline.js",
    "verify.js",
    "visible.js",
    "webhooks-attempts.js",
    "webhooks-field.js",
    "webhooks-form.js",
    "webhooks-headers.js",
    "webhooks-place.js",
    "webhooks-secret.js",
    "webhooks-test.js",
    "webhooks.css",
    "webhooks.js",
    "words.js",
];

/// The page at `/`, and its files under `/console`.
pub(super) fn routes() -> Router<Arc<Controlled>> {
    Router::new().route("/", get(index)).route("/console/{name}", get(file))
}

async fn index() -> Result<Response, Refusal> {
    served("index.html")
}

async fn file(name: Result<Path<String>, PathRejection>) -> Result<Response, Refusal> {
    // What is no text is no name of ours.
    served(name.as_ref().map_or("", |Path(name)| name))
}

fn served(name: &str) -> Result<Response, Refusal> {
    let file = FILES.iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| Refusal::new(Code::NotFound, "the page has no such file"))?;
    let headers = [
        (header::CONTENT_TYPE, kind(file.name)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Whoever opened the page from another site holds no handle on its window.
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    Ok((headers, file.bytes).into_response())
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
