use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_receiver::{Config, ForwardError, Forwarded};
use chatislav_webhooks::Webhook;
use serde_json::{Value, json};

use crate::support::{Controlled, LEAD, LEAD_SIGNATURE, SECRET, Told, controlled, exchange, verified};

async fn lead(control: &Controlled, path: &str) {
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\nX-Mixed: Case\r\n");
    exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
}

async fn replay(control: &Controlled, id: &str, wish: &Value) -> Told {
    let json = "Content-Type: application/json\r\n";
    control.ask_with("POST", &format!("/api/v1/requests/{id}/replay"), json, &wish.to_string()).await
}

/// What went out for a wish.
async fn sent(control: &Controlled, id: &str, wish: &Value) -> Forwarded {
    let told = replay(control, id, wish).await;
    assert_eq!(told.status, 200, "{wish}: {told:?}");
    control.sender.sent.lock().unwrap().pop().unwrap()
}

fn headers(sent: &Forwarded) -> Vec<(&str, &[u8])> {
    sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect()
}

#[tokio::test]
async fn a_replay_has_the_same_bytes_and_headers() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a?b=c").await;
    let told = control.ask("POST", "/api/v1/requests/0000-1/replay").await.json();
    assert_eq!((told["status"].as_u64(), told["body"].as_str()), (Some(299), Some("ZG9uZQ==")));
    let sent = control.sender.sent.lock().unwrap().pop().unwrap();
    assert_eq!(sent.url, format!("http://{}/a?b=c", control.receiver.address));
    assert_eq!((sent.method.as_str(), sent.body.as_ref()), ("POST", LEAD));
    let headers: Vec<_> = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
    assert_eq!(headers, [("X-Chatislav-Signature", LEAD_SIGNATURE.as_bytes()), ("X-Mixed", b"Case")]);
}

