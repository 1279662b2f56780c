//! Bad input: the answer that HTTP gives it, a record, and the next good request is answered.

use std::time::Duration;

use chatislav_receiver::{Config, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{LEAD, LEAD_SIGNATURE, Running, connect, exchange, read_to_end, send, start, verified};

/// Sends the bytes on a connection of their own: the status that is answered, 0 for none.
async fn status(receiver: &Running, bytes: &[u8]) -> u16 {
    let answer = send(receiver.address, bytes).await;
    answer.get(9..12).map_or(0, |digits| digits.parse().unwrap_or_else(|_| panic!("{bytes:?}: {answer}")))
}

/// A good request is answered, as if nothing had been.
#[track_caller]
fn assert_good(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

async fn good(receiver: &Running) -> String {
    exchange(receiver.address, "POST /", &format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n"), LEAD).await
}

/// A signed lead with other framing, closing after.
fn lead(framing: &str) -> String {
    let body = std::str::from_utf8(LEAD).unwrap();
    format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n{framing}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused_and_recorded_as_it_came() {
    let receiver = start(verified("200")).await;
    let chunked = "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n28";
    let host = |hosts: &str| format!("POST / HTTP/1.1\r\n{hosts}Content-Length: 0\r\n\r\n");
    let cases: Vec<(u16, Vec<u8>)> = vec![
        (400, lead(chunked).into()),
        (400, lead("Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n28").into()),
        (400, lead("Content-Length: 40\r\nContent-Length: 40").into()),
        (400, lead("Content-Length: 40\r\nContent-Length: 41").into()),
        (400, lead("Content-Length: 40, 40").into()),
        (400, lead("Content-Length: +40").into()),
        (400, lead("Content-Length: 0x28").into()),
        (400, lead("Content-Length: 99999999999999999999999").into()),
        (400, lead("Content-Length : 40").into()),
        (400, lead("Content-Length: 40\r\nx-long: a\r\n b").into()),
        (400, lead("Content-Length: 40\r\n\tx: folded").into()),
        (501, lead("Transfer-Encoding: gzip, chunked\r\n\r\n28").into()),
        (400, lead("Transfer-Encoding: identity").into()),
        (400, lead("Transfer-Encoding: xchunked\r\n\r\n28").into()),
        (400, lead("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n28").into()),
        (400, lead("Transfer-Encoding: chunked\r\n\r\nzz\r\n").into()),
        (400, lead("Transfer-Encoding: chunked\r\n\r\n-1\r\n").into()),
        (400, lead("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n").into()),
        (400, lead("Transfer-Encoding: chunked\r\n\r\n2\r\nabX").into()),
        (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec()),
        (400, host("").into()),
        (400, host("Host: a\r\nHost: b\r\n").into()),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nx: a\0b\r\n\r\n".to_vec()),
        (400, b"POST / HTTP/1.1\r\nHost: x\r\nx: a\rb\r\n\r\n".to_vec()),
        (400, b"POST /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        (400, b"POST\r\n\r\n".to_vec()),
        (400, b"GET /\r\n\r\n".to_vec()),
        (400, b"POST / HTTP/9.9\r\nHost: x\r\n\r\n".to_vec()),
    ];
    for (index, (expected, bytes)) in cases.iter().enumerate() {
        let got = status(&receiver, bytes).await;
        assert_eq!(got, *expected, "{}", String::from_utf8_lossy(bytes));
        receiver.journal.follow().wait_for(|newest| *newest == 2 * index as u64 + 1).await.unwrap();
        let capture = receiver.journal.get(2 * index as u64 + 1).unwrap();
        assert_eq!(capture.verdict, "malformed", "{}", String::from_utf8_lossy(bytes));
        assert!(bytes.starts_with(&capture.head) && !capture.head.is_empty(), "{:?}", capture.head);
        assert_eq!(capture.status(), Some(*expected));
        assert!(!capture.reason.is_empty());
        assert_good(&good(&receiver).await);
    }
}

#[tokio::test]
async fn a_refused_head_takes_what_comes_behind_it_along() {
    let receiver = start(verified("200")).await;
    let smuggled =
        lead("Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") + &lead("Content-Length: 40");
    let answer = send(receiver.address, smuggled.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn heads_that_are_huge_or_have_no_end_are_431_and_cost_no_more() {
    let limits = Limits { head_bytes: 16 * 1024, headers: 50, ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let many = format!("POST / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(60));
    assert_eq!(status(&receiver, many.as_bytes()).await, 431);
    assert_good(&good(&receiver).await);

    for beginning in ["POST / HTTP/1.1\r\nHost: x\r\na: ", "POST /", ""] {
        let mut stream = connect(receiver.address).await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        // It refuses long before the end; the rest of the writing fails or is thrown away.
        let _ = stream.write_all(&vec![b'a'; 256 * 1024]).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let is_refused =
            ["HTTP/1.1 431 ", "HTTP/1.1 414 ", "HTTP/1.1 400 "].iter().any(|start| answer.starts_with(start));
        assert!(answer.is_empty() || is_refused, "{answer}");
        assert_good(&good(&receiver).await);
    }
    let longest = receiver.journal.after(0, 99).iter().map(|capture| capture.head.len()).max();
    assert!(longest.unwrap() <= 64 * 1024, "{longest:?}");
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_408() {
    let limits = Limits { head: Duration::from_millis(50), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut slow = connect(receiver.address).await;
    slow.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nx-slow").await.unwrap();
    assert!(read_to_end(&mut slow).await.starts_with("HTTP/1.1 408 "));
    receiver.journal.follow().wait_for(|newest| *newest == 1).await.unwrap();
    let capture = receiver.journal.get(1).unwrap();
    assert_eq!((capture.verdict.as_ref(), capture.status()), ("malformed", Some(408)));
    assert_eq!(&capture.head[..], b"POST / HTTP/1.1\r\nHost: x\r\nx-slow");
    // Who sends nothing at all is let go without a word.
    let mut idle = connect(receiver.address).await;
    assert_eq!(read_to_end(&mut idle).await, "");
    assert_eq!(receiver.journal.counts().0, 1);
}

/// A head that comes drop by drop has its time from its first byte, whatever comes between.
#[tokio::test]
async fn drops_of_a_head_do_not_buy_time() {
    let limits = Limits { head: Duration::from_millis(80), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut slow = connect(receiver.address).await;
    slow.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nx: ").await.unwrap();
    let (mut read, mut write) = slow.split();
    let drops = async {
        while write.write_all(b"y").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = drops => {}
        _ = read.read_buf(&mut answer) => {}
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}

/// Waiting for the plan is not waiting for the sender: neither `wait` nor a slow app is cut by the head's time.
#[tokio::test]
async fn an_answer_may_take_longer_than_a_head() {
    let limits = Limits { head: Duration::from_millis(30), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("wait(200ms) 200,drip(5,200ms)") }).await;
    assert_good(&good(&receiver).await);
    let dripped = good(&receiver).await;
    assert!(dripped.ends_with("\r\n\r\n....."), "{dripped}");
}

#[tokio::test]
async fn a_body_below_the_rate_is_408() {
    let limits = Limits { body_rate: 1 << 20, body_total: Duration::from_millis(150), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut slow = connect(receiver.address).await;
    slow.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut slow).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn odd_but_right_requests_are_answered() {
    let receiver = start(verified("200")).await;
    let chunks = "Transfer-Encoding: chunked\r\n\r\n28;ext=\"1\"";
    let body = std::str::from_utf8(LEAD).unwrap();
    for request in [
        lead("Content-Length: 40").replace("POST / ", "POST http://elsewhere.example/path?x=1 "),
        format!("\r\n\r\n{}", lead("Content-Length: 40")),
        format!(
            "{}\r\n0\r\nTrailer: x\r\n\r\n",
            lead(chunks).replace(&format!("\r\n\r\n{body}"), &format!("\r\n{body}"))
        ),
        lead("Content-Length: 40").replace("\r\n", "\n"),
        lead("content-length:\t 40 \t"),
    ] {
        assert_good(&send(receiver.address, request.as_bytes()).await);
    }
    let old = lead("Content-Length: 40").replace("HTTP/1.1", "HTTP/1.0");
    assert!(send(receiver.address, old.as_bytes()).await.starts_with("HTTP/1.0 200 "));
    assert_eq!(receiver.journal.get(1).unwrap().method_and_target().1, "http://elsewhere.example/path?x=1");
}

#[tokio::test]
async fn a_half_closed_socket_gets_its_answer() {
    let receiver = start(verified("200")).await;
    let mut stream = connect(receiver.address).await;
    stream.write_all(lead("Content-Length: 40").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_good(&read_to_end(&mut stream).await);
}

#[tokio::test]
async fn connections_over_the_limit_are_503_and_those_within_are_served() {
    let limits = Limits { connections: 8, connections_per_peer: 4, ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(receiver.address).await;
        let request = lead("Content-Length: 40").replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        held.push(stream);
    }
    let mut fifth = connect(receiver.address).await;
    let mut answer = Vec::new();
    // The end may be a reset, as nobody read what we sent.
    let _ = fifth.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 503 "), "{}", String::from_utf8_lossy(&answer));
    assert!(receiver.notices()[0].contains("turned away"), "{:?}", receiver.notices());

    // Another address has places left.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut other = socket.connect(receiver.address).await.unwrap();
    other.write_all(lead("Content-Length: 40").as_bytes()).await.unwrap();
    assert_good(&read_to_end(&mut other).await);

    // A place that is given back can be taken.
    drop(held.pop());
    let patience = async {
        loop {
            let mut stream = connect(receiver.address).await;
            stream.write_all(lead("Content-Length: 40").as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            if answer.starts_with(b"HTTP/1.1 200 ") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), patience).await.expect("the place was not given back");
}
