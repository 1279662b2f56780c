//! One connection, from its acceptance to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::exchange::Exchange;
use crate::handle::{self, Way};
use crate::journal::{End, Version};
use crate::server::Place;
use crate::shared::Shared;
use crate::tls::speaks_http2;
use crate::wire::{Left, Socket, Tap, Why, Wire};

/// How many requests of one HTTP/2 connection are answered at once.
const STREAMS: u32 = 100;

/// Serves a connection to its end, in a task that is no larger than what it speaks.
pub(crate) fn serve(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher, place: Place) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    if shared.config.tls.is_none() && !shared.config.h2c {
        tokio::spawn(http1(stream, peer, shared, watcher, place));
    } else {
        tokio::spawn(negotiate(stream, peer, shared, watcher, place));
    }
}

/// Finds out what is spoken: TLS or not, and which version of HTTP.
async fn negotiate(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher, place: Place) {
    let patience = shared.config.limits.head;
    let Some(tls) = &shared.config.tls else {
        let is_http2 = shared.config.h2c && {
            tokio::select! {
                begun = timeout(patience, begins_http2(&stream)) => matches!(begun, Ok(true)),
                () = shared.stopping() => return,
            }
        };
        if is_http2 {
            return Box::pin(http2(stream, peer, shared, watcher, place)).await;
        }
        return Box::pin(http1(stream, peer, shared, watcher, place)).await;
    };
    let accepted = tokio::select! {
        accepted = timeout(patience, tls.accept(stream)) => accepted,
        () = shared.stopping() => return,
    };
    let reason = match accepted {
        Ok(Ok(stream)) if speaks_http2(&stream) => {
            return Box::pin(http2(stream, peer, shared, watcher, place)).await;
        }
        Ok(Ok(stream)) => return Box::pin(http1(stream, peer, shared, watcher, place)).await,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it did not come in time".to_owned(),
    };
    shared.notice_at_most_each_second(&format!("no TLS with {}: {reason}", peer.ip()));
}

/// Whether a plain connection begins as HTTP/2 does, by prior knowledge (RFC 9113 section 3.3). No
/// method of HTTP/1 begins so.
async fn begins_http2(stream: &TcpStream) -> bool {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0";
    let mut beginning = [0; PREFACE.len()];
    let mut pause = Duration::from_millis(5);
    loop {
        let Ok(seen) = stream.peek(&mut beginning).await else { return false };
        let seen = beginning.get(..seen).unwrap_or_default();
        if seen.is_empty() || !PREFACE.starts_with(seen) || seen.len() == PREFACE.len() {
            return seen == PREFACE;
        }
        // The rest is on its way; a peek does not wait for it.
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

async fn http2(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    shared: Arc<Shared>,
    watcher: Watcher,
    place: Place,
) {
    let limits = shared.config.limits;
    let streams = Arc::new(AtomicU64::new(0));
    let way = Way { shared, peer: Some(peer), wire: None, streams: Some(Arc::clone(&streams)) };
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        // Whoever does not answer a ping is gone.
        .keep_alive_interval(limits.head)
        .keep_alive_timeout(limits.head)
        .serve_connection(TokioIo::new(socket), service_fn(move |request| handle::request(way.clone(), request)));
    // What went wrong was recorded where it did.
    tokio::select! {
        _ = watcher.watch(connection) => {}
        () = idle(streams, limits.head) => {}
    }
    drop(place);
}

/// Comes back once a connection has had no request for so long, and answers none; who says nothing
/// after the handshake takes a place no longer than that. `streams` counts the requests, and each
/// that is being answered holds it.
async fn idle(streams: Arc<AtomicU64>, patience: Duration) {
    // The connection holds one, and we.
    const NOBODY: usize = 2;
    loop {
        let before = streams.load(Ordering::Relaxed);
        tokio::time::sleep(patience).await;
        if streams.load(Ordering::Relaxed) == before && Arc::strong_count(&streams) <= NOBODY {
            return;
        }
    }
}

async fn http1(socket: impl Socket + 'static, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher, place: Place) {
    let limits = shared.config.limits;
    let wire = Wire::new(limits.head_bytes);
    let way = Way { shared: Arc::clone(&shared), peer: Some(peer), wire: Some(wire.clone()), streams: None };
    // In one piece: each name that a connection had on its way would be a copy of it in the task.
    let served = watcher
        .watch(
            http1::Builder::new()
                .timer(TokioTimer::new())
                // A head has its time from the tap, which answers 408 when it is over.
                .header_read_timeout(None)
                .max_buf_size(limits.head_bytes.max(8192))
                .max_headers(limits.headers)
                .serve_connection(
                    TokioIo::new(Tap::new(socket, wire.clone(), limits.head)),
                    service_fn(move |request| handle::request(way.clone(), request)),
                ),
        )
        .await;
    // What went wrong was recorded where it did, or is what the wire still holds.
    for left in wire.left(served.is_err_and(|error| error.is_parse())) {
        record(left, peer, Arc::clone(&shared));
    }
    drop(place);
}

/// A head that became no request.
fn record(Left { head, why }: Left, peer: SocketAddr, shared: Arc<Shared>) {
    let mut exchange = Exchange::new(shared, Some(peer), Version::Http1, head, None);
    let (status, reason) = match why {
        Why::Unread => {
            let reason = "it came behind the last request of its connection, and was not read";
            exchange.note(|capture| capture.reason = reason.into());
            return exchange.ended(End::Closed);
        }
        Why::Late => (Some(408), "the head did not come in time"),
        Why::Unfinished => (None, "the sender left in the middle of the head"),
        Why::Refused(status) => {
            let reason = match status {
                Some(431) => "a head that is too long, or has too many lines",
                Some(414) => "a target that is too long",
                Some(505) => "a version of HTTP that is not spoken here",
                _ => "a head that is not HTTP/1.1",
            };
            (status, reason)
        }
    };
    exchange.malformed(reason);
    let end = if status.is_some() { End::Answered } else { End::SenderLeft };
    exchange.note(|capture| capture.answer = status.map(crate::answer::empty));
    exchange.ended(end);
}
