//! One connection, from its acceptance to its end.

use std::net::SocketAddr;
use std::sync::Arc;
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
use crate::shared::Shared;
use crate::tls::speaks_http2;
use crate::wire::{Refused, Socket, Tap, Wire};

/// How many requests of one HTTP/2 connection are answered at once.
const STREAMS: u32 = 100;

/// Serves a connection to its end.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let patience = shared.config.limits.head;
    let Some(tls) = &shared.config.tls else {
        if shared.config.h2c && matches!(timeout(patience, begins_http2(&stream)).await, Ok(true)) {
            return http2(stream, peer, shared, watcher).await;
        }
        return http1(stream, peer, shared, watcher).await;
    };
    let reason = match timeout(patience, tls.accept(stream)).await {
        Ok(Ok(stream)) if speaks_http2(&stream) => return http2(stream, peer, shared, watcher).await,
        Ok(Ok(stream)) => return http1(stream, peer, shared, watcher).await,
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
    loop {
        let Ok(seen) = stream.peek(&mut beginning).await else { return false };
        let seen = beginning.get(..seen).unwrap_or_default();
        if seen.is_empty() || !PREFACE.starts_with(seen) || seen.len() == PREFACE.len() {
            return seen == PREFACE;
        }
        // The rest is on its way; a peek does not wait for it.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn http2(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    shared: Arc<Shared>,
    watcher: Watcher,
) {
    let limits = shared.config.limits;
    let way = Way { shared, peer: Some(peer), wire: None };
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        // Whoever does not answer a ping is gone.
        .keep_alive_interval(limits.head)
        .keep_alive_timeout(limits.head)
        .serve_connection(TokioIo::new(socket), service_fn(move |request| handle::request(way.clone(), request)));
    // What went wrong was recorded where it did.
    let _ = watcher.watch(connection).await;
}

async fn http1(socket: impl Socket + 'static, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher) {
    let limits = shared.config.limits;
    let wire = Wire::new(limits.head_bytes);
    let tap = Tap::new(socket, wire.clone(), limits.head);
    let way = Way { shared: Arc::clone(&shared), peer: Some(peer), wire: Some(wire.clone()) };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // A head has its time from the tap, which answers 408 when it is over.
        .header_read_timeout(None)
        .max_buf_size(limits.head_bytes.max(8192))
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(tap), service_fn(move |request| handle::request(way.clone(), request)));
    // What went wrong was recorded where it did, or is what the wire still holds.
    let _ = watcher.watch(connection).await;
    if let Some(refused) = wire.refused() {
        record(refused, peer, shared);
    }
}

/// A head that hyper did not take.
fn record(refused: Refused, peer: SocketAddr, shared: Arc<Shared>) {
    let mut exchange = Exchange::new(shared, Some(peer), Version::Http1, refused.head, None);
    let reason = match refused.status {
        _ if refused.is_late => "the head did not come in time",
        Some(431) => "a head that is too long, or has too many lines",
        Some(414) => "a target that is too long",
        Some(505) => "a version of HTTP that is not spoken here",
        Some(_) => "a head that is not HTTP/1.1",
        None => "the sender left in the middle of the head",
    };
    exchange.malformed(reason);
    let status = refused.status.or(refused.is_late.then_some(408));
    let end = if status.is_some() { End::Answered } else { End::SenderLeft };
    exchange.note(|capture| capture.answer = status.map(crate::answer::empty));
    exchange.ended(end);
}
