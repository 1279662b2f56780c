//! Several requests on one connection: each head belongs to its own request, and each has one record.

use std::time::Duration;

use chatislav_receiver::journal::{Capture, End};
use chatislav_receiver::{Config, Limits};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{LEAD, LEAD_SIGNATURE, Running, connect, read_to_end, send, start, verified};

fn lead(target: &str, headers: &str) -> String {
    let body = std::str::from_utf8(LEAD).unwrap();
    format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\n{headers}x-chatislav-signature: {LEAD_SIGNATURE}\r\nContent-Length: 40\r\n\r\n{body}"
    )
}

/// The records so far, once there are so many.
async fn records(receiver: &Running, count: u64) -> Vec<std::sync::Arc<Capture>> {
    let mut newest = receiver.journal.follow();
    let came = newest.wait_for(|newest| *newest >= count);
    tokio::time::timeout(Duration::from_secs(20), came).await.expect("a record is missing").unwrap();
    receiver.journal.after(0, 99)
}

fn told(capture: &Capture) -> (String, &str, Option<u16>, End) {
    (capture.method_and_target().1.into_owned(), &capture.verdict, capture.status(), capture.end)
}

#[tokio::test]
async fn a_head_that_breaks_off_after_an_answer_was_not_answered() {
    let receiver = start(verified("200")).await;
    let mut stream = connect(receiver.address).await;
    stream.write_all((lead("/1", "") + "POST /2 HT").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await.matches("HTTP/1.1 ").count(), 1);
    let records = records(&receiver, 2).await;
    assert_eq!(told(&records[0]), ("/1".to_owned(), "verified", Some(200), End::Answered));
    assert_eq!(told(&records[1]), ("/2".to_owned(), "malformed", None, End::SenderLeft));
}

#[tokio::test]
async fn what_comes_behind_the_last_answer_is_recorded_as_not_read() {
    let receiver = start(verified("200")).await;
    let all = lead("/1", "Connection: close\r\n") + &lead("/2", "") + &lead("/3", "");
    let mut stream = connect(receiver.address).await;
    stream.write_all(all.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    // The end may be a reset, as nobody read what came behind.
    let _ = stream.read_to_end(&mut answers).await;
    let records = records(&receiver, 3).await;
    assert_eq!(told(&records[0]), ("/1".to_owned(), "verified", Some(200), End::Answered));
    assert_eq!(told(&records[1]), ("/2".to_owned(), "incomplete", None, End::Closed));
    assert_eq!(told(&records[2]), ("/3".to_owned(), "incomplete", None, End::Closed));
}

/// To hyper a bare line feed belongs to the trailer; read as an end it would give the next request
/// a head that its sender put there.
#[tokio::test]
async fn a_trailer_smuggles_no_head() {
    let receiver = start(verified("200")).await;
    let body = std::str::from_utf8(LEAD).unwrap();
    let smuggler = format!(
        "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nx-chatislav-signature: {LEAD_SIGNATURE}\r\n\r\n\
         28\r\n{body}\r\n0\r\nx: a\n\nPOST /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    );
    let mut stream = connect(receiver.address).await;
    stream.write_all((smuggler + &lead("/2", "Connection: close\r\n")).as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers).await;
    let answers = String::from_utf8_lossy(&answers).into_owned();
    for capture in receiver.journal.after(0, 99) {
        assert_ne!(capture.method_and_target().1, "/smuggled", "{answers}");
    }
    assert!(answers.matches("HTTP/1.1 200").count() < 2, "{answers}");
}

/// The time of a head begins with its first byte, also where that came with the end of another.
#[tokio::test]
async fn a_busy_connection_is_never_late() {
    let limits = Limits { head: Duration::from_millis(200), ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let mut stream = connect(receiver.address).await;
    let request = lead("/", "");
    let (first, second) = request.split_at(9);
    stream.write_all(first.as_bytes()).await.unwrap();
    let begun = std::time::Instant::now();
    let mut answers = Vec::new();
    while begun.elapsed() < Duration::from_millis(500) {
        // In the end there is always the beginning of the next.
        stream.write_all(format!("{second}{first}").as_bytes()).await.unwrap();
        answers.clear();
        while !answers.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut answers).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answers));
        }
        assert!(answers.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answers));
    }
}

