//! What happens to one request, from its head to its answer.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use chatislav_webhooks::plan::{Action, CounterKey, Facts, Per, Reply};
use chatislav_webhooks::{ALLOW as ALLOWED_METHODS, DeliveryKey, Error, ErrorKind, accepts_method};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};

use crate::capture::{self, Incomplete};
use crate::log::Record;
use crate::shared::Shared;
use crate::verdict::{Judgement, Verdict};

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct NoAnswer;

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for NoAnswer {}

pub(crate) async fn request(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (time, start) = (SystemTime::now(), Instant::now());
    let (head, incoming) = request.into_parts();
    let mut exchange = Exchange {
        id: shared.next_id(),
        time,
        start,
        method: head.method.as_str().to_owned(),
        target: head.uri.to_string(),
        shared,
        bytes: 0,
        attempt: 1,
        step: None,
        pending: None,
    };
    if !accepts_method(head.method.as_str()) {
        return Ok(exchange.refuse_early(Error::new(ErrorKind::MethodNotAllowed), incoming));
    }
    let limits = &exchange.shared.config.limits;
    let max_body = exchange.shared.config.max_body;
    let body = match capture::body(incoming, max_body, limits.body_idle, limits.body_total).await {
        Ok(body) => body,
        Err(Incomplete::TooLarge(incoming)) => {
            return Ok(exchange.refuse_early(Error::new(ErrorKind::BodyTooLarge), incoming));
        }
        Err(Incomplete::Stalled(bytes)) => {
            exchange.notice(&format!("the sender stopped after {bytes} bytes of the body; answered 408"));
            return Ok(closing(empty(StatusCode::REQUEST_TIMEOUT)));
        }
        Err(Incomplete::Broken(bytes)) => {
            exchange.notice(&format!("the sender left after {bytes} bytes of the body"));
            return Err(NoAnswer);
        }
    };
    exchange.bytes = body.len();
    let judgement = exchange.shared.config.mode.judge(&body, &head.headers);
    drop(body);
    exchange.answer(judgement, head.uri.path()).await
}

/// A request that waits for its answer.
struct Exchange {
    shared: Arc<Shared>,
    id: String,
    time: SystemTime,
    start: Instant,
    method: String,
    target: String,
    bytes: usize,
    attempt: u64,
    step: Option<(u64, u64)>,
    /// Set while the plan waits: should the sender leave meanwhile, this is told of it.
    pending: Option<Judgement>,
}

impl Exchange {
    async fn answer(mut self, judgement: Judgement, path: &str) -> Result<Response<Full<Bytes>>, NoAnswer> {
        let shared = Arc::clone(&self.shared);
        let is_good = judgement.verdict.is_good();
        self.attempt = shared.attempts.next(CounterKey::of_delivery(judgement.delivery, is_good)) + 1;
        if let Verdict::Refused(error) = &judgement.verdict
            && !shared.config.ignore_verdict
        {
            let response = refusal(error);
            self.judged(&judgement, Some(error.http_status()));
            return Ok(response);
        }

        let plan = &shared.config.plan;
        let facts = Facts { method: &self.method, path, event: &judgement.event, verdict: judgement.verdict.name() };
        let branch = plan.branch(&facts);
        let key = match shared.config.per {
            Per::Delivery => CounterKey::of_delivery(judgement.delivery, is_good),
            Per::Event => CounterKey::of_name(&judgement.event, is_good),
            Per::Path => CounterKey::of_name(path, is_good),
            Per::All => CounterKey::of_name("", true),
        };
        let key = key.in_branch(branch);
        let count = shared.steps.next(key);
        let Some(played) = plan.play(branch, count, key.entropy(shared.config.seed, count)) else {
            return Err(NoAnswer);
        };
        self.step = Some((played.step, played.of));
        if !played.wait.is_zero() {
            self.pending = Some(judgement);
            tokio::select! {
                () = tokio::time::sleep(played.wait) => {}
                // When the receiver stops, who waits is answered at once.
                () = shared.stopping() => {}
            }
            let Some(waited) = self.pending.take() else { return Err(NoAnswer) };
            return self.act(played.action, &waited).await;
        }
        self.act(played.action, &judgement).await
    }

    async fn act(self, action: &Action, judgement: &Judgement) -> Result<Response<Full<Bytes>>, NoAnswer> {
        match action {
            Action::Status(reply) => {
                let response = response(reply);
                self.judged(judgement, Some(reply.status));
                Ok(response)
            }
            Action::Never => {
                self.judged(judgement, None);
                // Dropped when the sender gives up.
                self.shared.stopping().await;
                Err(NoAnswer)
            }
            // The others are refused at start, so a plan cannot come to them.
            _ => Err(NoAnswer),
        }
    }

    /// Refuses before the body was read, and lets the sender read the answer.
    fn refuse_early(&self, error: Error, incoming: Incoming) -> Response<Full<Bytes>> {
        let mut response = closing(refusal(&error));
        if error.kind() == ErrorKind::MethodNotAllowed {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(ALLOWED_METHODS));
        }
        self.record(&Verdict::Refused(error), "", None, Some(response.status().as_u16()));
        tokio::spawn(capture::drain(incoming));
        response
    }

    fn judged(&self, judgement: &Judgement, status: Option<u16>) {
        self.record(&judgement.verdict, &judgement.event, Some(judgement.delivery), status);
    }

    fn record(&self, verdict: &Verdict, event: &str, delivery: Option<DeliveryKey>, status: Option<u16>) {
        self.shared.sink.record(&Record {
            id: &self.id,
            time: self.time,
            method: &self.method,
            target: &self.target,
            event,
            verdict,
            delivery,
            attempt: self.attempt,
            status,
            step: self.step,
            bytes: self.bytes,
            duration: self.start.elapsed(),
        });
        self.shared.count_request();
    }

    fn notice(&self, what: &str) {
        self.shared.sink.notice(&format!("{}  {} {}: {what}", self.id, self.method, self.target));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(judgement) = self.pending.take() {
            self.judged(&judgement, None);
        }
    }
}

fn refusal(error: &Error) -> Response<Full<Bytes>> {
    // A code is plain ASCII, so this is JSON as it stands.
    let body = format!("{{\"error\": \"{}\"}}", error.code());
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Full::new(body.into());
    response
}

fn response(reply: &Reply) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let mut response = empty(status);
    for (name, value) in &reply.headers {
        // The plan's parser lets through only what HTTP takes.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    *response.body_mut() = Full::new(reply.body.clone().into());
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn closing(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
