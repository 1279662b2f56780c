//! HAR 1.2, which browsers and proxies read.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::{Timestamp, ascii_json};
use serde::Serialize;

use super::request::{raw_target, url};
use crate::journal::{Capture, Version};

pub(super) fn begin(out: &mut impl io::Write) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    write!(out, r#"{{"log":{{"version":"1.2","creator":{{"name":"chatislav","version":"{version}"}},"entries":["#)
}

pub(super) fn write(
    out: &mut impl io::Write,
    capture: &Capture,
    target: Option<&str>,
    is_first: bool,
) -> io::Result<()> {
    out.write_all(if is_first { b"\n" } else { b",\n" })?;
    out.write_all(ascii_json(serde_json::to_string(&Entry::of(capture, target))?).as_bytes())
}

pub(super) fn end(out: &mut impl io::Write) -> io::Result<()> {
    out.write_all(b"\n]}}\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    started_date_time: String,
    time: f64,
    request: Request,
    response: Response,
    cache: Empty,
    timings: Timings,
    #[serde(rename = "_chatislav")]
    ours: Ours<'a>,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Timings {
    send: u8,
    wait: f64,
    receive: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: [Empty; 0],
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<Content>,
    headers_size: usize,
    body_size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Empty; 0],
    headers: Vec<Pair>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i8,
    body_size: i64,
}

#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    mime_type: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

/// What HAR has no place for. `head` is base64 of the very bytes, if they are not UTF-8.
#[derive(Serialize)]
struct Ours<'a> {
    id: String,
    verdict: &'a str,
    reason: &'a str,
    event: &'a str,
    delivery: Option<String>,
    attempt: u64,
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
}

impl<'a> Entry<'a> {
    fn of(capture: &'a Capture, target: Option<&str>) -> Self {
        let ms = capture.duration.as_secs_f64() * 1e3;
        let headers = capture.headers().map(|(name, value)| Pair { name: name.into_owned(), value: text(value) });
        let headers: Vec<_> = headers.collect();
        let http_version = match capture.version {
            Version::Http2 => "HTTP/2",
            Version::Http1 => {
                let line = capture.head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
                if line.ends_with(b"HTTP/1.0") { "HTTP/1.0" } else { "HTTP/1.1" }
            }
        };
        let request = Request {
            method: capture.method_and_target().0.into_owned(),
            url: target.map_or_else(|| url(capture), ToOwned::to_owned),
            http_version,
            cookies: [],
            query_string: query(target.map_or_else(|| raw_target(&capture.head), str::as_bytes)),
            post_data: (!capture.body.is_empty())
                .then(|| Content { size: None, ..Content::of(&capture.body, mime_type(&headers)) }),
            headers,
            headers_size: capture.head.len(),
            body_size: capture.body.len(),
        };
        Entry {
            started_date_time: Timestamp::from(capture.time).rfc3339(),
            time: ms,
            request,
            response: Response::of(capture, http_version),
            cache: Empty {},
            timings: Timings { send: 0, wait: ms, receive: 0 },
            ours: Ours {
                id: capture.id(),
                verdict: &capture.verdict,
                reason: &capture.reason,
                event: &capture.event,
                delivery: capture.delivery.map(|key| key.to_string()),
                attempt: capture.attempt,
                end: capture.end.name(),
                head: str::from_utf8(&capture.head).is_err().then(|| STANDARD.encode(&capture.head)),
            },
        }
    }
}

impl Response {
    /// Without an answer the status is 0, as browsers have it.
    fn of(capture: &Capture, http_version: &'static str) -> Self {
        let answer = capture.answer.as_ref();
        let headers = answer.into_iter().flat_map(|answer| &answer.headers);
        let headers: Vec<_> = headers.map(|(name, value)| Pair { name: name.clone(), value: text(value) }).collect();
        let location = headers.iter().find(|pair| pair.name.eq_ignore_ascii_case("location"));
        let body = answer.map(|answer| &answer.body[..]).unwrap_or_default();
        Response {
            status: capture.status().unwrap_or(0),
            status_text: capture
                .status()
                .and_then(|status| hyper::StatusCode::from_u16(status).ok())
                .and_then(|status| status.canonical_reason())
                .unwrap_or_default(),
            http_version,
            cookies: [],
            redirect_url: location.map(|pair| pair.value.clone()).unwrap_or_default(),
            content: Content::of(body, mime_type(&headers)),
            headers,
            headers_size: -1,
            body_size: answer.map_or(-1, |answer| i64::try_from(answer.body.len()).unwrap_or(-1)),
        }
    }
}

impl Content {
    fn of(body: &[u8], mime_type: String) -> Self {
        let (text, encoding) = match str::from_utf8(body) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => (STANDARD.encode(body), Some("base64")),
        };
        Content { size: Some(body.len()), mime_type, text, encoding }
    }
}

fn mime_type(headers: &[Pair]) -> String {
    let found = headers.iter().find(|pair| pair.name.eq_ignore_ascii_case("content-type"));
    found.map_or_else(|| "application/octet-stream".to_owned(), |pair| pair.value.clone())
}

/// The query's names and values, decoded for reading; the URL has them as they came.
fn query(target: &[u8]) -> Vec<Pair> {
    let Some(start) = target.iter().position(|byte| *byte == b'?') else { return Vec::new() };
    let decoded = |bytes: &[u8]| percent_encoding::percent_decode(bytes).decode_utf8_lossy().into_owned();
    let pairs = target.get(start + 1..).unwrap_or_default().split(|byte| *byte == b'&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len()));
            Pair { name: decoded(name), value: decoded(value.get(1..).unwrap_or_default()) }
        })
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
