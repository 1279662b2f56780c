//! Reading a body, at most so much of it and for at most so long.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout, timeout_at};

/// How much of a body that was refused early is thrown away, so that a sender who first writes
/// all and then reads still gets the answer instead of a reset connection.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// A sender that is silent this long waits for the answer and needs no draining.
const DRAIN_IDLE: Duration = Duration::from_millis(250);

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum Incomplete {
    /// It is longer than the limit; the rest was not read.
    TooLarge(Incoming),
    /// The sender stopped sending, or took too long in all. How many bytes had come.
    Stalled(usize),
    /// The connection ended before the body did. How many bytes had come.
    Broken(usize),
}

/// Reads a body to its end.
pub(crate) async fn body(
    mut incoming: Incoming,
    max_body: usize,
    idle: Duration,
    total: Duration,
) -> Result<Bytes, Incomplete> {
    let announced = incoming.size_hint().lower();
    if announced > max_body as u64 {
        return Err(Incomplete::TooLarge(incoming));
    }
    // Most bodies have arrived with their head, and then no clock is looked at.
    let mut end = None;
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    loop {
        let had = first.len() + rest.len();
        let next = match at_once(incoming.frame()).await {
            Some(next) => next,
            None => {
                let end = *end.get_or_insert_with(|| Instant::now() + total);
                match timeout_at(end.min(Instant::now() + idle), incoming.frame()).await {
                    Ok(next) => next,
                    Err(_) => return Err(Incomplete::Stalled(had)),
                }
            }
        };
        let frame = match next {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Err(Incomplete::Broken(had)),
            // Most bodies come in one piece, which is then handed on without a copy.
            None if rest.is_empty() => return Ok(first),
            None => return Ok(rest.freeze()),
        };
        let Ok(data) = frame.into_data() else { continue };
        if had + data.len() > max_body {
            return Err(Incomplete::TooLarge(incoming));
        }
        if had == 0 {
            first = data;
        } else {
            if rest.is_empty() {
                // A sender may announce much and send little: memory follows what came.
                rest.reserve(had * 2 + data.len());
                rest.extend_from_slice(&first);
                first = Bytes::new();
            }
            rest.extend_from_slice(&data);
        }
    }
}

/// What a future has to give without waiting.
async fn at_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match Pin::new(&mut future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// Throws away what still comes of a body that was refused, up to a limit.
pub(crate) async fn drain(mut incoming: Incoming) {
    let mut left = DRAIN_BYTES;
    let drained = timeout(DRAIN_TIME, async {
        while let Ok(Some(Ok(frame))) = timeout(DRAIN_IDLE, incoming.frame()).await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    });
    // Whether it ended or time ran out, the connection is closed next.
    let _ = drained.await;
}
