use chatislav_webhooks::Webhook;
use serde_json::{Value, json};

use crate::support::{Controlled, LEAD, LEAD_DELIVERY, SECRET, controlled, exchange, verified};

async fn send(control: &Controlled, body: &[u8]) {
    let signature = Webhook::new(SECRET).unwrap().sign(body);
    exchange(control.receiver.address, "POST /", &format!("x-chatislav-signature: {signature}\r\n"), body).await;
}

async fn told(control: &Controlled, query: &str) -> Vec<Value> {
    let told = control.ask("GET", &format!("/api/v1/deliveries{query}")).await.json();
    told["deliveries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn deliveries_say_whether_the_sender_kept_the_rules() {
    let control = controlled(verified("503,200")).await;
    send(&control, br#"{"event": "good"}"#).await;
    send(&control, br#"{"event": "good"}"#).await;
    send(&control, br#"{"event": "bad"}"#).await;
    send(&control, br#"{"event":"bad"}"#).await;
    for _ in 0..3 {
        send(&control, br#"{"event": "stubborn"}"#).await;
    }
    exchange(control.receiver.address, "POST /", "", br#"{"event": "good"}"#).await;
    let all = told(&control, "").await;
    let seen: Vec<_> = all
        .iter()
        .map(|delivery| {
            let attempts = delivery["attempts"].as_array().unwrap();
            let faults = delivery["faults"].as_array().unwrap().iter().map(|fault| fault["rule"].as_str().unwrap());
            let gaps = attempts.iter().filter(|attempt| attempt["gap_ms"].is_number()).count();
            (
                delivery["event"].as_str().unwrap(),
                attempts.len(),
                gaps,
                delivery["state"].as_str().unwrap(),
                faults.collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("", 1, 0, "failed", vec![]),
            ("stubborn", 3, 2, "delivered", vec!["retried_after_success"]),
            ("bad", 2, 1, "waiting", vec!["bytes_changed"]),
            ("good", 2, 1, "delivered", vec![]),
        ]
    );
    assert_eq!(told(&control, "?filter=event%3Abad").await.len(), 1);
}

#[tokio::test]
async fn each_attempt_has_its_consequence_and_the_delivery_what_comes_next() {
    let control = controlled(verified("503,close,404")).await;
    let words = async || {
        let delivery = told(&control, "").await.remove(0);
        let attempts = delivery["attempts"].as_array().unwrap().iter();
        (attempts.map(|attempt| attempt["consequence"].clone()).collect::<Value>(), delivery["next"].clone())
    };
    send(&control, LEAD).await;
    assert_eq!(
        words().await,
        (
            json!(["503: Chatislav tries again"]),
            json!("another attempt: 503 is retried; Chatislav does not tell when, our default is 5s later")
        )
    );
    send(&control, LEAD).await;
    send(&control, LEAD).await;
    let all = ["503: Chatislav tries again", "no answer: Chatislav tries again", "404: final, this event is lost"];
    assert_eq!(words().await, (json!(all), json!("nothing: 404 is final, this event is lost")));
}

#[tokio::test]
async fn one_is_found_by_its_key() {
    let control = controlled(verified("200")).await;
    // The same JSON in other bytes is the same delivery.
    let rewritten = br#"{"event":"lead_collection","data":{}}"#;
    for body in [LEAD, rewritten, br#"{"event": "e"}"#] {
        send(&control, body).await;
    }
    let found = told(&control, &format!("?delivery={LEAD_DELIVERY}")).await;
    assert_eq!((found.len(), found[0]["attempts"].as_array().unwrap().len()), (1, 2));
    assert_eq!(told(&control, &format!("?delivery={}", LEAD_DELIVERY.to_uppercase())).await, found);
    assert!(told(&control, &format!("?delivery={}", "0".repeat(64))).await.is_empty());
    assert!(told(&control, &format!("?delivery={LEAD_DELIVERY}&filter=refused")).await.is_empty());
    exchange(control.receiver.address, "POST /forged", "", LEAD).await;
    assert_eq!(told(&control, &format!("?delivery={LEAD_DELIVERY}")).await.len(), 2, "and its forgery");
    let refused = control.ask("GET", "/api/v1/deliveries?delivery=e3b0").await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "query_invalid"));
}
