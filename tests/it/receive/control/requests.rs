use chatislav_receiver::{Config, Mode};
use chatislav_webhooks::Unsigned;

use crate::support::{Controlled, LEAD, LEAD_SIGNATURE, SECRET, controlled, exchange, verified};

/// Sends a lead with this much in its path.
async fn lead(control: &Controlled, path: &str) {
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\nX-Mixed: Case\r\n");
    exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
}

async fn ids(control: &Controlled, query: &str) -> Vec<String> {
    let listed = control.ask("GET", &format!("/api/v1/requests{query}")).await.json();
    listed["requests"].as_array().unwrap().iter().map(|request| request["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn they_are_listed_newest_first_page_by_page() {
    let control = controlled(verified("200")).await;
    for path in ["/a", "/b", "/c"] {
        lead(&control, path).await;
    }
    exchange(control.receiver.address, "POST /forged", "", LEAD).await;
    assert_eq!(ids(&control, "").await, ["0000-4", "0000-3", "0000-2", "0000-1"]);
    let page = control.ask("GET", "/api/v1/requests?limit=3").await.json();
    assert_eq!((page["next"].as_u64(), page["requests"][0]["verdict"].as_str()), (Some(2), Some("signature_missing")));
    assert_eq!(ids(&control, "?limit=3&before=2").await, ["0000-1"]);
    assert_eq!(ids(&control, "?filter=verified").await, ["0000-3", "0000-2", "0000-1"]);
    assert_eq!(ids(&control, "?filter=status%3A401+body%3Alead").await, ["0000-4"]);
    assert_eq!(ids(&control, "?filter=id%3A0000-2").await, ["0000-2"]);
    assert_eq!(control.ask("GET", "/api/v1/requests?filter=id%3Ax").await.json()["next"], serde_json::Value::Null);
    // The list is the log's lines, so that a program needs to know one form.
    let first = control.ask("GET", "/api/v1/requests?limit=1&before=2").await.json()["requests"][0].clone();
    assert_eq!(
        (first["type"].as_str(), first["v"].as_u64(), first["target"].as_str()),
        (Some("request"), Some(1), Some("/a"))
    );
}

#[tokio::test]
async fn one_is_shown_as_it_was() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a").await;
    let record = control.ask("GET", "/api/v1/requests/0000-1").await;
    let capture = chatislav_receiver::journal::from_json(&record.body).unwrap();
    assert_eq!((capture.body.as_ref(), capture.verdict.as_ref()), (LEAD, "verified"));
    let body = control.ask("GET", "/api/v1/requests/0000-1/body").await;
    assert_eq!(body.body.as_bytes(), LEAD);
    for header in
        ["content-type: application/octet-stream", "content-disposition: attachment; filename=\"0000-1.body\""]
    {
        assert!(body.head.contains(header), "{}", body.head);
    }
    let head = control.ask("GET", "/api/v1/requests/0000-1/head").await;
    assert!(
        head.body.starts_with("POST /a HTTP/1.1\r\n") && head.body.contains("\r\nX-Mixed: Case\r\n"),
        "{}",
        head.body
    );
    assert_eq!(control.ask("GET", "/api/v1/requests/0001-1").await.status, 404, "another run's");
}

#[tokio::test]
async fn cleared_they_are_gone_and_numbers_go_on() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a").await;
    lead(&control, "/b").await;
    let cleared = control.ask("DELETE", "/api/v1/requests").await.json();
    assert_eq!(cleared["requests"], 2);
    assert!(ids(&control, "").await.is_empty());
    lead(&control, "/c").await;
    assert_eq!(ids(&control, "").await, ["0000-3"]);
    let receiver = control.ask("GET", "/api/v1/receiver").await.json();
    assert_eq!(
        (receiver["made"].as_u64(), receiver["lost"].as_u64(), receiver["newest"].as_u64()),
        (Some(3), Some(2), Some(3))
    );
}

