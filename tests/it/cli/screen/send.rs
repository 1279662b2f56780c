//! A test event by the saved settings.

use serde_json::{Value, json};

use super::file::{Folder, filled};
use super::listen;
use crate::support::run;

const LEAD: &str = "{\"event\":\"lead_collection\",\r\n \"data\": {\"é\\u00e9\":1.0}}";

/// A shape that no timing changes.
fn without_times(mut line: Value) -> Value {
    for name in ["ms", "phases", "next_in_ms"] {
        if let Some(value) = line.get_mut(name) {
            *value = json!(value.is_null());
        }
    }
    line
}

#[test]
fn its_lines_are_those_of_send() {
    let (mut receiver, console) = listen(&["--secret", "s", "--respond", "503,404"]);
    let told: Vec<_> = console.send(&json!({"body": LEAD, "time_scale": 1e6})).map(without_times).collect();
    let [sending, told @ ..] = &told[..] else { panic!("nothing was told") };
    // Other bytes, so another delivery and the plan's first step again.
    let other = LEAD.replace("1.0", "2.0");
    let to = ["--to", &format!("{}/hook", receiver.url), "--allow-local", "--secret", "s", "--time-scale", "1e6"];
    let (code, out, _) = run(&[&["send", "--output", "json", "--body", "-"], &to[..]].concat(), other.as_bytes());
    assert_eq!(code, 1);
    let received: Vec<_> = (0..4).map(|_| receiver.line()).collect();
    let (first, second) = (&received[0]["delivery"], &received[2]["delivery"]);
    let sent = out.replace(second.as_str().unwrap(), first.as_str().unwrap());
    let sent: Vec<_> = sent.lines().map(|line| without_times(serde_json::from_str(line).unwrap())).collect();
    assert_eq!(told, sent);
    assert_eq!((&sending["event"], &sending["bytes"]), (&json!("lead_collection"), &json!(LEAD.len())));
    assert_eq!((&sending["delivery"], &received[0]["bytes"]), (first, &json!(LEAD.len())));
    let id = received[1]["id"].as_str().unwrap();
    let (_, capture) = console.ask("GET", &format!("/requests/{id}"), &Value::Null);
    assert_eq!((&capture["target"], &capture["verdict"]), (&json!("/hook"), &json!("verified")));
}

#[test]
fn what_the_settings_do_not_send_is_skipped() {
    let (_receiver, console) = listen(&["--secret", "s"]);
    for (changes, reason) in [
        (json!({"events": ["conversation_summary"]}), "this event is not selected"),
        (json!({"events": []}), "no event is selected"),
        (json!({"enabled": false}), "the webhook is disabled"),
        (json!({"enabled": false, "url": ""}), "the webhook is disabled"),
    ] {
        assert_eq!(console.save(changes).0, 200);
        let told: Vec<_> = console.send(&json!({"body": "{\"event\": \"lead_collection\", \"data\": {}}"})).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["outcome"], &told[0]["reason"]), (&json!("skipped"), &json!(reason)));
        assert_eq!((&told[0]["attempts"], told[0]["delivery"].as_str().unwrap().len()), (&json!(0), 64));
    }
}

#[test]
fn the_guard_judges_what_was_saved_with_another() {
    // By `chatislav settings --allow-local`, say.
    let folder = Folder::new();
    let local = "http://127.0.0.1:1/";
    folder.write(&filled("").replace(super::PUBLIC, local));
    let (mut receiver, console) = folder.listen(&[]);
    let told: Vec<_> = console.send(&json!({"event": "lead_collection"})).collect();
    let [_, end] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&end["outcome"], &end["attempts"]), (&json!("blocked"), &json!(0)));
    assert!(end["reason"].as_str().unwrap().starts_with("loopback"), "{end}");
    assert_eq!(console.save(json!({"allow_local": true})).0, 200);
    let told = console.send(&json!({"event": "lead_collection"})).nth(1).unwrap();
    assert_eq!((&told["type"], &told["phase"]), (&json!("attempt"), &json!("connect")));
    receiver.note("127.0.0.1:1 was let through by --allow-local");
}

#[test]
fn what_is_no_event_is_refused() {
    let (_receiver, console) = listen(&["--secret", "s", "--max-body", "1KiB"]);
    for (wish, status, code) in [
        (json!({"body": ""}), 400, "body_invalid"),
        (json!({"body": "{}"}), 400, "body_invalid"),
        (json!({"body": "{\"event\": \"lead_collection\"}"}), 400, "body_invalid"),
        (json!({"body": "{\"event\": \"lead_collection\", \"data\": {}} x"}), 400, "body_invalid"),
        (json!({"body": "\u{FEFF}{\"event\": \"lead_collection\", \"data\": {}}"}), 400, "body_invalid"),
        (json!({"body": "[".repeat(1000)}), 400, "body_invalid"),
        (json!({"body": format!("{LEAD}{}", " ".repeat(1024))}), 413, "body_too_large"),
        (json!({"body": "x".repeat(200_000)}), 413, "body_too_large"),
        (json!({"event": "voice"}), 400, "body_invalid"),
    ] {
        let (told, refused) = console.ask("POST", "/send", &wish);
        assert_eq!(
            (told, &refused["error"]["code"]),
            (status, &json!(code)),
            "{}",
            &wish.to_string()[..40.min(wish.to_string().len())]
        );
    }
}

#[test]
fn who_closes_the_stream_ends_the_delivery() {
    let (mut receiver, console) = listen(&["--secret", "s", "--respond", "never"]);
    let mut told = console.send(&json!({"event": "lead_collection"}));
    assert_eq!(told.next().unwrap()["type"], "sending");
    receiver.note("until the sender leaves");
    drop(told);
    assert_eq!(receiver.line()["end"], "sender_left");
    // So does the receiver's end.
    let mut told = console.send(&json!({"event": "lead_collection"}));
    assert_eq!(told.next().unwrap()["type"], "sending");
    receiver.note("until the sender leaves");
    receiver.signal("TERM");
    assert!(told.all(|line| line["type"] == "attempt"), "it has come to its own end");
}
