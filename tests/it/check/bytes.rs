//! Endpoints that verify something else than the bytes that came.

use chatislav_webhooks::sample::{JsonStyle, Sample};

use super::endpoint::status;
use super::{Arrived, finds};

/// The verdict on the body as a program writes it anew.
fn written_anew(arrived: &Arrived, style: JsonStyle) -> u16 {
    let Ok(sample) = Sample::from_json(&arrived.body) else { return 400 };
    arrived.with_body(sample.to_body(style)).judged()
}

#[tokio::test]
async fn what_is_written_anew_without_blanks() {
    let expected = [
        ("C-01/lead", "re-serialised"),
        ("C-01/summary", "re-serialised"),
        ("C-07/unicode", "re-serialised"),
        ("C-07/escapes", "re-serialised"),
        ("C-07/float", "re-serialised"),
        ("C-07/long-number", "re-serialised"),
        ("C-07/key-order", "re-serialised"),
        ("C-07/repeated-key", "re-serialised"),
        ("C-07/crlf", "re-serialised"),
        ("C-07/newline", "re-serialised"),
        ("C-08/spaced", "re-serialised"),
        ("C-08/escapes", "re-serialised"),
        ("C-08/newline", "re-serialised"),
    ];
    finds(status(|arrived| written_anew(arrived, JsonStyle::Compact)), &expected).await;
}

#[tokio::test]
async fn what_is_written_anew_as_python_does() {
    let expected = [
        ("C-07/compact", "re-serialised"),
        ("C-07/unicode", "re-serialised"),
        ("C-07/pieces", "decoded"),
        ("C-07/escapes", "re-serialised"),
        ("C-07/crlf", "re-serialised"),
        ("C-07/newline", "re-serialised"),
        ("C-08/compact", "re-serialised"),
        ("C-08/newline", "re-serialised"),
    ];
    finds(status(|arrived| written_anew(arrived, JsonStyle::Python)), &expected).await;
}

#[tokio::test]
async fn keys_that_are_sorted() {
    let sorted = |arrived: &Arrived| match serde_json::from_slice::<serde_json::Value>(&arrived.body) {
        Ok(value) => arrived.with_body(value.to_string().into_bytes()).judged(),
        Err(_) => 400,
    };
    let server = super::serve(status(sorted)).await;
    let report = super::run(&server.url("/"), super::only(&["C-01", "C-07", "C-15", "C-14"])).await;
    let failed = super::failures(&report);
    assert!(failed.contains(&("C-01/lead", "re-serialised")) && failed.contains(&("C-07/compact", "re-serialised")));
    // What is not about bytes is sent in a shape that survives.
    assert!(failed.iter().all(|(id, _)| !id.starts_with("C-15") && !id.starts_with("C-14")), "{failed:?}");
}

#[tokio::test]
async fn text_that_is_decoded_and_trimmed() {
    let trimmed = |arrived: &Arrived| {
        let body = String::from_utf8_lossy(&arrived.body).trim().to_owned().into_bytes();
        arrived.with_body(body).judged()
    };
    finds(status(trimmed), &[("C-07/newline", "re-serialised"), ("C-08/newline", "re-serialised")]).await;
}

#[tokio::test]
async fn pieces_that_are_decoded_by_themselves() {
    let decoded = |arrived: &Arrived| {
        let text: String = arrived.pieces.iter().map(|piece| String::from_utf8_lossy(piece)).collect();
        arrived.with_body(text.into_bytes()).judged()
    };
    finds(status(decoded), &[("C-07/pieces", "decoded")]).await;
}

#[tokio::test]
async fn a_limit_of_a_parser() {
    let limited = |arrived: &Arrived| if arrived.body.len() > 102_400 { 413 } else { arrived.judged() };
    let expected = [("C-14/300KiB", "body-limit"), ("C-14/1MiB", "body-limit"), ("C-14/3MiB", "body-limit")];
    let server = super::serve(status(limited)).await;
    let report = super::run(&server.url("/"), super::only(&["accepts"])).await;
    assert_eq!(super::failures(&report), expected);
    assert_eq!((report.largest_accepted, report.smallest_refused), (Some(100 << 10), Some(300 << 10)));
}

#[tokio::test]
async fn one_method_alone() {
    let post = |arrived: &Arrived| if arrived.method == "POST" { arrived.judged() } else { 405 };
    finds(status(post), &[("C-02", "method-missing")]).await;

    let post = |arrived: &Arrived| if arrived.method == "POST" { arrived.judged() } else { 401 };
    let server = super::serve(status(post)).await;
    let report = super::run(&server.url("/"), super::only(&["C-02"])).await;
    assert_eq!(super::failures(&report), [("C-02", "method-missing")]);
}

#[tokio::test]
async fn one_spelling_of_the_content_type() {
    let exact = |arrived: &Arrived| match arrived.content_type.as_str() {
        "application/json" => arrived.judged(),
        _ => 415,
    };
    let server = super::serve(status(exact)).await;
    let report = super::run(&server.url("/"), super::only(&["accepts"])).await;
    assert_eq!(super::failures(&report), [("C-13/charset", "content-type")]);
}

#[tokio::test]
async fn events_that_are_new() {
    let known = |arrived: &Arrived| {
        let is_known = String::from_utf8_lossy(&arrived.body).contains("lead_collection");
        if arrived.is_genuine() && !is_known && arrived.body.len() < 200 { 404 } else { arrived.judged() }
    };
    finds(status(known), &[("C-16/unknown-event", "unknown-event")]).await;
}

#[tokio::test]
async fn a_model_that_forbids_what_it_does_not_know() {
    let strict = |arrived: &Arrived| {
        let has_more = String::from_utf8_lossy(&arrived.body).contains("\"utm\"");
        if arrived.is_genuine() && has_more { 422 } else { arrived.judged() }
    };
    finds(status(strict), &[("C-16/extra-fields", "strict-model")]).await;
}
