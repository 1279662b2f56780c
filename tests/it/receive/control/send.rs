use std::time::Duration;

use chatislav_receiver::Config;

use crate::support::{Controlled, Told, controlled, controlled_with, verified};

async fn ask(control: &Controlled, path: &str, wish: &str) -> Told {
    control.ask_with("POST", &format!("/api/v1{path}"), "Content-Type: application/json\r\n", wish).await
}

#[tokio::test]
async fn a_sample_is_a_text_to_be_changed() {
    let control = controlled(verified("200")).await;
    let told = ask(&control, "/sample", r#"{"event":"lead_collection"}"#).await;
    let expected = serde_json::json!({
        "v": 1, "type": "sample", "event": "lead_collection",
        "body": "{\"event\": \"lead_collection\", \"data\": {}}",
    });
    assert_eq!((told.status, told.json()), (200, expected));
    for wish in [r#"{"event":"voice"}"#, "{}", r#"{"event":1}"#, "", "[", r#"{"event":"lead_collection","x":1}"#] {
        let told = ask(&control, "/sample", wish).await;
        assert_eq!((told.status, told.code().as_str()), (400, "body_invalid"), "{wish}");
    }
}

#[tokio::test]
async fn a_delivery_is_told_as_it_goes() {
    let control = controlled(verified("200")).await;
    for (wish, body, time_scale) in [
        (r#"{"event":"lead_collection"}"#, "{\"event\": \"lead_collection\", \"data\": {}}", 1.0),
        ("{\"body\":\"{ \\\"é\\u0000\\\":1.0}\\r\\n\",\"time_scale\":60}", "{ \"é\u{0}\":1.0}\r\n", 60.0),
    ] {
        let mut events = control.send(wish).await;
        let head = events.until("\r\n\r\n").await.unwrap();
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/event-stream\r\n"), "{head}");
        let told = events.until("0\r\n\r\n").await.unwrap();
        let told: Vec<_> =
            told.lines().filter(|line| line.starts_with("event: ") || line.starts_with("data: ")).collect();
        assert_eq!(
            told,
            [
                "event: sending",
                "data: {\"v\":1,\"type\":\"sending\"}",
                "event: delivery",
                "data: {\"v\":1,\"type\":\"delivery\"}"
            ]
        );
        let sent = control.screen.sent.lock().unwrap().pop().unwrap();
        assert_eq!((&sent.body[..], sent.time_scale), (body.as_bytes(), time_scale));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let control = controlled(Config { max_body: 100, ..verified("200") }).await;
    let long = |length: usize| format!("{{\"body\":\"{}\"}}", "x".repeat(length));
    for (wish, status, code) in [
        ("{}".to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","body":"{}"}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"voice"}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","time_scale":0}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","time_scale":-1}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","time_scale":1e999}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","time_scale":null}"#.to_owned(), 400, "body_invalid"),
        (r#"{"event":"lead_collection","timescale":1}"#.to_owned(), 400, "body_invalid"),
        (long(101), 413, "body_too_large"),
        (long(1_000_000), 413, "body_too_large"),
        (long(100), 200, ""),
    ] {
        let told = ask(&control, "/send", &wish).await;
        let code_told = if told.status == 200 { String::new() } else { told.code() };
        assert_eq!((told.status, code_told.as_str()), (status, code), "{}", &wish[..wish.len().min(60)]);
    }
    assert_eq!(control.screen.sent.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn who_closes_the_stream_ends_the_delivery() {
    let control = controlled(verified("200")).await;
    *control.screen.hangs.lock().unwrap() = true;
    let mut events = control.send(r#"{"event":"lead_collection"}"#).await;
    assert!(events.until("\"sending\"}\n\n").await.is_some());
    let dropped = control.screen.dropped.lock().unwrap().pop().unwrap();
    drop(events);
    let ended = tokio::time::timeout(Duration::from_secs(20), dropped).await.expect("it goes on");
    assert!(ended.is_err(), "it has ended by itself");
}

#[tokio::test]
async fn eight_are_on_their_way_at_once_and_no_ninth() {
    let control = controlled(verified("200")).await;
    *control.screen.hangs.lock().unwrap() = true;
    let wish = r#"{"event":"lead_collection"}"#;
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut events = control.send(wish).await;
        assert!(events.until("\"sending\"}\n\n").await.is_some());
        open.push(events);
    }
    let told = ask(&control, "/send", wish).await;
    assert_eq!((told.status, told.code().as_str()), (409, "too_many_sends"));
    assert_eq!(control.screen.sent.lock().unwrap().len(), 8);
    let first = control.screen.dropped.lock().unwrap().remove(0);
    drop(open.remove(0));
    let _ = tokio::time::timeout(Duration::from_secs(20), first).await.expect("it goes on");
    // Its place comes free with it.
    loop {
        let mut events = control.send(wish).await;
        if events.until("\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 200 ") {
            break;
        }
    }
}

#[tokio::test]
async fn a_delivery_that_waits_is_seen_to_live_and_ends_with_the_receiver() {
    let control = controlled_with(verified("200"), |config| config.keep_alive = Duration::from_millis(1)).await;
    *control.screen.hangs.lock().unwrap() = true;
    let mut events = control.send(r#"{"event":"lead_collection"}"#).await;
    assert!(events.until(": under way\n\n").await.is_some());
    let dropped = control.screen.dropped.lock().unwrap().pop().unwrap();
    control.stop().await;
    assert!(events.until("0\r\n\r\n").await.is_some(), "it broke off");
    assert!(dropped.await.is_err());
}
