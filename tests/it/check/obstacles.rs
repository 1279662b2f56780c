//! What makes the battery pointless is told once.

use std::sync::Arc;

use chatislav_check::{Cause, ObstacleKind, Report};

use super::endpoint::{plain, status};
use super::{Arrived, Fault, config, hurried, run, serve};
use crate::support::Server;

async fn obstacle(fault: Fault) -> (ObstacleKind, Report) {
    let server = serve(fault).await;
    let report = run(&server.url("/hook"), config()).await;
    assert!(report.findings.is_empty() && !report.is_good());
    (report.obstacle.clone().unwrap().kind, report)
}

#[tokio::test]
async fn an_endpoint_that_is_down() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    drop(socket);
    let report = run(&url, config()).await;
    let obstacle = report.obstacle.unwrap();
    assert!(obstacle.is_unreachable() && report.requests == 1, "{obstacle:?}");
}

#[tokio::test]
async fn one_that_hangs_on_everything() {
    let server = Server::new(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let report = run(&server.url("/"), hurried(config())).await;
    assert_eq!(report.obstacle.unwrap().kind, ObstacleKind::Silent);
    assert_eq!(report.requests, 2);
}

#[tokio::test]
async fn one_that_resets_everything() {
    let server = Server::new(|stream, _| async move {
        socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(stream);
    })
    .await;
    let report = run(&server.url("/"), config()).await;
    assert_eq!(report.obstacle.unwrap().kind, ObstacleKind::Drops);
}

#[tokio::test]
async fn one_that_is_no_http() {
    let server = Server::answering("220 mail.example.com ESMTP\r\n").await;
    let report = run(&server.url("/"), config()).await;
    assert_eq!(report.obstacle.unwrap().kind, ObstacleKind::NotHttp);
}

#[tokio::test]
async fn one_that_says_to_go_on_for_ever() {
    let server = Server::new(|mut stream, _| async move {
        let row = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
        while tokio::io::AsyncWriteExt::write_all(&mut stream, &row).await.is_ok() {}
    })
    .await;
    let report = run(&server.url("/"), config()).await;
    assert_eq!(report.obstacle.unwrap().kind, ObstacleKind::NotHttp);
}

#[tokio::test]
async fn one_that_redirects_everything() {
    let slash = |arrived: &Arrived| (308, vec![("location", format!("{}/", arrived.path))], String::new());
    let (kind, report) = obstacle(Arc::new(slash)).await;
    let location = Some(format!("{}/", report.target));
    assert_eq!(kind, ObstacleKind::Redirects { status: 308, location });
    assert!(kind.advice().contains(&format!("{}/", report.target)), "{}", kind.advice());
}

#[tokio::test]
async fn one_that_takes_everything() {
    let (kind, report) = obstacle(status(|_| 200)).await;
    assert_eq!(kind, ObstacleKind::AcceptsAll);
    assert_eq!((report.requests, report.obstacle.unwrap().cause()), (3, Some(Cause::NotVerified)));
}

#[tokio::test]
async fn one_with_another_secret() {
    let (kind, _) = obstacle(status(|arrived| arrived.judged_by(&["another"]))).await;
    let ObstacleKind::RefusesAll { status: 401, fingerprint, cause: Cause::WrongSecret } = &kind else {
        panic!("{kind:?}");
    };
    assert!(kind.advice().contains(fingerprint));
}

#[tokio::test]
async fn one_with_another_secret_that_ends_otherwise_without_a_signature() {
    for without in [500, 204] {
        let fault = status(move |arrived| match arrived.judged_by(&["another"]) {
            _ if arrived.signatures.is_empty() => without,
            status => status,
        });
        let (kind, _) = obstacle(fault).await;
        assert!(matches!(kind, ObstacleKind::RefusesAll { status: 401, cause: Cause::WrongSecret, .. }), "{kind:?}");
    }
}

#[tokio::test]
async fn one_with_a_secret_that_everybody_knows() {
    let (kind, report) = obstacle(status(|arrived| arrived.judged_by(&["changeme"]))).await;
    assert!(matches!(kind, ObstacleKind::RefusesAll { cause: Cause::CommonSecret, .. }), "{kind:?}");
    assert!(kind.advice().contains("set the secret"), "{}", kind.advice());
    assert!(report.obstacle.unwrap().exchanges.last().unwrap().seen.is_success());

    // Core takes no empty secret, so another implementation signs.
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"");
    let empty = move |arrived: &Arrived| {
        let tag = hex::encode(ring::hmac::sign(&key, &arrived.body));
        if arrived.signature() == tag { 204 } else { 401 }
    };
    let (kind, _) = obstacle(status(empty)).await;
    assert!(matches!(kind, ObstacleKind::RefusesAll { cause: Cause::EmptySecret, .. }), "{kind:?}");
}

