//! A request goes out a second time only where nobody can have seen anything of the first.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
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

#[tokio::test]
async fn a_close_that_the_runtime_has_not_seen_yet_is_no_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let ((close, closes), (closed, is_closed)) = (channel::<()>(), channel::<()>());
    // A thread of its own, since the test stops its runtime until the connection is closed.
    let server = std::thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"}") {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..count]);
            }
            stream.write_all(EMPTY).unwrap();
            closes.recv().unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    });
    let (dispatcher, request) = (local(), lead(&url));
    for _ in 0..3 {
        let attempt = dispatcher.attempt(&request).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
        close.send(()).unwrap();
        is_closed.recv().unwrap();
    }
    server.join().unwrap();
    let attempt = dispatcher.attempt(&request).await;
    assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Connect), false));
}

/// A connection that breaks when more than so many bytes are written to it.
struct Brittle {
    stream: TcpStream,
    room: usize,
    /// Whether it can be read after it broke.
    reads_on: bool,
    is_broken: bool,
}

impl AsyncRead for Brittle {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Pending if self.is_broken && !self.reads_on => Poll::Ready(Ok(())),
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
struct Breaking {
    room: usize,
    reads_on: bool,
}

impl Dial for Breaking {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            Ok(Box::new(Brittle { stream, room: self.room, reads_on: self.reads_on, is_broken: false })
                as Box<dyn Stream>)
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
    let dispatcher = local().with_dial(Breaking { room: length, reads_on: false });
    for _ in 0..3 {
        let attempt = dispatcher.attempt(&request).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
    }
    assert_eq!(server.connections(), 4);

    // The same with one byte more, which somebody may have seen.
    let dispatcher = local().with_dial(Breaking { room: length + 1, reads_on: false });
    assert_eq!(dispatcher.attempt(&request).await.outcome, Outcome::Success(200));
    let attempt = dispatcher.attempt(&request).await;
    assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Write), true));
    assert_eq!(server.connections(), 5);

    // And a fresh connection that takes nothing is an error of the attempt.
    let attempt = local().with_dial(Breaking { room: 0, reads_on: false }).attempt(&request).await;
    assert_eq!((attempt.outcome, attempt.reused), (Outcome::RequestError(Phase::Write), false));
}

#[tokio::test]
async fn a_write_that_fails_does_not_hide_the_answer() {
    let server = Server::new(|mut stream, _| async move {
        let _ = stream.read(&mut [0; 64]).await;
        stream.write_all(b"HTTP/1.1 413 X\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let dispatcher = local().with_dial(Breaking { room: 100, reads_on: true });
    for _ in 0..2 {
        let attempt = dispatcher.attempt(&lead(&server.url("/"))).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::ClientError(413), false), "{:?}", attempt.error);
    }
}
