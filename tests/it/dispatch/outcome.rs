//! What goes over the wire, and what each answer comes to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_dispatcher::{Cut, MAX_ANSWER, Method, Request};
use chatislav_webhooks::{CustomHeader, Outcome, Phase, Schedule, Step, Target};
use tokio::io::AsyncWriteExt;

use super::{attempt, lead, local};
use crate::support::{LEAD, LEAD_SIGNATURE, Server, request};

#[tokio::test]
async fn the_request_is_what_the_vendor_sends() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let copy = Arc::clone(&seen);
    let server = Server::new(move |mut stream, _| {
        let copy = Arc::clone(&copy);
        async move {
            let bytes = request(&mut stream).await;
            copy.lock().unwrap().push(String::from_utf8(bytes).unwrap());
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let target = Target::parse(&format!("http://user:pass@{}/a%20b?c=d#e", server.address)).unwrap();
    let headers = [CustomHeader::new("Authorization", "Bearer x").unwrap(), CustomHeader::new("X-A", "1").unwrap()];
    let sent = Request::new(target, Method::Put, LEAD.into(), Some(LEAD_SIGNATURE), &headers).unwrap();
    assert_eq!(local().attempt(&sent).await.outcome, Outcome::Success(200));

    let seen = seen.lock().unwrap();
    let (head, body) = seen[0].split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("PUT /a%20b?c=d HTTP/1.1"));
    let mut fields: Vec<_> = lines.map(str::to_ascii_lowercase).collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "authorization: bearer x".to_owned(),
            format!("content-length: {}", LEAD.len()),
            "content-type: application/json".to_owned(),
            format!("host: {}", server.address),
            format!("user-agent: chatislav-webhooks/{}", env!("CARGO_PKG_VERSION")),
            "x-a: 1".to_owned(),
            format!("x-chatislav-signature: {LEAD_SIGNATURE}"),
        ]
    );
    assert_eq!(body.as_bytes(), LEAD);
}

