use crate::support::{Controlled, LEAD, LEAD_SIGNATURE, Told, controlled, exchange, verified};

const JSON: &str = "Content-Type: application/json\r\n";

async fn lead(control: &Controlled, path: &str) {
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
    exchange(control.receiver.address, &format!("POST {path}"), &header, LEAD).await;
}

async fn preview(control: &Controlled, plan: &str) -> Told {
    let body = serde_json::json!({ "respond": plan }).to_string();
    control.ask_with("POST", "/api/v1/plan/preview", JSON, &body).await
}

#[tokio::test]
async fn the_plan_is_read_and_changed() {
    let control = controlled(verified("503,200")).await;
    let shown = control.ask("GET", "/api/v1/plan").await;
    assert_eq!((shown.json()["respond"].as_str(), shown.json()["per"].as_str()), (Some("503,200"), Some("delivery")));
    lead(&control, "/").await;
    // Even the same plan begins anew.
    let json = "Content-Type: application/json\r\n";
    assert_eq!(control.ask_with("PUT", "/api/v1/plan", json, &shown.body).await.status, 200);
    lead(&control, "/").await;
    let text = "Content-Type: text/plain; charset=utf-8\r\n";
    let changed = control.ask_with("PUT", "/api/v1/plan", text, "201\n").await;
    assert_eq!(changed.json()["respond"], "201");
    lead(&control, "/").await;
    let rules = r#"{"respond":"202","per":"all","rules":[{"when":"path=/x","respond":"204"}]}"#;
    assert_eq!(control.ask_with("PUT", "/api/v1/plan", json, rules).await.json()["rules"][0]["per"], "all");
    lead(&control, "/x").await;
    lead(&control, "/").await;
    let statuses: Vec<_> = control.receiver.records().iter().map(|record| record.status.unwrap()).collect();
    assert_eq!(statuses, [503, 503, 201, 204, 202]);
}

#[tokio::test]
async fn a_wrong_plan_is_refused_with_its_place_and_changes_nothing() {
    let control = controlled(verified("201")).await;
    for (kind, body, code, at) in [
        ("text/plain", "503x2;200", "plan_invalid", Some(5)),
        ("text/plain", "forward", "plan_invalid", None),
        ("application/json", r#"{"respond":"2"}"#, "plan_invalid", Some(0)),
        ("application/json", r#"{"respond":"200","rules":[{"when":"x","respond":"200"}]}"#, "plan_invalid", Some(0)),
        ("application/json", r#"{"respond":"200","per":"x"}"#, "body_invalid", None),
        ("application/json", r#"{"per":"all"}"#, "body_invalid", None),
        ("application/json", r#"{"v":2,"respond":"200"}"#, "body_invalid", None),
        ("application/json", r#"{"respond":"200","rule":[]}"#, "body_invalid", None),
        ("application/json", "", "body_invalid", None),
    ] {
        let told = control.ask_with("PUT", "/api/v1/plan", &format!("Content-Type: {kind}\r\n"), body).await;
        assert_eq!((told.status, told.code().as_str()), (400, code), "{body}: {}", told.body);
        assert_eq!(told.json()["error"]["at"].as_u64(), at, "{body}: {}", told.body);
    }
    assert_eq!(control.ask("GET", "/api/v1/plan").await.json()["respond"], "201");
}

#[tokio::test]
async fn a_preview_has_the_next_outcomes_and_changes_nothing() {
    let control = controlled(verified("201")).await;
    let told = preview(&control, "503x2,wait(2s) 429(retry-after=1),200").await.json();
    let mut expected = vec!["503", "503", "wait(2s) 429(retry-after=1)"];
    expected.resize(10, "200");
    assert_eq!(told["outcomes"], serde_json::json!(expected));
    assert_eq!((told["type"].as_str(), told["random"].as_bool()), (Some("preview"), Some(false)));
    let told = preview(&control, "when(path=/a) 404; when(event=e) reset; else loop(500,200)").await.json();
    assert_eq!(told["outcomes"][1], "200");
    let branches: Vec<_> =
        told["branches"].as_array().unwrap().iter().map(|branch| (&branch["when"], &branch["outcomes"][9])).collect();
    assert_eq!(
        serde_json::json!(branches),
        serde_json::json!([["path=/a", "404"], ["event=e", "reset"], [null, "200"]])
    );
    assert_eq!(control.ask("GET", "/api/v1/plan").await.json()["respond"], "201");
}

#[tokio::test]
async fn chance_is_said_and_foretold_by_its_seed() {
    let control = controlled(verified("200")).await;
    let random = preview(&control, "200|503").await.json();
    assert_eq!(random["random"], true);
    assert_eq!(preview(&control, "200|503").await.json(), random, "the same receiver, the same seed");
    let seeded = async |seed: u8| preview(&control, &format!("seed={seed};200|503")).await.json()["outcomes"].clone();
    let mut runs = Vec::new();
    for seed in 0..8 {
        runs.push(seeded(seed).await);
    }
    runs.dedup();
    assert!(runs.len() > 1, "a seed of the plan's own makes a difference");
}

#[tokio::test]
async fn what_would_not_be_put_in_force_has_no_preview() {
    let control = controlled(verified("200")).await;
    for (plan, at) in [("503x2;200", Some(5)), ("", Some(0)), ("forward", None)] {
        let told = preview(&control, plan).await;
        assert_eq!((told.status, told.code().as_str()), (400, "plan_invalid"), "{plan}");
        assert_eq!(told.json()["error"]["at"].as_u64(), at, "{plan}: {}", told.body);
    }
    for (kind, body, status) in
        [("application/json", "{}", 400), ("application/json", "", 400), ("text/plain", "200", 415)]
    {
        let told = control.ask_with("POST", "/api/v1/plan/preview", &format!("Content-Type: {kind}\r\n"), body).await;
        assert_eq!(told.status, status, "{kind} {body}");
    }
}

#[tokio::test]
async fn each_preset_is_a_plan_with_its_outcomes() {
    let control = controlled(verified("200")).await;
    let told = control.ask("GET", "/api/v1/presets").await.json();
    let presets = told["presets"].as_array().unwrap();
    let names: Vec<_> = presets.iter().map(|preset| preset["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["flaky", "down", "slow", "rate-limited", "recovering"]);
    for preset in presets {
        let shown = preview(&control, preset["plan"].as_str().unwrap()).await.json();
        assert_eq!(preset["outcomes"], shown["outcomes"], "{preset}");
    }
    assert_eq!(presets[4]["outcomes"][3], "200");
    assert_eq!(presets[4]["outcomes"].as_array().unwrap().len(), 10);
}
