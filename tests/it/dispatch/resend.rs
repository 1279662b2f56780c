//! A request goes out a second time only where nobody can have seen anything of the first.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use chatislav_dispatcher::{BoxFuture, Dial, Stream};
use chatislav_webhooks::{Outcome, Phase};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::{lead, local};
use crate::support::{Server, request};

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_no_error() {
    let server = Server::answering(EMPTY).await;
    let dispatcher = local();
    for connections in 1..4 {
        let attempt = dispatcher.attempt(&lead(&server.url("/"))).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_request_that_was_seen_is_not_sent_again() {
    for seen in [1, 100_000] {
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        let server = Server::new(move |mut stream, _| {
            let count = Arc::clone(&count);
            async move {
                request(&mut stream).await;
                stream.write_all(EMPTY).await.unwrap();
                // A byte of the second request, or all of it, and no answer.
                if stream.read(&mut vec![0; seen]).await.unwrap() > 0 {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        })
        .await;
        let dispatcher = local();
        assert_eq!(dispatcher.attempt(&lead(&server.url("/"))).await.outcome, Outcome::Success(200));
        let attempt = dispatcher.attempt(&lead(&server.url("/"))).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Headers), true));
        assert!(attempt.error.is_some());
        assert_eq!((server.connections(), requests.load(Ordering::SeqCst)), (1, 1));
    }
}

/// A connection that breaks when more than so many bytes are written to it.
struct Brittle {
    stream: TcpStream,
    room: usize,
    is_broken: bool,
}

impl AsyncRead for Brittle {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Pending if self.is_broken => Poll::Ready(Ok(())),
            read => read,
        }
    }
}

impl AsyncWrite for Brittle {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.room == 0 {
            self.is_broken = true;
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let some = &buf[..buf.len().min(self.room)];
        let written = Pin::new(&mut self.stream).poll_write(cx, some);
        if let Poll::Ready(Ok(count)) = &written {
            self.room -= count;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Dials connections that break after so many bytes.
struct Breaking(usize);

impl Dial for Breaking {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            Ok(Box::new(Brittle { stream, room: self.0, is_broken: false }) as Box<dyn Stream>)
        })
    }
}

#[tokio::test]
async fn a_byte_makes_the_difference() {
    let length = Arc::new(AtomicUsize::new(0));
    let measured = Arc::clone(&length);
    let server = Server::new(move |mut stream, _| {
        let measured = Arc::clone(&measured);
        async move {
            loop {
                let bytes = request(&mut stream).await;
                if !bytes.ends_with(b"}") {
                    return;
                }
                measured.store(bytes.len(), Ordering::SeqCst);
                stream.write_all(EMPTY).await.unwrap();
            }
        }
    })
    .await;
    let request = lead(&server.url("/"));
    local().attempt(&request).await;
    let length = length.load(Ordering::SeqCst);

    // Room for one request, and the second has not begun when the connection breaks.
    let dispatcher = local().with_dial(Breaking(length));
    for _ in 0..3 {
        let attempt = dispatcher.attempt(&request).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
    }
    assert_eq!(server.connections(), 4);

    // The same with one byte more, which somebody may have seen.
    let dispatcher = local().with_dial(Breaking(length + 1));
    assert_eq!(dispatcher.attempt(&request).await.outcome, Outcome::Success(200));
    let attempt = dispatcher.attempt(&request).await;
    assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Write), true));
    assert_eq!(server.connections(), 5);

    // And a fresh connection that takes nothing is an error of the attempt.
    let attempt = local().with_dial(Breaking(0)).attempt(&request).await;
    assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Write), false));
}
