//! A test event, sent by the saved settings, and told as server-sent events while it is on its way.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::Frame;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep};

use super::refusal::{Code, Refusal};
use super::settings::{read, screen, written};
use super::{Asked, Controlled, MAX_BODY, Nothing, json, replay};
use crate::screen::{BoxFuture, NotSent, Screen, TestEvent, Told};

/// How many test events may be on their way at once: a person sends one, and a page that has run wild
/// no more than these.
pub(super) const MAX_SENDS: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    event: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    event: Option<String>,
    body: Option<String>,
    #[serde(default = "one")]
    time_scale: f64,
}

const fn one() -> f64 {
    1.0
}

/// A sample, to be changed before it is sent.
pub(super) async fn sample(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Made {
        v: u8,
        r#type: &'static str,
        event: String,
        body: String,
    }

    let Wanted { event } = read(request, &control).await?;
    let body = made(screen(&control)?, &event)?;
    Ok(json(written(&Made { v: 1, r#type: "sample", event, body })))
}

/// Begins a delivery; who closes the stream ends it.
pub(super) async fn send(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    let invalid = |message: String| Refusal::new(Code::BodyInvalid, message);
    let max_body = control.shared.config.max_body;
    // In JSON each quote and line end of the event is two bytes.
    let most = max_body.saturating_mul(2).saturating_add(MAX_BODY);
    let (_, wish) = replay::read_at_most(most, request, &control, &["application/json"]).await?;
    let wish: Wish = serde_json::from_slice(&wish).map_err(|error| invalid(error.to_string()))?;
    if !(wish.time_scale.is_finite() && wish.time_scale > 0.0) {
        return Err(invalid("time_scale: expected a number over 0, such as 60".to_owned()));
    }
    let screen = screen(&control)?;
    let body = match (wish.event, wish.body) {
        (Some(event), None) => made(screen, &event)?,
        (None, Some(body)) => body,
        _ => return Err(invalid("expected either `event`, for a sample, or `body`".to_owned())),
    };
    if body.len() > max_body {
        return Err(Refusal::new(Code::BodyTooLarge, format!("an event here has at most {max_body} bytes")));
    }
    let place = Arc::clone(&control.sends).try_acquire_owned().map_err(|_| {
        Refusal::new(Code::TooManySends, format!("{MAX_SENDS} test events are on their way: wait for one, or end it"))
    })?;
    let sending = screen.send(TestEvent { body: body.into(), time_scale: wish.time_scale }).await?;
    let mut stop = control.stop.subscribe();
    let keep_alive = control.config.keep_alive;
    let events = Events {
        told: sending.told,
        _delivery: Driven(tokio::spawn(sending.delivery)),
        _place: place,
        stop: Box::pin(async move { drop(stop.wait_for(|stop| *stop).await) }),
        keep_alive,
        silence: Box::pin(tokio::time::sleep(keep_alive)),
    };
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], Body::new(events)).into_response())
}

fn made(screen: &Arc<dyn Screen>, event: &str) -> Result<String, Refusal> {
    let none = || Refusal::new(Code::BodyInvalid, format!("there is no sample of the event `{event}`"));
    screen.sample(event).ok_or_else(none)
}

impl From<NotSent> for Refusal {
    fn from(not_sent: NotSent) -> Self {
        match not_sent {
            NotSent::NoEvent(error) => Refusal::new(Code::BodyInvalid, format!("{error}: {}", error.hint())),
            NotSent::Unreadable(reason) => Refusal::new(Code::SettingsUnreadable, reason),
        }
    }
}

/// The body of the stream. The delivery goes on at its own pace, however slowly this is read, and ends
/// when this is dropped.
struct Events {
    told: UnboundedReceiver<Told>,
    _delivery: Driven,
    _place: OwnedSemaphorePermit,
    /// Comes back once the receiver has stopped.
    stop: BoxFuture<'static, ()>,
    keep_alive: Duration,
    silence: Pin<Box<Sleep>>,
}

/// A task that ends with this.
struct Driven(JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let text = match self.told.poll_recv(cx) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Told { event, line })) => format!("event: {event}\ndata: {}\n\n", line.trim_end()),
            Poll::Pending if self.stop.as_mut().poll(cx).is_ready() => return Poll::Ready(None),
            Poll::Pending if self.silence.as_mut().poll(cx).is_ready() => ": under way\n\n".to_owned(),
            Poll::Pending => return Poll::Pending,
        };
        let until = Instant::now() + self.keep_alive;
        self.silence.as_mut().reset(until);
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}
