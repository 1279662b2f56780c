//! A capture as one JSON object: what exports write, the control API answers and replays read.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatislav_webhooks::{DeliveryKey, Timestamp, ascii_json};
use serde::{Deserialize, Serialize};

use super::{Answer, Capture, End, Version};

/// What is no record of a capture, and why.
#[derive(Debug)]
pub struct InvalidRecord(String);

impl fmt::Display for InvalidRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a capture: {}", self.0)
    }
}

impl std::error::Error for InvalidRecord {}

/// The JSON object, in one line. `head` and `body` are base64 of the very bytes; `method`, `target`
/// and `headers` say the same for reading, with bytes that are not UTF-8 replaced.
pub fn to_json(capture: &Capture) -> String {
    ascii_json(serde_json::to_string(&Record::of(capture)).unwrap_or_default())
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// [`InvalidRecord`] if it is not JSON or a field does not fit.
pub fn from_json(text: &str) -> Result<Capture, InvalidRecord> {
    let record: Record<'_> = serde_json::from_str(text).map_err(|error| InvalidRecord(error.to_string()))?;
    record.capture().map_err(|field| InvalidRecord(format!("`{field}` does not fit")))
}

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    v: u8,
    r#type: Cow<'a, str>,
    id: String,
    number: u64,
    time: String,
    peer: Option<String>,
    version: Cow<'a, str>,
    #[serde(default, skip_deserializing)]
    method: Cow<'a, str>,
    #[serde(default, skip_deserializing)]
    target: Cow<'a, str>,
    #[serde(default, skip_deserializing)]
    headers: Vec<(String, String)>,
    head: String,
    body: String,
    event: Cow<'a, str>,
    verdict: Cow<'a, str>,
    reason: Cow<'a, str>,
    secret: Option<usize>,
    delivery: String,
    attempt: u64,
    step: Option<String>,
    sticks: bool,
    action: Cow<'a, str>,
    answer: Option<AnswerRecord>,
    ms: f64,
    end: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct AnswerRecord {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl<'a> Record<'a> {
    fn of(capture: &'a Capture) -> Self {
        let (method, target) = capture.method_and_target();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Record {
            v: 1,
            r#type: "capture".into(),
            id: capture.id(),
            number: capture.number,
            time: Timestamp::from(capture.time).rfc3339(),
            peer: capture.peer.map(|peer| peer.to_string()),
            version: match capture.version {
                Version::Http1 => "HTTP/1".into(),
                Version::Http2 => "HTTP/2".into(),
            },
            method,
            target,
            headers: capture.headers().map(|(name, value)| (name.into_owned(), text(value))).collect(),
            head: STANDARD.encode(&capture.head),
            body: STANDARD.encode(&capture.body),
            event: capture.event.as_ref().into(),
            verdict: capture.verdict.as_ref().into(),
            reason: capture.reason.as_ref().into(),
            secret: capture.secret,
            delivery: capture.delivery.map(|key| key.to_string()).unwrap_or_default(),
            attempt: capture.attempt,
            step: capture.step.map(|(step, of)| format!("{step}/{of}")),
            sticks: capture.sticks,
            action: capture.action.as_ref().into(),
            answer: capture.answer.as_ref().map(|answer| AnswerRecord {
                status: answer.status,
                headers: answer.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
                body: STANDARD.encode(&answer.body),
            }),
            ms: capture.duration.as_secs_f64() * 1e3,
            end: capture.end.name().into(),
        }
    }

    /// The capture, or the name of the field that does not fit.
    fn capture(self) -> Result<Capture, &'static str> {
        let bytes = |text: &str| STANDARD.decode(text).ok().map(Bytes::from);
        let run = self.id.split('-').next().and_then(|run| u16::from_str_radix(run, 16).ok()).ok_or("id")?;
        let duration = Duration::try_from_secs_f64(self.ms / 1e3).map_err(|_| "ms")?;
        let answer = match self.answer {
            Some(answer) => Some(Answer {
                status: answer.status,
                headers: answer.headers.into_iter().map(|(name, value)| (name, value.into())).collect(),
                body: bytes(&answer.body).ok_or("answer.body")?,
            }),
            None => None,
        };
        Ok(Capture {
            number: self.number,
            run,
            time: Timestamp::parse(&self.time).ok_or("time")?.instant(),
            peer: self.peer.map(|peer| peer.parse()).transpose().map_err(|_| "peer")?,
            version: match self.version.as_ref() {
                "HTTP/1" => Version::Http1,
                "HTTP/2" => Version::Http2,
                _ => return Err("version"),
            },
            head: bytes(&self.head).ok_or("head")?,
            body: bytes(&self.body).ok_or("body")?,
            verdict: Cow::Owned(self.verdict.into_owned()),
            reason: Cow::Owned(self.reason.into_owned()),
            secret: self.secret,
            event: Cow::Owned(self.event.into_owned()),
            delivery: match self.delivery.as_str() {
                "" => None,
                digits => Some(digits.parse::<DeliveryKey>().map_err(|_| "delivery")?),
            },
            attempt: self.attempt,
            step: self.step.as_deref().map(step).transpose()?,
            sticks: self.sticks,
            action: Cow::Owned(self.action.into_owned()),
            answer,
            duration,
            end: End::from_name(&self.end).ok_or("end")?,
        })
    }
}

fn step(text: &str) -> Result<(u64, u64), &'static str> {
    let (step, of) = text.split_once('/').ok_or("step")?;
    Ok((step.parse().map_err(|_| "step")?, of.parse().map_err(|_| "step")?))
}
