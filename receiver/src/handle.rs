//! What happens to one request, from its head to its answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chatislav_webhooks::{Error, ErrorKind, accepts_method};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response};

use crate::answer::{self, NoAnswer, Payload};
use crate::body::{self, Incomplete};
use crate::exchange::Exchange;
use crate::journal::Version;
use crate::play;
use crate::shared::Shared;
use crate::verdict::Verdict;
use crate::wire::{Doubt, Wire};

/// How a request came to us.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: Option<SocketAddr>,
    /// What is below hyper; HTTP/2 has nothing there that we could use.
    pub(crate) wire: Option<Wire>,
    /// How many requests the connection had, on HTTP/2; held by each that is being answered.
    pub(crate) streams: Option<Arc<AtomicU64>>,
}

pub(crate) async fn request(way: Way, request: Request<Incoming>) -> Result<Response<Payload>, NoAnswer> {
    let (parts, incoming) = request.into_parts();
    let (mut exchange, doubt) = begin(&way, &parts);
    if let Some(Doubt { status, reason }) = doubt {
        exchange.malformed(reason);
        return Box::pin(answer::close_after(exchange, answer::empty(status))).await;
    }
    if !accepts_method(parts.method.as_str()) {
        return Box::pin(refuse_early(exchange, ErrorKind::MethodNotAllowed, incoming)).await;
    }
    if let Some(early) = play::early(&mut exchange, &parts) {
        return Ok(early_answer(exchange, early, parts, incoming));
    }
    let exchange = match read(exchange, incoming).await {
        Ok(exchange) => exchange,
        Err(Unread { exchange, incoming: Some(incoming), .. }) => {
            return Box::pin(refuse_early(*exchange, ErrorKind::BodyTooLarge, incoming)).await;
        }
        Err(Unread { exchange, status: Some(status), .. }) => {
            return Box::pin(answer::close_after(*exchange, answer::empty(status))).await;
        }
        Err(Unread { .. }) => return Err(NoAnswer),
    };
    let answered = judge(exchange, &way, &parts).await;
    // Under load, all that has come is judged before the first answer is written: waking a sender once for
    // many answers costs less than once for each. No answer above may wait like this: while it did, hyper
    // would ask for the body that was not read.
    tokio::task::yield_now().await;
    answered
}

/// The exchange, with the head as it came, and why it is refused if it is.
fn begin(way: &Way, parts: &Parts) -> (Exchange, Option<Doubt>) {
    let shared = Arc::clone(&way.shared);
    let Some(wire) = &way.wire else {
        let mut exchange = Exchange::new(shared, way.peer, Version::Http2, written_anew(parts), None);
        exchange.stream.clone_from(&way.streams);
        if let Some(streams) = &way.streams {
            streams.fetch_add(1, Ordering::Relaxed);
        }
        return (exchange, None);
    };
    // hyper and we have read the same bytes; should we differ on where a head begins, it is refused.
    let differs = Doubt { status: 400, reason: "a head that two readers find in two places" };
    match wire.head() {
        Some((head, answering)) => {
            let is_same = head.bytes.starts_with(parts.method.as_str().as_bytes());
            let doubt = head.doubt.or((!is_same).then_some(differs));
            (Exchange::new(shared, way.peer, Version::Http1, head.bytes, Some(answering)), doubt)
        }
        None => (Exchange::new(shared, way.peer, Version::Http1, Bytes::new(), None), Some(differs)),
    }
}

/// A head of HTTP/2 in the form of HTTP/1.
fn written_anew(parts: &Parts) -> Bytes {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/2\r\n", parts.method).into_bytes();
    if let Some(authority) = parts.uri.authority() {
        head.extend_from_slice(format!("host: {authority}\r\n").as_bytes());
    }
    for (name, value) in &parts.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head.into()
}

/// A request whose body did not come to its end.
struct Unread {
    exchange: Box<Exchange>,
    /// What is still to come of a body that is too large.
    incoming: Option<Incoming>,
    /// What is answered; nothing if nobody is there any more.
    status: Option<u16>,
}

async fn read(mut exchange: Exchange, mut incoming: Incoming) -> Result<Exchange, Unread> {
    let shared = Arc::clone(&exchange.shared);
    let config = &shared.config;
    let read = body::read(&mut incoming, &mut exchange.received, config.max_body, &config.limits).await;
    let Err(incomplete) = read else { return Ok(exchange) };
    let status = match incomplete {
        Incomplete::TooLarge => {
            return Err(Unread { exchange: Box::new(exchange), incoming: Some(incoming), status: None });
        }
        Incomplete::Stalled => {
            exchange.note(|capture| capture.reason = "the body stopped coming, or came too slowly".into());
            Some(408)
        }
        Incomplete::Crowded => {
            exchange.note(|capture| capture.reason = "too many bodies are on their way, see --max-bodies".into());
            Some(503)
        }
        Incomplete::Broken => {
            exchange.note(|capture| capture.reason = "the sender left in the middle of the body".into());
            None
        }
        Incomplete::Malformed => {
            exchange.malformed("a body whose chunks are not HTTP");
            Some(400)
        }
    };
    Err(Unread { exchange: Box::new(exchange), incoming: None, status })
}

/// What Chatislav may say is judged before the plan: a refused request is answered by its code.
async fn judge(mut exchange: Exchange, way: &Way, parts: &Parts) -> Result<Response<Payload>, NoAnswer> {
    let judgement = exchange.judge(&parts.headers);
    if let Verdict::Refused(error) = &judgement.verdict
        && !exchange.shared.config.ignore_verdict
    {
        return Box::pin(answer::send(exchange, answer::refusal(error))).await;
    }
    play::play(exchange, way, parts, &judgement).await
}

/// Refuses before the body was read, and lets the sender read the answer.
async fn refuse_early(
    mut exchange: Exchange,
    kind: ErrorKind,
    incoming: Incoming,
) -> Result<Response<Payload>, NoAnswer> {
    let error = Error::new(kind);
    exchange.refused(&error);
    let response = answer::close_after(exchange, answer::refusal(&error)).await;
    tokio::spawn(body::drain(incoming));
    response
}

/// Answers before the body was read; who sent it is found out afterwards, for the journal.
fn early_answer(mut exchange: Exchange, status: u16, parts: Parts, incoming: Incoming) -> Response<Payload> {
    let answer = answer::empty(status);
    let response = answer::closing(answer::response(&answer));
    exchange.note(|capture| capture.answer = Some(answer));
    tokio::spawn(async move {
        let exchange = match read(exchange, incoming).await {
            Ok(mut exchange) => {
                exchange.judge(&parts.headers);
                exchange
            }
            Err(unread) => {
                if let Some(incoming) = unread.incoming {
                    body::drain(incoming).await;
                }
                *unread.exchange
            }
        };
        exchange.ended(crate::journal::End::Answered);
    });
    response
}
