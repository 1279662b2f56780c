//! Captures for other tools, and two of them compared.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::refusal::{Code, Refusal};
use super::requests::filter;
use super::{Asked, Controlled, Named, json};
use crate::diff::diff;
use crate::export::{self, Format, Options, Redaction, THROW_AWAY};
use crate::journal::kept;

/// How many bytes are written together.
const PIECE: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    format: String,
    #[serde(default)]
    filter: String,
    #[serde(default)]
    redact: bool,
    /// Where the requests are to be sent.
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedOne {
    format: String,
    #[serde(default)]
    redact: bool,
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Two {
    a: String,
    b: String,
}

fn format(name: &str) -> Result<Format, Refusal> {
    name.parse().map_err(|error| Refusal::new(Code::QueryInvalid, format!("format: {error}")))
}

fn redaction(redact: bool) -> Result<Option<Redaction>, Refusal> {
    let redaction = redact.then(|| Redaction::new(THROW_AWAY)).transpose();
    redaction.map_err(|error| Refusal::new(Code::QueryInvalid, error.to_string()))
}

/// All that a filter lets through, the oldest first. What is written waits for its reader.
pub(super) async fn all(
    State(control): State<Arc<Controlled>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Refusal> {
    let (format, filter, redaction) = (format(&wanted.format)?, filter(&wanted.filter)?, redaction(wanted.redact)?);
    let journal = Arc::clone(&control.shared.journal);
    let (pieces, written) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let options = Options { target: wanted.to.as_deref(), redaction: redaction.as_ref() };
        let out = io::BufWriter::with_capacity(PIECE, Pieces(pieces.clone()));
        let done = export::export(out, format, kept(&journal, &filter), options);
        let fault = journal.fault().map(io::Error::other);
        if let Some(error) = done.err().or(fault) {
            // An answer that breaks off is not taken for a whole one.
            let _ = pieces.blocking_send(Err(error));
        }
    });
    Ok((headers(format, "requests"), Body::new(Written(written))).into_response())
}

/// One of them.
pub(super) async fn one(Asked(wanted): Asked<WantedOne>, Named(capture): Named) -> Result<Response, Refusal> {
    let (format, redaction) = (format(&wanted.format)?, redaction(wanted.redact)?);
    let options = Options { target: wanted.to.as_deref(), redaction: redaction.as_ref() };
    let bytes = export::to_bytes(format, [&*capture], options);
    Ok((headers(format, &capture.id()), bytes).into_response())
}

/// How two of them differ.
pub(super) async fn compare(
    State(control): State<Arc<Controlled>>,
    Asked(two): Asked<Two>,
) -> Result<Response, Refusal> {
    let found = control.ask(move |journal| journal.named(&two.a).zip(journal.named(&two.b))).await?;
    let (a, b) =
        found.ok_or_else(|| Refusal::new(Code::NotFound, "one of the requests is not there, or is kept no more"))?;
    Ok(json(diff(&a, &b).to_json()))
}

/// Text of a stranger: to be saved, and never to be shown as what it says it is.
fn headers(format: Format, name: &str) -> [(HeaderName, String); 2] {
    let (kind, end) = match format {
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
        Format::Har => ("application/json", "har"),
        Format::Curl | Format::Httpie => ("text/plain; charset=utf-8", "sh"),
        Format::Python => ("text/plain; charset=utf-8", "py"),
        Format::Node => ("text/plain; charset=utf-8", "mjs"),
        Format::Pytest => ("text/plain; charset=utf-8", "py"),
        Format::Vitest => ("text/plain; charset=utf-8", "test.ts"),
    };
    [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{end}\"")),
    ]
}

/// Sends what is written, one piece at a time.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Who does not read on wants no more.
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The body of an export.
struct Written(mpsc::Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Written {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
