//! Endpoints that are slow, or made so.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::endpoint::status;
use super::{Arrived, failures, hurried, only, run, serve};
use crate::support::{Server, request};

/// Serves one connection at a time, and takes whatever comes with a signature of 64 digits.
async fn one_at_a_time() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let bytes = request(&mut stream).await;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let is_signed = text.contains("x-chatislav-signature: ");
            let answer = if is_signed { "HTTP/1.1 204 No Content\r\n\r\n" } else { "HTTP/1.1 401 No\r\n\r\n" };
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    url
}

#[tokio::test]
async fn a_body_that_stalls_holds_up_everybody() {
    let url = one_at_a_time().await;
    let report = run(&url, hurried(only(&["C-18/stalled", "C-18/standing"]))).await;
    assert_eq!(failures(&report), [("C-18/stalled", "one-at-a-time")]);
}

#[tokio::test]
async fn who_answers_meanwhile_is_not_held_up() {
    let genuine = AtomicUsize::new(0);
    // The first is the preflight's.
    let limited = move |arrived: &Arrived| match arrived.judged() {
        204 if genuine.fetch_add(1, Ordering::SeqCst) > 0 => 429,
        status => status,
    };
    let server = serve(status(limited)).await;
    let report = run(&server.url("/"), only(&["C-18/stalled"])).await;
    assert_eq!(failures(&report), [("C-18/stalled", "overwhelmed")]);
    assert_eq!(report.findings[0].seen, "answered 429 while another body stalls");
}

#[tokio::test]
async fn chunks_that_are_waited_for_in_vain() {
    let server = Server::new(|mut stream, _| async move {
        let text = String::from_utf8_lossy(&request(&mut stream).await).into_owned();
        if text.contains("transfer-encoding: chunked") {
            return std::future::pending().await;
        }
        let is_signed = text.contains("x-chatislav-signature: ");
        let answer = if is_signed { "HTTP/1.1 204 No Content\r\n\r\n" } else { "HTTP/1.1 401 No\r\n\r\n" };
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let report = run(&server.url("/"), hurried(only(&["C-13/chunked"]))).await;
    assert_eq!(failures(&report), [("C-13/chunked", "chunks-unread")]);
}