#[tokio::test]
async fn a_head_over_a_small_limit_is_431() {
    let limits = Limits { head_bytes: 1024, ..Limits::default() };
    let receiver = start(Config { limits, ..verified("200") }).await;
    let long = lead("/", &format!("Connection: close\r\nx: {}\r\n", "a".repeat(2000)));
    let answer = send(receiver.address, long.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

/// How a request of the property is written.
#[derive(Clone, Debug)]
struct Written {
    is_good: bool,
    framing: usize,
    ending: &'static str,
    blank_lines: usize,
    expects: bool,
}

impl Written {
    fn bytes(&self, number: usize) -> (Vec<u8>, Vec<u8>) {
        let body = std::str::from_utf8(LEAD).unwrap();
        let signature = if self.is_good { LEAD_SIGNATURE.to_owned() } else { "0".repeat(64) };
        let expects = if self.expects { "Expect: 100-continue\r\n" } else { "" };
        let framing = if self.framing == 0 { "Content-Length: 40" } else { "transfer-ENCODING:  chunked" };
        let head = format!(
            "POST /{number} HTTP/1.1\r\nHOST: x\r\n{expects}X-Chatislav-Signature: {signature}\r\nX-Twice: 1\r\nx-twice:2\r\n{framing}\r\n\r\n"
        )
        .replace("\r\n", self.ending);
        let body = match self.framing {
            0 => body.to_owned(),
            1 => format!("28\r\n{body}\r\n0\r\n\r\n"),
            2 => format!(
                "7;a=\"b\"\r\n{}\r\n21 \r\n{}\r\n000\r\nTrailer: POST / HTTP/1.1\r\nb: c\r\n\r\n",
                &body[..7],
                &body[7..]
            ),
            _ => body.bytes().map(|byte| format!("1\r\n{}\r\n", byte as char)).collect::<String>() + "0\r\n\r\n",
        };
        let blank = "\r\n".repeat(self.blank_lines);
        ([blank.as_bytes(), head.as_bytes(), body.as_bytes()].concat(), head.into())
    }
}

fn written() -> impl Strategy<Value = Written> {
    (any::<bool>(), 0..4_usize, prop_oneof![Just("\r\n"), Just("\n")], 0..3_usize, any::<bool>()).prop_map(
        |(is_good, framing, ending, blank_lines, expects)| Written { is_good, framing, ending, blank_lines, expects },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However the bytes are cut, each request has its own head, body and verdict.
    #[test]
    fn every_request_has_its_own_head(
        requests in prop::collection::vec(written(), 1..7),
        cuts in prop::collection::vec(1..90_usize, 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let receiver = start(verified("200")).await;
            let (bytes, heads): (Vec<_>, Vec<_>) =
                requests.iter().enumerate().map(|(number, request)| request.bytes(number)).unzip();
            let (mut read, mut write) = connect(receiver.address).await.into_split();
            let answers = tokio::spawn(async move {
                let mut answers = Vec::new();
                read.read_to_end(&mut answers).await.unwrap();
                String::from_utf8(answers).unwrap()
            });
            let bytes = bytes.concat();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                write.write_all(now).await.unwrap();
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            let captures = records(&receiver, requests.len() as u64).await;
            write.shutdown().await.unwrap();
            let answers = answers.await.unwrap();
            let expected: Vec<_> = requests.iter().map(|request| if request.is_good { "200" } else { "401" }).collect();
            let statuses: Vec<_> =
                answers.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).filter(|status| *status != "100").collect();
            assert_eq!(statuses, expected, "{answers}");
            assert_eq!(captures.len(), requests.len());
            for ((capture, head), status) in captures.iter().zip(&heads).zip(expected) {
                assert_eq!((&capture.head[..], &capture.body[..]), (&head[..], LEAD));
                assert_eq!(capture.status().unwrap().to_string(), status);
            }
        });
    }
}