#[tokio::test]
async fn the_receiver_says_how_it_judges_and_shows_no_secret() {
    let control = controlled(Config { max_body: 1000, ..verified("200") }).await;
    let told = control.ask("GET", "/api/v1/receiver").await;
    assert!(!told.body.contains(SECRET));
    let receiver = told.json();
    // By `printf chatislav-webhooks/fingerprint | openssl dgst -sha256 -hmac "It's a Secret to Everybody"`.
    assert_eq!(receiver["secrets"], serde_json::json!(["eaf8b7a8"]));
    assert_eq!((receiver["mode"].as_str(), receiver["max_body"].as_u64()), (Some("verified"), Some(1000)));
    assert_eq!(receiver["version"], env!("CARGO_PKG_VERSION"));
    let control = controlled(Config::new(Mode::Unsigned(Unsigned::new()))).await;
    let receiver = control.ask("GET", "/api/v1/receiver").await.json();
    assert_eq!((receiver["mode"].as_str(), &receiver["secrets"]), (Some("unsigned"), &serde_json::json!([])));
}

#[tokio::test]
async fn what_came_closest_is_told() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a").await;
    exchange(control.receiver.address, "POST /b", "", LEAD).await;
    let closest = |query: &str| {
        let path = format!("/api/v1/closest?filter={query}");
        let control = &control;
        async move { control.ask("GET", &path).await.json() }
    };
    let told = closest("verified+event%3Aconversation_summary").await;
    assert_eq!(told["matched"], 0);
    assert_eq!(told["closest"]["id"], "0000-1");
    assert_eq!(told["closest"]["message"], "the closest differed in `event`");
    let told = closest("verified").await;
    assert_eq!((told["matched"].as_u64(), told["closest"]["id"].as_str()), (Some(1), Some("0000-2")));
    let told = closest("verified&after=1").await;
    assert_eq!(told["matched"], 0);
    assert_eq!(closest("").await["closest"], serde_json::Value::Null);
}

#[tokio::test]
async fn they_are_exported_and_compared() {
    let control = controlled(verified("200")).await;
    lead(&control, "/a").await;
    exchange(control.receiver.address, "POST /b", "", LEAD).await;
    let told = control.ask("GET", "/api/v1/requests/0000-1/export?format=ndjson").await;
    let capture = chatislav_receiver::journal::from_json(told.body.trim_end()).unwrap();
    assert_eq!(capture.body.as_ref(), LEAD);
    assert!(told.head.contains("attachment; filename=\"0000-1.ndjson\""), "{}", told.head);
    let told = control.ask("GET", "/api/v1/export?format=curl&filter=refused&to=http%3A%2F%2F127.0.0.1%3A1%2Fx").await;
    assert!(told.body.contains("http://127.0.0.1:1/x") && told.head.contains("text/plain"), "{told:?}");
    let redacted = control.ask("GET", "/api/v1/requests/0000-1/export?format=ndjson&redact=true").await;
    let capture = chatislav_receiver::journal::from_json(redacted.body.trim_end()).unwrap();
    assert_eq!(capture.peer, None);
    let difference = control.ask("GET", "/api/v1/diff?a=0000-1&b=0000-2").await.json();
    assert_eq!((difference["before"].as_str(), difference["body"].is_null()), (Some("0000-1"), true));
    for (path, status, code) in [
        ("/api/v1/export", 400, "query_invalid"),
        ("/api/v1/export?format=pdf", 400, "query_invalid"),
        ("/api/v1/export?format=har&redact=yes", 400, "query_invalid"),
        ("/api/v1/diff?a=0000-1", 400, "query_invalid"),
        ("/api/v1/diff?a=0000-1&b=0000-9", 404, "not_found"),
    ] {
        let told = control.ask("GET", path).await;
        assert_eq!((told.status, told.code().as_str()), (status, code), "{path}");
    }
}
