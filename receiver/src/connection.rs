//! One connection, from its acceptance to its end.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;

use crate::exchange::Exchange;
use crate::handle::{self, Way};
use crate::journal::{End, Version};
use crate::shared::Shared;
use crate::wire::{Refused, Socket, Tap, Wire};

/// Serves a connection to its end.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>, watcher: Watcher) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    http1(stream, peer, shared, watcher).await;
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
