//! Requests as they come, as server-sent events.
//!
//! A stream holds a number and no requests: it reads on in the journal when its reader has room.
//! What the journal has lost in the meantime it says.

use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chatislav_webhooks::filter::Filter;
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::watch;

use super::refusal::{Code, Refusal};
use super::requests::filter;
use super::{Asked, Controlled};
use crate::journal::{Capture, Journal, matches};
use crate::log::request_line;

/// How many captures are looked at together.
const PAGE: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    filter: String,
}

/// From now on, or after the request whose number `Last-Event-ID` has.
pub(super) async fn follow(
    State(control): State<Arc<Controlled>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Refusal> {
    let filter = filter(&wanted.filter)?;
    let journal = Arc::clone(&control.shared.journal);
    let newest = journal.follow();
    let last = match headers.get("last-event-id") {
        None => *newest.borrow(),
        Some(id) => id
            .to_str()
            .ok()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Refusal::new(Code::QueryInvalid, "Last-Event-ID must be the number of a request"))?,
    };
    let (stop, keep_alive) = (control.stop.subscribe(), control.config.keep_alive);
    let place = Place { journal, filter, last, newest, stop, keep_alive };
    let events = Events(Some(Box::pin(async move { Some((Bytes::from_static(b": following\n\n"), place)) })));
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], Body::new(events)).into_response())
}

/// Where in the journal a stream has come to.
struct Place {
    journal: Arc<Journal>,
    filter: Filter,
    /// The number of the last capture that was looked at.
    last: u64,
    newest: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    keep_alive: Duration,
}

impl Place {
    /// The next events; `None` when the receiver has stopped and everything is told.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let has_stopped = *self.stop.borrow_and_update();
            self.newest.mark_unchanged();
            let (journal, last) = (Arc::clone(&self.journal), self.last);
            // A journal that cannot be read any more ends the stream; who comes again goes on there.
            let page = tokio::task::spawn_blocking(move || journal.after(last, PAGE)).await.ok()?;
            if !page.is_empty() {
                let events = self.events(&page);
                // A filter may let nothing through.
                if !events.is_empty() {
                    return Some((events.into(), self));
                }
            } else if has_stopped {
                return None;
            } else {
                tokio::select! {
                    changed = self.newest.changed() => changed.ok()?,
                    stopped = self.stop.changed() => stopped.ok()?,
                    () = tokio::time::sleep(self.keep_alive) => {
                        return Some((Bytes::from_static(b": nothing new\n\n"), self));
                    }
                }
            }
        }
    }

    fn events(&mut self, page: &[Arc<Capture>]) -> String {
        let mut events = String::new();
        for capture in page {
            let next = self.last.saturating_add(1);
            if capture.number > next {
                let to = capture.number - 1;
                // Writing to a String cannot fail.
                let _ = write!(
                    events,
                    "id: {to}\nevent: gap\ndata: {{\"v\":1,\"type\":\"gap\",\"from\":{next},\"to\":{to}}}\n\n"
                );
            }
            self.last = capture.number;
            if matches(&self.filter, capture) {
                let line = request_line(capture);
                let _ = write!(events, "id: {}\nevent: request\ndata: {}\n\n", capture.number, line.trim_end());
            }
        }
        events
    }
}

/// The body of a stream.
struct Events(Option<Next>);

/// The next events, and where they lead to.
type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Place)>> + Send>>;

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let told = ready!(next.as_mut().poll(cx));
        Poll::Ready(match told {
            Some((events, place)) => {
                self.0 = Some(Box::pin(place.next()));
                Some(Ok(Frame::data(events)))
            }
            None => {
                self.0 = None;
                None
            }
        })
    }
}
