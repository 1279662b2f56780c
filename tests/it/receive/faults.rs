//! Wire faults: what is on the wire, byte by byte, and what the journal says of it.

use std::io::ErrorKind;
use std::time::Duration;

use chatislav_receiver::journal::End;
use chatislav_webhooks::filter::Filter;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{LEAD, LEAD_SIGNATURE, Running, connect, start, verified};

fn request() -> Vec<u8> {
    let head = format!(
        "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nX-Chatislav-Signature: {LEAD_SIGNATURE}\r\n\r\n",
        LEAD.len()
    );
    [head.as_bytes(), LEAD].concat()
}

/// What came, and how it ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Closed,
    Reset,
    /// The test left.
    Left,
}

/// Sends a good request and reads until the connection ends, or until so many bytes have come and no more will.
async fn seen(receiver: &Running, leave_after: Option<&[u8]>) -> (Vec<u8>, Ended) {
    let mut stream = connect(receiver.address).await;
    stream.write_all(&request()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = loop {
        if leave_after.is_some_and(|end| bytes.windows(end.len()).any(|window| window == end)) {
            break Ended::Left;
        }
        match tokio::time::timeout(Duration::from_secs(20), stream.read_buf(&mut bytes)).await.expect("it hangs") {
            Ok(0) => break Ended::Closed,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break Ended::Reset,
            Err(error) => panic!("{error}"),
        }
    };
    (bytes, ended)
}

/// The record of the only request, as soon as it is there.
async fn recorded(receiver: &Running) -> (Option<u16>, End) {
    receiver.journal.follow().wait_for(|newest| *newest > 0).await.unwrap();
    let capture = receiver.journal.get(1).unwrap();
    assert_eq!((capture.verdict.as_ref(), &capture.body[..]), ("verified", LEAD));
    (capture.status(), capture.end)
}

#[track_caller]
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn reset_sends_nothing() {
    let receiver = start(verified("reset")).await;
    assert_eq!(seen(&receiver, None).await, (vec![], Ended::Reset));
    assert_eq!(recorded(&receiver).await, (None, End::Reset));
}

#[tokio::test]
async fn reset_after_sends_exactly_so_many_bytes() {
    let receiver = start(verified("reset(after=12B)")).await;
    assert_eq!(seen(&receiver, None).await, (b"HTTP/1.1 200".to_vec(), Ended::Reset));
    assert_eq!(recorded(&receiver).await, (None, End::Reset));
}

#[tokio::test]
async fn reset_after_a_whole_head_is_an_answer_to_the_sender() {
    let receiver = start(verified("reset(after=1KiB)")).await;
    let (bytes, ended) = seen(&receiver, None).await;
    assert!(text(&bytes).ends_with("\r\n\r\n"), "{bytes:?}");
    assert_eq!(ended, Ended::Reset);
    assert_eq!(recorded(&receiver).await, (Some(200), End::Reset));
}

#[tokio::test]
async fn close_sends_nothing_and_ends_friendly() {
    let receiver = start(verified("close")).await;
    assert_eq!(seen(&receiver, None).await, (vec![], Ended::Closed));
    assert_eq!(recorded(&receiver).await, (None, End::Closed));
}

#[tokio::test]
async fn garbage_is_no_http() {
    let receiver = start(verified("garbage")).await;
    assert_eq!(seen(&receiver, None).await, (b"\x16\x03\x01\xff\xfe not HTTP \x00\x80".to_vec(), Ended::Closed));
    assert_eq!(recorded(&receiver).await, (None, End::Garbage));
}

#[tokio::test]
async fn short_announces_what_never_comes() {
    let receiver = start(verified("short(10B)")).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n";
    assert_eq!(seen(&receiver, None).await, (head.as_bytes().to_vec(), Ended::Closed));
    // The status line decides at Chatislav, so this is a success.
    assert_eq!(recorded(&receiver).await, (Some(200), End::Short));
}

#[tokio::test]
async fn stall_stops_in_the_headers_until_the_sender_leaves() {
    let receiver = start(verified("stall(headers)")).await;
    let (bytes, ended) = seen(&receiver, Some(b"\r\nc")).await;
    assert!(text(&bytes).starts_with("HTTP/1.1 200 OK\r\nc") && !text(&bytes).contains("\r\n\r\n"), "{bytes:?}");
    assert_eq!(ended, Ended::Left);
    assert_eq!(recorded(&receiver).await, (None, End::Stalled));
}

#[tokio::test]
async fn drip_sends_a_body_in_pieces() {
    let receiver = start(verified("drip(4,40ms)")).await;
    let mut stream = connect(receiver.address).await;
    stream.write_all(&request()).await.unwrap();
    let mut bytes = Vec::new();
    let mut reads = 0;
    while !bytes.ends_with(b"\r\n\r\n....") {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{bytes:?}");
        reads += 1;
    }
    assert!(reads > 1, "it came in one piece");
    assert!(text(&bytes).contains("\r\ncontent-length: 4\r\n"), "{bytes:?}");
    assert_eq!(recorded(&receiver).await, (Some(200), End::Answered));
    // The connection is as good as before.
    stream.write_all(&request()).await.unwrap();
    assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
}

#[tokio::test]
async fn a_sender_that_leaves_a_drip_is_recorded_so() {
    let receiver = start(verified("drip(2,1h)")).await;
    let (_, ended) = seen(&receiver, Some(b"\r\n\r\n")).await;
    assert_eq!(ended, Ended::Left);
    assert_eq!(recorded(&receiver).await.1, End::SenderLeft);
}

#[tokio::test]
async fn early_answers_before_the_body() {
    let receiver = start(verified("early(401),200")).await;
    let mut stream = connect(receiver.address).await;
    let request = request();
    let (head, body) = request.split_at(request.len() - LEAD.len());
    stream.write_all(head).await.unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{bytes:?}");
    }
    assert!(text(&bytes).starts_with("HTTP/1.1 401 ") && text(&bytes).contains("connection: close"), "{bytes:?}");
    // What comes afterwards is read for the journal; the counter goes by the header's value.
    stream.write_all(body).await.unwrap();
    assert_eq!(recorded(&receiver).await, (Some(401), End::Answered));
    let (bytes, _) = seen(&receiver, Some(b"\r\n\r\n")).await;
    assert!(text(&bytes).starts_with("HTTP/1.1 200 "), "{bytes:?}");
}

