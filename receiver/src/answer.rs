//! Answers, and how they are sent.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::plan::Reply;
use chatislav_webhooks::{ALLOW, Error, ErrorKind};
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::time::{Instant, Sleep};

use crate::exchange::Exchange;
use crate::forward::{ForwardError, is_of_the_connection};
use crate::journal::{Answer, End};

/// There is no answer: the connection is closed, or on HTTP/2 the stream reset.
#[derive(Debug)]
pub(crate) struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for NoAnswer {}

/// The body of an answer.
pub(crate) enum Payload {
    /// In one piece; `None` once it was handed over.
    Whole(Option<Bytes>),
    /// In pieces, spread over a time.
    Drip(Box<Drip>),
    /// Announced, and then broken off.
    Broken { announced: u64 },
}

/// A body of one byte a piece.
pub(crate) struct Drip {
    pieces: u32,
    sent: u32,
    start: Instant,
    over: Duration,
    sleep: Pin<Box<Sleep>>,
    /// Recorded with its last piece.
    exchange: Option<Exchange>,
}

impl Payload {
    pub(crate) fn drip(pieces: u32, over: Duration, exchange: Exchange) -> Self {
        let start = Instant::now();
        let sleep = Box::pin(tokio::time::sleep_until(start));
        let mut drip = Drip { pieces, sent: 0, start, over, sleep, exchange: Some(exchange) };
        drip.rest();
        Payload::Drip(Box::new(drip))
    }
}

impl Drip {
    /// Sleeps until the next piece is due.
    fn rest(&mut self) {
        let part = self.over.mul_f64(f64::from(self.sent + 1) / f64::from(self.pieces.max(1)));
        self.sleep.as_mut().reset(self.start.checked_add(part).unwrap_or(self.start));
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        match self.get_mut() {
            Payload::Whole(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Frame::data).map(Ok))
            }
            Payload::Broken { .. } => Poll::Ready(Some(Err(NoAnswer))),
            Payload::Drip(drip) => {
                if drip.sent >= drip.pieces {
                    return Poll::Ready(None);
                }
                ready!(drip.sleep.as_mut().poll(cx));
                drip.sent += 1;
                if drip.sent < drip.pieces {
                    drip.rest();
                } else if let Some(exchange) = drip.exchange.take() {
                    exchange.ended(End::Answered);
                }
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b".")))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Payload::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Payload::Drip(drip) => drip.sent >= drip.pieces,
            Payload::Broken { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Payload::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Payload::Drip(drip) => u64::from(drip.pieces - drip.sent),
            Payload::Broken { announced } => *announced,
        })
    }
}

/// A status and nothing else.
pub(crate) fn empty(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: Bytes::new() }
}

/// `{"error": code}` and no more.
pub(crate) fn refusal(error: &Error) -> Answer {
    let mut headers = vec![("content-type".to_owned(), Bytes::from_static(b"application/json"))];
    if error.kind() == ErrorKind::MethodNotAllowed {
        headers.push(("allow".to_owned(), Bytes::from_static(ALLOW.as_bytes())));
    }
    // A code is plain ASCII, so this is JSON as it stands.
    let body = format!("{{\"error\": \"{}\"}}", error.code()).into();
    Answer { status: error.http_status(), headers, body }
}

/// What a plan says.
pub(crate) fn of_reply(reply: &Reply) -> Answer {
    let headers = reply.headers.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    Answer { status: reply.status, headers: headers.collect(), body: reply.body.clone().into() }
}

/// What an app said, without what belonged to its connection.
///
/// # Errors
/// [`ForwardError::Down`] for an app that changes the protocol or says what is no status of HTTP: it
/// has given no answer.
pub(crate) fn passed_on(mut answer: Answer) -> Result<Answer, ForwardError> {
    if !(200..=599).contains(&answer.status) {
        return Err(ForwardError::Down(format!("its status {} is no answer", answer.status)));
    }
    answer.headers.retain(|(name, _)| !is_of_the_connection(&name.to_ascii_lowercase()));
    Ok(answer)
}

/// The answer for hyper.
pub(crate) fn response(answer: &Answer) -> Response<Payload> {
    let mut response = Response::new(Payload::Whole(Some(answer.body.clone())));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        // The plan's parser lets through only what HTTP takes, and an app's answer came by HTTP.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// The same, as the last on its connection.
pub(crate) fn closing(mut response: Response<Payload>) -> Response<Payload> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Records the exchange and answers it. No 2xx is sent for what could not be kept: it is 503, which
/// Chatislav tries again.
pub(crate) async fn send(exchange: Exchange, answer: Answer) -> Result<Response<Payload>, NoAnswer> {
    let response = response(&answer);
    let is_success = response.status().is_success();
    let shared = std::sync::Arc::clone(&exchange.shared);
    match exchange.answered(answer).await {
        Ok(()) => Ok(response),
        Err(not_kept) => {
            shared.not_kept(&not_kept);
            Ok(if is_success { self::response(&empty(503)) } else { response })
        }
    }
}

/// The same, and closes the connection.
pub(crate) async fn close_after(exchange: Exchange, answer: Answer) -> Result<Response<Payload>, NoAnswer> {
    send(exchange, answer).await.map(closing)
}