#[tokio::test]
async fn one_that_has_had_too_many_requests() {
    let (kind, report) = obstacle(status(|_| 429)).await;
    assert!(matches!(kind, ObstacleKind::RefusesAll { status: 429, cause: Cause::Overwhelmed, .. }), "{kind:?}");
    assert!(kind.advice().contains("rate limit") && report.requests == 2, "{}", report.requests);

    let count = std::sync::atomic::AtomicUsize::new(0);
    let at_first =
        move |_: &Arrived| if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 { 401 } else { 429 };
    let (kind, _) = obstacle(status(at_first)).await;
    assert!(matches!(kind, ObstacleKind::RefusesAll { status: 429, .. }), "{kind:?}");
}

#[tokio::test]
async fn one_behind_a_protection_of_forms() {
    let (kind, _) = obstacle(Arc::new(|_: &Arrived| (403, Vec::new(), "CSRF verification failed.".to_owned()))).await;
    assert!(matches!(kind, ObstacleKind::RefusesAll { status: 403, cause: Cause::CsrfProtection, .. }), "{kind:?}");
}

#[tokio::test]
async fn another_path_another_method_another_error() {
    assert_eq!(obstacle(status(|_| 404)).await.0, ObstacleKind::NotFound(404));
    assert_eq!(obstacle(status(|_| 503)).await.0, ObstacleKind::Fails(503));
    let (kind, _) = obstacle(Arc::new(|_: &Arrived| (405, vec![("allow", "GET".to_owned())], String::new()))).await;
    assert_eq!(kind, ObstacleKind::MethodNotAllowed { allow: Some("GET".to_owned()) });
}

/// The URL of an endpoint that takes whatever is signed, until a request of this kind ends it.
async fn mortal(is_deadly: fn(&str) -> bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let text = String::from_utf8_lossy(&crate::support::request(&mut stream).await).into_owned();
            if is_deadly(&text) {
                // The process ends, and its listener with it.
                return;
            }
            let is_signed = text.contains("x-chatislav-signature: ");
            let answer = if is_signed { "HTTP/1.1 204 OK\r\n\r\n" } else { "HTTP/1.1 401 No\r\n\r\n" };
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn one_that_a_request_brings_down() {
    let url = mortal(|text| text.contains("zz\r\n")).await;
    let report = run(&url, super::only(&["C-01", "C-09/non-hex", "C-20/status", "C-18/standing"])).await;
    let obstacle = report.obstacle.as_ref().unwrap();
    assert_eq!((&obstacle.kind, obstacle.cause()), (&ObstacleKind::WentDown("C-09/non-hex"), Some(Cause::ProcessEnds)));
    let ends: Vec<_> = report.findings.iter().map(|finding| (finding.case.id, finding.seen.as_str())).collect();
    let down = "the endpoint is down since C-09/non-hex";
    assert_eq!(ends[3..], [("C-20/status", down), ("C-18/standing", down)]);
    assert!(!report.is_good() && !obstacle.is_unreachable());
}

#[tokio::test]
async fn one_that_goes_down_while_answers_are_audited() {
    let url = mortal(|text| text.contains("zz\r\n")).await;
    let report = run(&url, super::only(&["C-19", "C-21"])).await;
    let obstacle = report.obstacle.as_ref().unwrap();
    assert_eq!(obstacle.kind, ObstacleKind::WentDown("C-09/non-hex"));
    assert!(obstacle.exchanges[0].sent.bytes.windows(4).any(|window| window == b"zz\r\n"));
    assert!(report.findings[0].seen.ends_with(" answers to 44 forgeries"), "{}", report.findings[0].seen);
    assert!(!report.is_good());
}

#[tokio::test]
async fn one_that_goes_down_late_in_a_case() {
    // Of the words in C-04/word the last one is deadly, and a finding keeps three exchanges.
    let url = mortal(|text| text.contains("x-chatislav-signature: false\r\n")).await;
    let report = run(&url, super::only(&["C-04", "C-05"])).await;
    assert_eq!(report.obstacle.unwrap().kind, ObstacleKind::WentDown("C-04/word"));
}

#[tokio::test]
async fn who_wants_the_cases_anyway_gets_them() {
    let server = serve(Arc::new(|_: &Arrived| plain(200))).await;
    let config = chatislav_check::Config { despite_obstacle: true, ..super::only(&["C-01", "C-05"]) };
    let report = run(&server.url("/"), config).await;
    assert_eq!((report.findings.len(), report.failures(), report.is_good()), (4, 2, false));
}
