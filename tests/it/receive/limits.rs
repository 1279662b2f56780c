//! Bodies that are too large, too slow or never end, and heads that are no HTTP.

use std::time::Duration;

use chatislav_receiver::journal::End;
use chatislav_receiver::{Config, Limits};
use tokio::io::AsyncWriteExt;

use crate::support::{LEAD, LEAD_SIGNATURE, connect, exchange, read_to_end, send, start, verified};

fn small() -> Config {
    Config { max_body: 64, ..verified("200") }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_before_the_rest_is_read() {
    let receiver = start(small()).await;
    // Not one byte of the body is ever sent.
    let answer = send(receiver.address, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("{\"error\": \"body_too_large\"}"), "{answer}");

    let chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n";
    let answer = send(receiver.address, &[&chunked[..], &[b'x'; 65]].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let exact = exchange(receiver.address, "POST /", "", &[b'x'; 64]).await;
    assert!(exact.starts_with("HTTP/1.1 401 "), "{exact}");
}

#[tokio::test]
async fn a_sender_that_asks_first_is_told_before_it_sends() {
    let receiver = start(small()).await;
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 65\r\n\r\n";
    let answer = send(receiver.address, head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_sender_that_writes_all_before_it_reads_still_gets_the_413() {
    let receiver = start(small()).await;
    let answer = exchange(receiver.address, "POST /", "", &vec![b'x'; 20 * 1024 * 1024]).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_length_that_lies_costs_no_memory_and_no_answer_to_others() {
    let receiver = start(Config { max_body: usize::MAX, ..verified("200") }).await;
    let mut liar = connect(receiver.address).await;
    liar.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000000000000\r\n\r\nx").await.unwrap();
    let header = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    assert!(exchange(receiver.address, "POST /", &header, LEAD).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_sender_that_stops_in_the_middle_is_408() {
    let limits = Limits { body_idle: Duration::from_millis(50), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let answer = send(receiver.address, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let capture = receiver.journal.get(1).unwrap();
    assert_eq!((capture.verdict.as_ref(), &capture.body[..]), ("incomplete", &b"abc"[..]));
    assert!(capture.reason.contains("stopped"), "{}", capture.reason);
}

#[tokio::test]
async fn a_sender_that_drips_is_408_in_the_end() {
    let limits = Limits { body_total: Duration::from_millis(80), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut stream = connect(receiver.address).await;
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n").await.unwrap();
    let (mut read, mut write) = stream.split();
    let drip = async {
        // Ends when the receiver has closed.
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = drip => {}
        _ = tokio::io::AsyncReadExt::read_buf(&mut read, &mut answer) => {}
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_sender_that_leaves_in_the_middle_is_noticed() {
    let receiver = start(verified("200")).await;
    let mut stream = connect(receiver.address).await;
    stream.write_all(b"POST /gone HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
    let capture = receiver.journal.get(1).unwrap();
    assert_eq!((capture.verdict.as_ref(), &capture.body[..]), ("incomplete", &b"abc"[..]));
    assert_eq!((capture.status(), capture.end), (None, End::SenderLeft));
}

#[tokio::test]
async fn what_is_no_http_is_400_and_the_next_request_is_answered() {
    let receiver = start(verified("200")).await;
    for bytes in [
        &b"GARBAGE\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nx: a\0b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let answer = send(receiver.address, bytes).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{bytes:?}: {answer}");
    }
    assert_eq!(receiver.records().iter().filter(|record| record.verdict == "malformed").count(), 6);
    assert!(exchange(receiver.address, "POST /", "", LEAD).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn an_upload_in_chunks_and_expect_100_continue_are_read() {
    let receiver = start(verified("200")).await;
    let text = std::str::from_utf8(LEAD).unwrap();
    let (first, second) = text.split_at(7);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    assert!(send(receiver.address, chunked.as_bytes()).await.starts_with("HTTP/1.1 200 "));

    let header = format!("Expect: 100-continue\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    let answer = exchange(receiver.address, "POST /", &header, LEAD).await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_body_in_gzip_is_not_inflated() {
    let receiver = start(verified("200")).await;
    // The signature is over what was sent, and what was sent says that it is gzip and is not.
    let header = format!("Content-Encoding: gzip\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    assert!(exchange(receiver.address, "POST /", &header, LEAD).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let receiver = start(verified("200")).await;
    let one = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n",
        LEAD.len()
    );
    let body = std::str::from_utf8(LEAD).unwrap();
    let pipelined = format!("{one}\r\n{body}{one}\r\n{body}{one}Connection: close\r\n\r\n{body}");
    let answers = send(receiver.address, pipelined.as_bytes()).await;
    assert_eq!(answers.matches("HTTP/1.1 200 ").count(), 3, "{answers}");
}

/// Many bodies that almost came hold so much together and no more; small ones find room beside them.
#[tokio::test]
async fn bodies_on_their_way_are_bounded_together() {
    const PIECE: usize = 900 * 1024;
    let limits = Limits { bodies: 2 * 1024 * 1024, ..Limits::default() };
    let receiver = start(Config { limits, max_body: 1024 * 1024, ..verified("200") }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut slow = connect(receiver.address).await;
        slow.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n").await.unwrap();
        slow.write_all(&vec![b'x'; PIECE]).await.unwrap();
        held.push(slow);
    }
    let large = async || {
        let mut stream = connect(receiver.address).await;
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {PIECE}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        // It may be refused before all is written.
        let _ = stream.write_all(&vec![b'x'; PIECE]).await;
        let mut answer = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let crowded = |capture: &std::sync::Arc<chatislav_receiver::Capture>| capture.status() == Some(503);
    // Whichever of them came to the limit.
    let patience = async {
        while !receiver.journal.after(0, 999).iter().any(crowded) {
            large().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), patience).await.expect("nothing was refused");
    let refused = receiver.journal.after(0, 999).into_iter().find(crowded).expect("nothing was refused");
    assert_eq!(refused.verdict, "incomplete");
    assert!(refused.reason.contains("--max-bodies"), "{}", refused.reason);
    let header = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    assert!(exchange(receiver.address, "POST /", &header, LEAD).await.starts_with("HTTP/1.1 200 "));
    // What they held comes free with them.
    drop(held);
    let patience = async { while !large().await.starts_with("HTTP/1.1 401 ") {} };
    tokio::time::timeout(Duration::from_secs(20), patience).await.expect("it never came free");
}

/// Who asks and asks and never reads is let go.
#[tokio::test]
async fn a_sender_that_reads_nothing_is_let_go() {
    let limits = Limits { head: Duration::from_millis(100), ..Limits::default() };
    let plan = format!("200(body={})", "x".repeat(4000));
    let receiver = start(Config { limits, ..verified(&plan) }).await;
    let mut greedy = connect(receiver.address).await;
    let head =
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n\r\n");
    let request = [head.as_bytes(), LEAD].concat();
    let asking = async { while greedy.write_all(&request).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it is held for ever");
}