#[tokio::test]
async fn a_replay_may_be_signed_anew_and_go_elsewhere() {
    let control = controlled(verified("200")).await;
    let forged = format!("x-chatislav-signature: {}\r\n", "0".repeat(64));
    exchange(control.receiver.address, "POST /a", &forged, LEAD).await;
    let json = "Content-Type: application/json\r\n";
    for (wish, url, signature) in [
        (r#"{"resign":true}"#, None, LEAD_SIGNATURE),
        (r#"{"signature":"abc","to":"http://127.0.0.1:1/x"}"#, Some("http://127.0.0.1:1/x"), "abc"),
    ] {
        let told = control.ask_with("POST", "/api/v1/requests/0000-1/replay", json, wish).await;
        assert_eq!(told.status, 200, "{told:?}");
        let sent = control.sender.sent.lock().unwrap().pop().unwrap();
        assert_eq!(sent.url, url.map_or_else(|| format!("http://{}/a", control.receiver.address), str::to_owned));
        let signatures: Vec<_> =
            sent.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-chatislav-signature")).collect();
        assert_eq!(signatures.iter().map(|(_, value)| value.as_ref()).collect::<Vec<_>>(), [signature.as_bytes()]);
    }
    for (wish, code) in [("{", "body_invalid"), (r#"{"resing":true}"#, "body_invalid")] {
        let told = control.ask_with("POST", "/api/v1/requests/0000-1/replay", json, wish).await;
        assert_eq!((told.status, told.code().as_str()), (400, code), "{wish}");
    }
    for (error, status, code) in [
        (ForwardError::Down("refused".into()), 502, "target_down"),
        (ForwardError::Blocked("private".into()), 403, "target_refused"),
        (ForwardError::Late("slow".into()), 504, "target_late"),
    ] {
        *control.sender.fails.lock().unwrap() = Some(error);
        let told = control.ask("POST", "/api/v1/requests/0000-1/replay").await;
        assert_eq!((told.status, told.code().as_str()), (status, code));
    }
}

#[tokio::test]
async fn what_did_not_arrive_whole_is_not_replayed() {
    let control = controlled(verified("200")).await;
    crate::support::send(control.receiver.address, b"NOT HTTP\r\n\r\n").await;
    // The body of the first was not read, and the other never had one.
    exchange(control.receiver.address, "PATCH /", "", LEAD).await;
    exchange(control.receiver.address, "GET /", "", b"").await;
    for id in ["0000-1", "0000-2"] {
        let told = control.ask("POST", &format!("/api/v1/requests/{id}/replay")).await;
        assert_eq!((told.status, told.code().as_str()), (409, "not_replayable"), "{id}");
    }
    assert_eq!(control.ask("POST", "/api/v1/requests/0000-3/replay").await.status, 200);
    let curl = control.ask("GET", "/api/v1/requests/0000-2/export?format=curl").await;
    assert!(curl.body.contains("its body was not kept"), "{}", curl.body);
}

#[tokio::test]
async fn each_part_may_be_edited_and_the_rest_stays() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a?b=c").await;
    let (url, signature) = (format!("http://{}", control.receiver.address), LEAD_SIGNATURE.as_bytes());
    let all = [("X-Chatislav-Signature", signature), ("X-Mixed", b"Case".as_slice())];
    let edited = sent(&control, "0000-1", &json!({ "method": "PUT" })).await;
    assert_eq!((edited.method.as_str(), edited.url), ("PUT", format!("{url}/a?b=c")));
    let edited = sent(&control, "0000-1", &json!({ "target": "/other?x=%20" })).await;
    assert_eq!((edited.method.as_str(), &edited.url), ("POST", &format!("{url}/other?x=%20")));
    assert_eq!((headers(&edited), edited.body.as_ref()), (all.to_vec(), LEAD));
    let edited = sent(&control, "0000-1", &json!({ "body": STANDARD.encode(b"\xFF\0x") })).await;
    assert_eq!((headers(&edited), edited.body.as_ref()), (all.to_vec(), b"\xFF\0x".as_slice()));
    assert_eq!(sent(&control, "0000-1", &json!({ "body": "" })).await.body.as_ref(), b"");
}

#[tokio::test]
async fn edited_headers_are_all_there_is_but_those_of_the_connection() {
    let control = controlled(verified("200")).await;
    lead(&control, "/").await;
    let wish = json!({ "headers": [
        ["Host", "evil.example"], ["b", "2"], ["A", "1"], ["b", "é"], ["Content-Length", "7"], ["Connection", "x-hop"],
        ["X-Hop", "1"], ["Transfer-Encoding", "chunked"], ["empty", ""],
    ] });
    let edited = sent(&control, "0000-1", &wish).await;
    let expected = [("b", b"2".as_slice()), ("A", b"1"), ("b", "é".as_bytes()), ("empty", b"")];
    assert_eq!((headers(&edited), edited.body.as_ref()), (expected.to_vec(), LEAD));
    assert_eq!(headers(&sent(&control, "0000-1", &json!({ "headers": [] })).await), []);
}

#[tokio::test]
async fn signed_anew_it_is_the_body_that_is_sent() {
    let control = controlled(verified("200")).await;
    lead(&control, "/").await;
    let body = br#"{"event": "lead_collection", "data": {"edited": true}}"#;
    let wish = json!({ "body": STANDARD.encode(body), "resign": true, "headers": [["x-chatislav-signature", "0"]] });
    let edited = sent(&control, "0000-1", &wish).await;
    let signature = Webhook::new(SECRET).unwrap().sign(body).to_string();
    assert_eq!(headers(&edited), [("x-chatislav-signature", signature.as_bytes())]);
}

#[tokio::test]
async fn a_body_of_its_own_makes_up_for_one_that_was_not_kept() {
    let control = controlled(Config { max_body: 100, ..verified("200") }).await;
    exchange(control.receiver.address, "POST /large", "", &[b'x'; 101]).await;
    crate::support::send(control.receiver.address, b"NOT HTTP\r\n\r\n").await;
    assert_eq!(replay(&control, "0000-1", &json!({ "method": "PUT" })).await.code(), "not_replayable");
    let edited = sent(&control, "0000-1", &json!({ "body": STANDARD.encode(LEAD) })).await;
    assert_eq!((edited.method.as_str(), edited.body.as_ref()), ("POST", LEAD));
    assert_eq!(replay(&control, "0000-2", &json!({ "body": "" })).await.code(), "not_replayable");
    let told = replay(&control, "0000-1", &json!({ "body": STANDARD.encode([b'x'; 100]) })).await;
    assert_eq!(told.status, 200);
    let told = replay(&control, "0000-1", &json!({ "body": STANDARD.encode([b'x'; 101]) })).await;
    assert_eq!((told.status, told.code().as_str()), (413, "body_too_large"));
    let told = replay(&control, "0000-1", &json!({ "body": "{".repeat(300_000) })).await;
    assert_eq!((told.status, told.code().as_str()), (413, "body_too_large"), "read no further");
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_its_part() {
    let control = controlled(verified("200")).await;
    lead(&control, "/").await;
    for (wish, part) in [
        (json!({ "method": "" }), "method"),
        (json!({ "method": "P T" }), "method"),
        (json!({ "method": "GET\r\nX: y" }), "method"),
        (json!({ "target": "" }), "target"),
        (json!({ "target": "a" }), "target"),
        (json!({ "target": "@evil.example/" }), "target"),
        (json!({ "target": "/a b" }), "target"),
        (json!({ "target": "/a\r\n" }), "target"),
        (json!({ "target": "/a#b" }), "target"),
        (json!({ "target": "http://evil.example/" }), "target"),
        (json!({ "target": "/", "to": "http://127.0.0.1:1/" }), "target"),
        (json!({ "to": "nonsense" }), "to"),
        (json!({ "to": "ftp://127.0.0.1/" }), "to"),
        (json!({ "to": "http://" }), "to"),
        (json!({ "signature": "a\nb" }), "signature"),
        (json!({ "headers": [["", "x"]] }), "headers"),
        (json!({ "headers": [["a b", "x"]] }), "headers"),
        (json!({ "headers": [["a:", "x"]] }), "headers"),
        (json!({ "headers": [["a", "x\r\ny: z"]] }), "headers"),
        (json!({ "headers": [["a", "\u{0}"]] }), "headers"),
        (json!({ "body": "{}" }), "body"),
        (json!({ "body": "e30" }), "body"),
    ] {
        let told = replay(&control, "0000-1", &wish).await;
        assert_eq!((told.status, told.code().as_str()), (400, "body_invalid"), "{wish}: {told:?}");
        let message = told.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(&format!("{part}: ")), "{wish}: {message}");
    }
    for wish in [json!({ "headers": [["a"]] }), json!({ "headers": { "a": "b" } }), json!({ "body": [1] })] {
        assert_eq!(replay(&control, "0000-1", &wish).await.code(), "body_invalid", "{wish}");
    }
    assert!(control.sender.sent.lock().unwrap().is_empty());
}
