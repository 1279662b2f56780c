//! Requests as they come, as server-sent events.
//!
//! A stream holds a number and no requests: it reads on in the journal when its reader has room.
//! What the journal has lost in the meantime it says.

mod update;

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
use update::Update;

/// How many captures are looked at together.
const PAGE: usize = 16;
/// How many requests an update has at most.
const MAX_LATEST: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    filter: String,
    latest: Option<usize>,
}

/// From now on, or after the request whose number `Last-Event-ID` has; each of them, or with `latest`
/// the newest in updates, for those who only look.
pub(super) async fn follow(
    State(control): State<Arc<Controlled>>,
    headers: HeaderMap,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Refusal> {
    let filter = filter(&wanted.filter)?;
    if wanted.latest.is_some_and(|latest| !(1..=MAX_LATEST).contains(&latest)) {
        return Err(Refusal::new(Code::QueryInvalid, format!("latest must be from 1 to {MAX_LATEST}")));
    }
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
    let (stop, keep_alive, pause) = (control.stop.subscribe(), control.config.keep_alive, control.config.gather);
    let place = Place { journal, filter, last, newest, stop, keep_alive, latest: wanted.latest, pause, rests: false };
    let events = Events(Some(Box::pin(async move { Some((Bytes::from_static(b": following\n\n"), place)) })));
    Ok(([(header::CONTENT_TYPE, "text/event-stream")], Body::new(events)).into_response())
}

/// Where in the journal a stream has come to.
struct Place {
    journal: Arc<Journal>,
    filter: Filter,
    /// The number of the last capture that was looked at, or passed over.
    last: u64,
    newest: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    keep_alive: Duration,
    /// How many requests an update has at most; `None` where each is told.
    latest: Option<usize>,
    /// How long nothing is read after an update.
    pause: Duration,
    /// Whether there was one just now.
    rests: bool,
}

impl Place {
    /// The next events; `None` when the receiver has stopped and everything is told.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if std::mem::take(&mut self.rests) {
                // What comes meanwhile costs the stream nothing; only the receiver's end is told at once.
                let _ = tokio::time::timeout(self.pause, self.stop.wait_for(|stop| *stop)).await;
            }
            let has_stopped = *self.stop.borrow_and_update();
            self.newest.mark_unchanged();
            let before = self.last;
            let events = match self.latest {
                Some(latest) => self.update(latest).await?,
                None => self.page().await?,
            };
            let is_news = self.last > before;
            self.rests = is_news && self.latest.is_some();
            if !events.is_empty() {
                return Some((events.into(), self));
            }
            // A filter may let nothing through.
            if is_news {
                continue;
            }
            if has_stopped {
                return None;
            }
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                stopped = self.stop.changed() => stopped.ok()?,
                () = tokio::time::sleep(self.keep_alive) => {
                    return Some((Bytes::from_static(b": nothing new\n\n"), self));
                }
            }
        }
    }

    /// Each of the next captures.
    async fn page(&mut self) -> Option<String> {
        let last = self.last;
        let page = read(&self.journal, move |journal| journal.after(last, PAGE)).await?;
        let mut events = String::new();
        for capture in &page {
            let next = self.last.saturating_add(1);
            if capture.number > next {
                events.push_str(&missing("gap", next, capture.number - 1));
            }
            self.last = capture.number;
            if matches(&self.filter, capture) {
                events.push_str(&told(capture));
            }
        }
        Some(events)
    }

    /// The newest captures, and which numbers are passed over.
    async fn update(&mut self, latest: usize) -> Option<String> {
        let mut update = Update::after(self.last, latest);
        while let Some(before) = update.wants() {
            let page = read(&self.journal, move |journal| journal.before(before, PAGE)).await?;
            update.look_at(&page, &self.filter);
        }
        self.last = update.newest();
        Some(update.events())
    }
}

/// Reads in the journal; a file on a thread where that holds up nobody, and memory without the way
/// there. A journal that cannot be read any more ends the stream; who comes again goes on there.
async fn read(
    journal: &Arc<Journal>,
    ask: impl FnOnce(&Journal) -> Vec<Arc<Capture>> + Send + 'static,
) -> Option<Vec<Arc<Capture>>> {
    if journal.is_file() {
        let journal = Arc::clone(journal);
        let page = tokio::task::spawn_blocking(move || {
            let page = ask(&journal);
            (!page.is_empty() || journal.fault().is_none()).then_some(page)
        });
        return page.await.ok()?;
    }
    // Requests have their turn between the pages.
    tokio::task::yield_now().await;
    Some(ask(journal))
}

/// The event of a capture.
fn told(capture: &Capture) -> String {
    format!("id: {}\nevent: request\ndata: {}\n\n", capture.number, request_line(capture).trim_end())
}

/// The event of numbers that are not told, the last included.
fn missing(kind: &str, from: u64, to: u64) -> String {
    format!("id: {to}\nevent: {kind}\ndata: {{\"v\":1,\"type\":\"{kind}\",\"from\":{from},\"to\":{to}}}\n\n")
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
