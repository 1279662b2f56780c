//! A connection for whoever speaks on it in a way of its own.

use std::time::Duration;

use chatislav_dispatcher::Dispatcher;
use chatislav_webhooks::target::{Guard, Pass};
use chatislav_webhooks::{Outcome, Phase, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::local;
use crate::support::Server;

const TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn what_is_written_arrives_as_it_is() {
    let server = Server::answering("pong").await;
    let target = Target::parse(&server.url("/")).unwrap();
    let (pass, mut stream) = local().connect(&target, TIMEOUT).await.unwrap();
    stream.write_all(b"ping\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!((pass, answer.as_str(), server.connections()), (Pass::Local, "pong", 1));
}

#[tokio::test]
async fn the_guard_stands_before_it() {
    let server = Server::answering("pong").await;
    let target = Target::parse(&server.url("/")).unwrap();
    let refused = Dispatcher::new(Guard::default()).connect(&target, TIMEOUT).await.err().unwrap();
    assert!(matches!(refused.outcome, Outcome::Blocked(_)), "{refused:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn tls_that_is_none_fails_in_its_phase() {
    let server = Server::new(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let target = Target::parse(&server.url("/").replace("http:", "https:")).unwrap();
    let failure = local().connect(&target, TIMEOUT).await.err().unwrap();
    assert_eq!(failure.outcome, Outcome::RequestError(Phase::Tls), "{failure:?}");
}

#[tokio::test]
async fn its_time_ends_it() {
    let server = Server::new(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let target = Target::parse(&server.url("/").replace("http:", "https:")).unwrap();
    let failure = local().connect(&target, Duration::from_millis(100)).await.err().unwrap();
    assert_eq!(failure.outcome, Outcome::Timeout(Phase::Tls), "{failure:?}");
}