#[tokio::test]
async fn the_status_line_decides() {
    for (status, expected) in [
        (200, Outcome::Success(200)),
        (299, Outcome::Success(299)),
        (301, Outcome::Redirect(301)),
        (307, Outcome::Redirect(307)),
        (404, Outcome::ClientError(404)),
        (429, Outcome::ClientError(429)),
        (500, Outcome::ServerError(500)),
        (599, Outcome::ServerError(599)),
        (600, Outcome::RequestError(Phase::Headers)),
        (999, Outcome::RequestError(Phase::Headers)),
    ] {
        let server = Server::answering(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(attempt(&server.url("/")).await.outcome, expected, "{status}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_a_request_error() {
    for (answer, phase) in [
        (&b""[..], Phase::Headers),
        (b"HTTP/1.1 2", Phase::Headers),
        (b"GARBAGE\r\n\r\n", Phase::Headers),
        (b"HTTP/1.1 abc OK\r\n\r\n", Phase::Headers),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", Phase::Headers),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", Phase::Headers),
    ] {
        let server = Server::answering(answer).await;
        let attempt = attempt(&server.url("/")).await;
        assert_eq!(attempt.outcome, Outcome::RequestError(phase), "{}", String::from_utf8_lossy(answer));
        assert!(attempt.error.is_some());
    }
    let endless = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(100_000)].concat();
    let server = Server::answering(endless).await;
    assert_eq!(attempt(&server.url("/")).await.outcome, Outcome::RequestError(Phase::Headers));
}

#[tokio::test]
async fn nobody_there_is_a_request_error_of_the_connection() {
    let server = Server::answering("").await;
    let url = server.url("/");
    drop(server);
    // The port is free again once the task is gone.
    while tokio::net::TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/')).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(attempt(&url).await.outcome, Outcome::RequestError(Phase::Connect));
}

#[tokio::test]
async fn informational_answers_are_passed_over() {
    let storm = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(200);
    let server = Server::answering(format!("{storm}HTTP/1.1 204 No Content\r\n\r\n")).await;
    assert_eq!(attempt(&server.url("/")).await.outcome, Outcome::Success(204));
}

#[tokio::test]
async fn nothing_that_the_body_does_changes_the_outcome() {
    let much = vec![b'x'; MAX_ANSWER + 1];
    for (answer, body, cut) in [
        (&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"[..], 2, None),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", 2, Some(Cut::Broken)),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 0, Some(Cut::Broken)),
        (b"HTTP/1.1 200 OK\r\n\r\nok", 2, None),
        (&[b"HTTP/1.1 200 OK\r\n\r\n", &much[..]].concat(), MAX_ANSWER, Some(Cut::Size)),
        (&[b"HTTP/1.1 200 OK\r\n\r\n", &much[1..]].concat(), MAX_ANSWER, None),
        // Not inflated: what is kept is what came.
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08", 3, None),
    ] {
        let server = Server::answering(answer).await;
        let attempt = attempt(&server.url("/")).await;
        assert_eq!(attempt.outcome, Outcome::Success(200));
        let read = attempt.answer.unwrap();
        assert_eq!((read.body.len(), read.cut), (body, cut), "{}", String::from_utf8_lossy(&answer[..40]));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\n\r\n").await;
    let location = format!("HTTP/1.1 307 X\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("/"));
    let server = Server::answering(location).await;
    let step = local().deliver(&lead(&server.url("/")), Schedule::default(), || 0, |_| {}).await;
    assert_eq!((step, server.connections(), elsewhere.connections()), (Step::Failed, 1, 0));
}

/// A schedule whose delays are over at once.
fn at_once(retries: usize) -> Schedule {
    Schedule { delays: vec![Duration::from_millis(1); retries], ..Schedule::default() }
}

#[tokio::test]
async fn retries_repeat_the_same_bytes() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let copy = Arc::clone(&seen);
    let server = Server::new(move |mut stream, number| {
        let copy = Arc::clone(&copy);
        async move {
            let bytes = request(&mut stream).await;
            copy.lock().unwrap().push(bytes);
            // No answer, a broken one, a 503, and then a good one.
            let answer = ["", "HTTP/1.1 5", "HTTP/1.1 503 X\r\n\r\n", "HTTP/1.1 201 X\r\n\r\n"][number];
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let mut told = Vec::new();
    let step = local()
        .deliver(
            &lead(&server.url("/")),
            at_once(5),
            || 0,
            |report| told.push((report.number, report.of, report.attempt.outcome)),
        )
        .await;
    assert_eq!(step, Step::Delivered);
    assert_eq!(
        told,
        [
            (1, 6, Outcome::RequestError(Phase::Headers)),
            (2, 6, Outcome::RequestError(Phase::Headers)),
            (3, 6, Outcome::ServerError(503)),
            (4, 6, Outcome::Success(201)),
        ]
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|request| *request == seen[0]));
}

#[tokio::test]
async fn what_fails_to_the_end_is_exhausted_and_what_is_refused_is_final() {
    let server = Server::answering("HTTP/1.1 500 X\r\n\r\n").await;
    let step = local().deliver(&lead(&server.url("/")), at_once(2), || 0, |_| {}).await;
    assert_eq!((step, server.connections()), (Step::Exhausted, 3));

    let server = Server::answering("HTTP/1.1 429 X\r\nretry-after: 0\r\n\r\n").await;
    let step = local().deliver(&lead(&server.url("/")), at_once(2), || 0, |_| {}).await;
    assert_eq!((step, server.connections()), (Step::Failed, 1));
}

#[tokio::test]
async fn ipv6_is_spoken() {
    let Ok(listener) = tokio::net::TcpListener::bind("[::1]:0").await else { return };
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    });
    assert_eq!(attempt(&url).await.outcome, Outcome::Success(200));
    served.await.unwrap();
}
