//! Where the time of an attempt went.

use std::future::pending;
use std::time::Duration;

use chatislav_dispatcher::{Attempt, Dispatcher};
use chatislav_webhooks::Phase;
use chatislav_webhooks::target::Guard;
use tokio::io::AsyncWriteExt;

use super::{lead, local};
use crate::support::{Server, request};

const ALL: [Phase; 5] = [Phase::Dns, Phase::Connect, Phase::Write, Phase::Headers, Phase::Body];

/// The phases that an attempt passed through, in order. They are parts of its duration.
#[track_caller]
fn phases(attempt: &Attempt) -> Vec<Phase> {
    let sum: Duration = attempt.timings.phases().map(|(_, time)| time).sum();
    assert!(sum <= attempt.duration, "{sum:?} of {:?}", attempt.duration);
    attempt.timings.phases().map(|(phase, _)| phase).collect()
}

#[tokio::test]
async fn each_phase_passed_through_is_told_and_no_other() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(phases(&local().attempt(&lead(&server.url("/"))).await), ALL);

    let refused = Dispatcher::new(Guard::default()).attempt(&lead(&server.url("/"))).await;
    assert_eq!(phases(&refused), [Phase::Dns]);

    let server = Server::new(|mut stream, _| async move {
        let _ = stream.write_all(b"no TLS is spoken here").await;
    })
    .await;
    let https = server.url("/").replace("http:", "https:");
    let attempt = local().attempt(&lead(&https)).await;
    assert_eq!(phases(&attempt), [Phase::Dns, Phase::Connect, Phase::Tls]);
}

#[tokio::test]
async fn the_phase_of_a_deadline_is_the_last() {
    // What is sent before the server falls silent, and the phases that were come to.
    for (sent, come_to) in [(&b""[..], 4), (b"HTTP/1.1 200 OK\r\n", 4), (b"HTTP/1.1 200 OK\r\n\r\nabc", 5)] {
        let server = Server::new(move |mut stream, _| async move {
            request(&mut stream).await;
            stream.write_all(sent).await.unwrap();
            pending::<()>().await;
        })
        .await;
        let timeout = Duration::from_millis(150);
        let attempt = local().attempt(&lead(&server.url("/")).with_timeout(timeout)).await;
        assert_eq!(phases(&attempt), ALL[..come_to]);
    }
}

#[tokio::test]
async fn a_reused_connection_is_not_opened() {
    let server = Server::new(|mut stream, _| async move {
        while !request(&mut stream).await.is_empty() {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let dispatcher = local();
    assert_eq!(phases(&dispatcher.attempt(&lead(&server.url("/"))).await), ALL);
    let again = dispatcher.attempt(&lead(&server.url("/"))).await;
    assert_eq!(phases(&again), [Phase::Dns, Phase::Write, Phase::Headers, Phase::Body]);
}