#[tokio::test]
async fn a_fault_is_for_verified_requests_alone_and_counts_for_each_delivery() {
    let receiver = start(verified("reset,200")).await;
    let forged = String::from_utf8(request()).unwrap().replace("X-Chatislav-Signature: 8", "X-Chatislav-Signature: 9");
    let mut stream = connect(receiver.address).await;
    stream.write_all(forged.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_buf(&mut bytes).await.unwrap();
    assert!(text(&bytes).starts_with("HTTP/1.1 401 "), "{bytes:?}");
    assert_eq!(seen(&receiver, None).await.1, Ended::Reset);
    assert!(text(&seen(&receiver, Some(b"\r\n\r\n")).await.0).starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn the_log_says_when_the_last_step_stays() {
    let receiver = start(verified("503,200")).await;
    for _ in 0..3 {
        seen(&receiver, Some(b"\r\n\r\n")).await;
    }
    let sticks: Vec<_> = receiver.journal.after(0, 9).iter().map(|capture| capture.sticks).collect();
    assert_eq!(sticks, [false, true, false]);
}

/// A connection that carries several requests plays the fault for its own only.
#[tokio::test]
async fn a_fault_ends_its_connection_and_no_other() {
    let receiver = start(verified("when(path=/hook) reset; else 200")).await;
    let mut other = TcpStream::connect(receiver.address).await.unwrap();
    assert_eq!(seen(&receiver, None).await.1, Ended::Reset);
    let request = String::from_utf8(request()).unwrap().replace("/hook", "/other");
    other.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    other.read_buf(&mut bytes).await.unwrap();
    assert!(text(&bytes).starts_with("HTTP/1.1 200 "), "{bytes:?}");
}

/// Its status line decides: what broke off after it was a success, and is not waited for again.
#[tokio::test]
async fn an_answer_that_breaks_off_after_its_head_counts_as_one() {
    for (plan, state) in
        [("short(10B)", "delivered"), ("reset(after=1KiB)", "delivered"), ("reset", "waiting"), ("garbage", "waiting")]
    {
        let receiver = start(verified(plan)).await;
        seen(&receiver, None).await;
        recorded(&receiver).await;
        let lines = chatislav_receiver::deliveries(&receiver.journal, &Filter::default(), 9);
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(line["state"], state, "{plan}");
    }
}
