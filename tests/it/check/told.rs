//! What a report says, and what it must not hold.

use std::sync::Arc;

use chatislav_check::report::pretty;
use chatislav_check::{Framework, Seen};
use chatislav_webhooks::{CustomHeader, Secret, Signature};

use super::endpoint::{plain, status};
use super::{Arrived, only, run, serve};
use crate::support::{SECRET, Server};

#[tokio::test]
async fn a_secret_and_an_expected_signature_are_blotted_out() {
    let expected = |arrived: &Arrived| Signature::sign(&Secret::new(SECRET).unwrap(), &arrived.body).to_string();
    let tells = move |arrived: &Arrived| match arrived.judged() {
        401 => (401, vec![("x-secret", SECRET.to_owned())], format!("{SECRET} makes {}", expected(arrived))),
        status => plain(status),
    };
    let server = serve(Arc::new(tells)).await;
    let report = run(&server.url("/"), only(&["C-21"])).await;
    let told = pretty::faults(&report, None);
    assert!(told.contains("C-21/secret") && !told.contains(SECRET), "{told}");
    let exchanges: Vec<_> = report.findings.iter().flat_map(|finding| &finding.exchanges).collect();
    // Three of each of the two audits that found something.
    assert_eq!(exchanges.len(), 6);
    for exchange in exchanges {
        let text = String::from_utf8_lossy(&exchange.received.bytes).into_owned();
        assert!(!text.contains(SECRET) && text.contains("**** makes ****"), "{text}");
        let Seen::Answer(answer) = &exchange.seen else { panic!() };
        assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET));
        assert!(!answer.header("x-secret").unwrap().contains(SECRET));
    }
}

#[tokio::test]
async fn what_an_endpoint_computes_over_a_body_of_its_own_is_blotted_out_too() {
    let digits = "0123456789abcdef".repeat(4);
    let answer = format!("got SIGNATURE, expected {digits} and not {digits}0");
    let tells = move |arrived: &Arrived| (400, Vec::new(), answer.replace("SIGNATURE", &arrived.signature()));
    let server = serve(Arc::new(tells)).await;
    let config = chatislav_check::Config { despite_obstacle: true, ..only(&["C-01/lead"]) };
    let report = run(&server.url("/"), config).await;
    let exchange = &report.findings[0].exchanges[0];
    let Seen::Answer(answer) = &exchange.seen else { panic!() };
    let sent = String::from_utf8_lossy(&exchange.sent.bytes).into_owned();
    let signature = sent.lines().find_map(|line| line.strip_prefix("x-chatislav-signature: ")).unwrap();
    let digits = "0123456789abcdef".repeat(4);
    let told = format!("got {signature}, expected {} and not {digits}0", "*".repeat(64));
    assert_eq!(String::from_utf8_lossy(&answer.body), told);
    assert!(String::from_utf8_lossy(&exchange.received.bytes).contains(&told));
}

#[tokio::test]
async fn what_the_end_of_a_chunk_parts_is_blotted_out_too() {
    const HEADER: &str = "Bearer nobody-else-reads-this";
    let digits = "0123456789abcdef".repeat(4);
    let body = format!("{SECRET} {HEADER} {digits}");
    let chunks: String = body
        .as_bytes()
        .chunks(7)
        .map(|part| format!("{:x}\r\n{}\r\n", part.len(), String::from_utf8_lossy(part)))
        .collect();
    let answer = format!("HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    let server = Server::answering(answer).await;
    let mut endpoint = super::endpoint_at(&server.url("/"));
    endpoint.headers = vec![CustomHeader::new("Authorization", HEADER).unwrap()];
    let config = chatislav_check::Config { despite_obstacle: true, ..only(&["C-01/lead"]) };
    let report = chatislav_check::check(&endpoint, &config, std::time::SystemTime::now(), |_| {}).await;
    let received = String::from_utf8_lossy(&report.findings[0].exchanges[0].received.bytes).into_owned();
    let blotted = [SECRET, HEADER, &digits].map(|told| "*".repeat(told.len())).join(" ");
    assert_eq!(received, format!("HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n{blotted}"));
}

#[tokio::test]
async fn a_failure_shows_the_wire_a_line_to_try_again_and_the_fix() {
    let server = serve(status(|arrived| if arrived.signatures.is_empty() { 204 } else { arrived.judged() })).await;
    let report = run(&server.url("/hook"), only(&["C-03"])).await;
    let told = pretty::faults(&report, Some(Framework::Flask));
    for part in [
        "✗ C-03",
        "answered 204; accepted is anything but 2xx",
        "whoever leaves the header out gets in",
        "fix    Flask: abort(401) if request.headers.get",
        "> POST /hook HTTP/1.1",
        "> content-type: application/json",
        "< HTTP/1.1 204 No Content",
        "again  curl -i -X POST --globoff --path-as-is 'http://127.0.0.1:",
        "-H 'content-type: application/json' --data-raw '{\"event\": \"lead_collection\"",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains("Express"));
}

#[tokio::test]
async fn nothing_that_an_endpoint_answers_moves_a_cursor() {
    let hostile = |arrived: &Arrived| match arrived.judged() {
        401 => (500, vec![("x-a", "b\u{9b}31m".to_owned())], "\u{1b}[2Jgone\u{202e}\r\nx".to_owned()),
        status => plain(status),
    };
    let server = serve(Arc::new(hostile)).await;
    let report = run(&server.url("/"), only(&["C-20/status"])).await;
    let told = pretty::faults(&report, None);
    assert!(told.contains(r"\u{1b}[2Jgone\u{202e}"), "{told}");
    assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
}

#[tokio::test]
async fn the_line_for_curl_is_the_request() {
    let server = serve(status(|_| 200)).await;
    let config = chatislav_check::Config { despite_obstacle: true, ..only(&["C-05", "C-09/non-ascii", "C-04/empty"]) };
    let report = run(&server.url("/a?b=c"), config).await;
    for finding in &report.findings {
        let curl = finding.exchanges[0].curl(&report.target).unwrap();
        let head = String::from_utf8_lossy(&finding.exchanges[0].sent.bytes).into_owned();
        let value = head.lines().find_map(|line| line.strip_prefix("x-chatislav-signature: "));
        match finding.case.id {
            "C-04/empty" => assert!(curl.contains("-H 'x-chatislav-signature;'"), "{curl}"),
            "C-09/non-ascii" => {
                assert!(curl.contains(r#"-H "$(printf 'x-chatislav-signature: "#) && curl.contains(r"\351')"), "{curl}")
            }
            _ => assert!(curl.contains(&format!("-H 'x-chatislav-signature: {}'", value.unwrap())), "{curl}"),
        }
    }
}

#[tokio::test]
async fn the_same_seed_asks_the_same() {
    let server = serve(status(|_| 200)).await;
    let config = || chatislav_check::Config { despite_obstacle: true, ..only(&["C-05"]) };
    let started = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_782_216_000);
    let endpoint = super::endpoint_at(&server.url("/"));
    let mut sent = Vec::new();
    for seed in [1, 1, 2] {
        let config = chatislav_check::Config { seed, ..config() };
        let report = chatislav_check::check(&endpoint, &config, started, |_| {}).await;
        sent.push(report.findings[0].exchanges[0].sent.bytes.clone());
    }
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[0], sent[2]);
}
