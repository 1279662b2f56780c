//! Reading a body, at most so much of it and for at most so long.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout, timeout_at};

use crate::budget::{Budget, Share};
use crate::config::Limits;
use crate::journal::SHORT;

/// How much of a body that was refused early is thrown away, so that a sender who first writes
/// all and then reads still gets the answer instead of a reset connection.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// A sender that is silent this long waits for the answer and needs no draining.
const DRAIN_IDLE: Duration = Duration::from_millis(250);
/// A body has this long before its rate counts.
const RATE_GRACE: Duration = Duration::from_secs(5);

/// What has come of a body. It stays with whoever asked, also when reading is given up.
pub(crate) struct Received {
    first: Bytes,
    rest: BytesMut,
    share: Share,
}

/// Why a body did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incomplete {
    /// It is longer than the limit; the rest was not read.
    TooLarge,
    /// The sender stopped sending, sends too slowly, or took too long in all.
    Stalled,
    /// The connection ended before the body did.
    Broken,
    /// It and the others that are on their way are too much together.
    Crowded,
    /// Its framing is not HTTP: a bad chunk size, say.
    Malformed,
}

impl Received {
    pub(crate) fn new(budget: &Arc<Budget>) -> Self {
        Received { first: Bytes::new(), rest: BytesMut::new(), share: Share::of(budget) }
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    /// What came, in one piece.
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.rest.is_empty() { &self.first } else { &self.rest }
    }

    /// The bytes for the journal. It copies short ones; long ones are in memory of their own that is not
    /// much longer: the first piece is a part of the connection's buffer, and what grew has room to grow.
    pub(crate) fn take(&mut self) -> Bytes {
        let first = std::mem::take(&mut self.first);
        let rest = std::mem::take(&mut self.rest);
        let is_snug = !rest.is_empty() && rest.capacity() - rest.len() <= rest.len() / 8;
        let bytes = if rest.is_empty() { first } else { rest.freeze() };
        if is_snug || bytes.len() <= SHORT { bytes } else { Bytes::copy_from_slice(&bytes) }
    }

    fn push(&mut self, data: Bytes) -> Result<(), Incomplete> {
        if !self.share.grow(data.len()) {
            return Err(Incomplete::Crowded);
        }
        if self.len() == 0 {
            self.first = data;
            return Ok(());
        }
        if self.rest.is_empty() {
            // A sender may announce much and send little: memory follows what came.
            self.rest.reserve(self.first.len() * 2 + data.len());
            self.rest.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.rest.extend_from_slice(&data);
        Ok(())
    }
}

/// Reads a body to its end.
pub(crate) async fn read(
    incoming: &mut Incoming,
    received: &mut Received,
    max_body: usize,
    limits: &Limits,
) -> Result<(), Incomplete> {
    if incoming.size_hint().lower() > max_body as u64 {
        return Err(Incomplete::TooLarge);
    }
    // Most bodies have arrived with their head, and then no clock is looked at.
    let mut clock = None;
    loop {
        let next = match at_once(incoming.frame()).await {
            Some(next) => next,
            None => {
                let clock = clock.get_or_insert_with(|| Clock::start(limits));
                let Ok(next) = timeout_at(clock.next(received.len()), incoming.frame()).await else {
                    return Err(Incomplete::Stalled);
                };
                next
            }
        };
        match next {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                if received.len() + data.len() > max_body {
                    return Err(Incomplete::TooLarge);
                }
                received.push(data)?;
            }
            Some(Err(error)) if is_bad_framing(&error) => return Err(Incomplete::Malformed),
            Some(Err(_)) => return Err(Incomplete::Broken),
            None => return Ok(()),
        }
    }
}

/// By when the next piece of a body must have come.
struct Clock {
    start: Instant,
    idle: Duration,
    total: Duration,
    rate: usize,
}

impl Clock {
    fn start(limits: &Limits) -> Self {
        let Limits { body_idle: idle, body_total: total, body_rate: rate, .. } = *limits;
        Clock { start: Instant::now(), idle, total, rate }
    }

    fn next(&self, received: usize) -> Instant {
        // What has come pays for that much time.
        let paid = match self.rate {
            0 => self.total,
            rate => RATE_GRACE.saturating_add(Duration::from_millis(received as u64 * 1000 / rate as u64)),
        };
        let now = Instant::now();
        [now.checked_add(self.idle), self.start.checked_add(paid.min(self.total))]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now + Duration::from_secs(86_400))
    }
}

/// hyper says of a bad chunk that its input is invalid, of a broken connection that its end is unexpected.
fn is_bad_framing(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| {
        matches!(source.kind(), std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn received(pieces: &[Bytes]) -> Bytes {
        let mut received = Received::new(&Budget::new(1 << 20));
        for piece in pieces {
            received.push(piece.clone()).unwrap();
        }
        received.take()
    }

    #[test]
    fn a_long_body_holds_on_to_little_more_than_itself() {
        let buffer = Bytes::from(vec![b'x'; 64 * 1024]);
        let long = buffer.slice(..SHORT + 1);
        for pieces in [&[long.clone()][..], &[long.clone(), buffer.slice(..1)]] {
            let length: usize = pieces.iter().map(Bytes::len).sum();
            // Of memory that is somebody else's too, nothing can be made.
            let own = received(pieces).try_into_mut().unwrap();
            assert_eq!(own.len(), length);
            assert!(own.capacity() <= length + length / 8, "{}", own.capacity());
        }
    }
}
