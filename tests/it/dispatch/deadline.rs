//! One deadline over everything, and the phase in which it fired.

use std::future::pending;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chatislav_dispatcher::{BoxFuture, Cut, Dial, Method, Request, Resolve, ResolveError, Stream};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Outcome, Phase, Target};
use tokio::io::AsyncWriteExt;

use super::{lead, local};
use crate::support::{Server, request};

const SHORT: Duration = Duration::from_millis(150);

struct Silent;

impl Resolve for Silent {
    fn resolve<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(pending())
    }
}

impl Dial for Silent {
    fn dial(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(pending())
    }
}

#[tokio::test]
async fn a_resolver_that_never_answers() {
    let request = lead("http://hooks.example.com/").with_timeout(SHORT);
    let attempt = local().with_resolver(Silent).attempt(&request).await;
    assert_eq!(attempt.outcome, Outcome::Timeout(Phase::Dns));
    assert!(attempt.error.unwrap().contains("in the phase dns"));
}

#[tokio::test]
async fn an_address_that_drops_packets() {
    let request = lead("http://127.0.0.1:9/").with_timeout(SHORT);
    assert_eq!(local().with_dial(Silent).attempt(&request).await.outcome, Outcome::Timeout(Phase::Connect));
}

/// A server that takes the connection and then does nothing.
async fn mute() -> Server {
    Server::new(|stream, _| async move {
        let _held = stream;
        pending::<()>().await;
    })
    .await
}

#[tokio::test]
async fn a_server_that_is_mute_in_the_handshake() {
    let server = mute().await;
    let request = lead(&server.url("/").replace("http:", "https:")).with_timeout(SHORT);
    assert_eq!(local().attempt(&request).await.outcome, Outcome::Timeout(Phase::Tls));
}

#[tokio::test]
async fn a_server_that_does_not_read() {
    let server = mute().await;
    let target = Target::parse(&server.url("/")).unwrap();
    // More than the buffers of both ends hold.
    let body = vec![b'x'; 64 * 1024 * 1024];
    let request = Request::new(target, Method::Post, body.into(), None, &[]).unwrap().with_timeout(SHORT);
    assert_eq!(local().attempt(&request).await.outcome, Outcome::Timeout(Phase::Write));
}

#[tokio::test]
async fn a_server_that_does_not_answer() {
    let server = mute().await;
    let request = lead(&server.url("/")).with_timeout(SHORT);
    assert_eq!(local().attempt(&request).await.outcome, Outcome::Timeout(Phase::Headers));
}

#[tokio::test]
async fn a_server_that_stalls_in_the_headers() {
    let server = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: y\r\n").await.unwrap();
        pending::<()>().await;
    })
    .await;
    let request = lead(&server.url("/")).with_timeout(SHORT);
    assert_eq!(local().attempt(&request).await.outcome, Outcome::Timeout(Phase::Headers));
}

#[tokio::test]
async fn a_body_that_stalls_changes_nothing_but_costs_the_deadline() {
    for (status, expected) in [(200, Outcome::Success(200)), (503, Outcome::ServerError(503))] {
        let server = Server::new(move |mut stream, _| async move {
            request(&mut stream).await;
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 10\r\n\r\nabc");
            stream.write_all(answer.as_bytes()).await.unwrap();
            pending::<()>().await;
        })
        .await;
        let attempt = local().attempt(&lead(&server.url("/")).with_timeout(SHORT)).await;
        assert_eq!(attempt.outcome, expected);
        let answer = attempt.answer.unwrap();
        assert_eq!((&answer.body[..], answer.cut), (&b"abc"[..], Some(Cut::Timeout)));
    }
}

#[tokio::test]
async fn an_address_that_drops_packets_leaves_the_next_its_share() {
    struct FirstSilent(SocketAddr);
    impl Dial for FirstSilent {
        fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
            Box::pin(async move {
                if address.is_ipv4() {
                    pending::<()>().await;
                }
                Ok(Box::new(tokio::net::TcpStream::connect(self.0).await?) as Box<dyn Stream>)
            })
        }
    }
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let dispatcher = chatislav_dispatcher::Dispatcher::new(Guard { allow_local: true, ..Guard::default() })
        .with_dial(FirstSilent(server.address));
    let attempt = dispatcher.attempt(&lead("http://localhost/").with_timeout(SHORT * 4)).await;
    assert_eq!(attempt.outcome, Outcome::Success(200));
}
