//! The console's Webhooks screen, with the real settings and the real dispatcher behind it.

mod file;
mod rotation;
mod send;

use serde_json::json;

use crate::support::{Console, Listening, form};

/// A public address that nothing is sent to.
const PUBLIC: &str = "https://93.184.215.14/in";

/// A receiver with a console.
fn listen(arguments: &[&str]) -> (Listening, Console) {
    let receiver = Listening::start(arguments);
    let console = Console::of(&receiver.ready);
    (receiver, console)
}

#[test]
fn in_the_first_minute_a_test_event_goes_to_the_receiver_itself() {
    let (receiver, console) = listen(&["--secret", "hunter2hunter2", "--secret", "old", "--respond", "503x2,200"]);
    let shown = console.settings();
    let hook = format!("{}/hook", receiver.url);
    for (key, value) in [
        ("file", json!(null)),
        ("saved", json!(false)),
        ("enabled", json!(true)),
        ("url", json!(hook)),
        ("method", json!("POST")),
        ("timeout", json!("30s")),
        ("events", json!(["conversation_summary", "lead_collection"])),
        ("headers", json!([])),
        // As in the test of the same name of the receiver's own fingerprint.
        ("secret", json!({"fingerprint": "b24dc202"})),
        ("previous_secrets", json!([])),
        ("allow_local", json!(true)),
        ("receiver", json!(format!("{}/", receiver.url))),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    let told: Vec<_> = console.send(&json!({"event": "lead_collection", "time_scale": 1e6})).collect();
    let statuses: Vec<_> = told.iter().map(|line| (line["type"].as_str().unwrap(), line["status"].as_u64())).collect();
    let expected =
        [("sending", None), ("attempt", Some(503)), ("attempt", Some(503)), ("attempt", Some(200)), ("delivery", None)];
    assert_eq!(statuses, expected);
    assert_eq!((&told[0]["url"], &told[0]["secret"]), (&hook.into(), &"b24dc202".into()));
    assert_eq!(told[4]["outcome"], "delivered");
    receiver.signal("TERM");
    let (_, received, _) = receiver.wait();
    let verdicts: Vec<_> = received.iter().map(|line| (line["verdict"].as_str().unwrap(), &line["secret"])).collect();
    assert_eq!(verdicts, [("verified", &json!(0)); 3]);
}

#[test]
fn without_a_file_settings_last_as_long_as_the_receiver() {
    let (_receiver, console) = listen(&["--secret", "s"]);
    let before = console.settings();
    let changes = json!({
        "url": PUBLIC, "method": "PUT", "timeout": "90s", "events": [], "allow_local": false,
        "headers": [{"name": "X-B", "value": "2"}, {"name": "X-A", "value": "1"}],
    });
    let (status, saved) = console.save(changes.clone());
    assert_eq!(status, 200, "{saved}");
    assert_eq!((&saved["saved"], &saved["file"], &saved["timeout"]), (&json!(true), &json!(null), &json!("90s")));
    assert_eq!(saved["doubts"], json!(["no event is selected: nothing is sent"]));
    assert_eq!((&saved["secret"], &saved), (&before["secret"], &console.settings()));
    // Who has not seen this overwrites nothing, also where the choice of the console alone is another.
    assert_eq!(console.put(&form(&before, json!({}))).1["error"]["code"], "settings_changed");
    let seen = console.settings();
    assert_eq!(console.put(&form(&seen, json!({"allow_local": true}))).0, 200);
    assert_eq!(console.put(&form(&seen, json!({"allow_local": false}))).0, 409);
    let wish = json!({"revision": seen["revision"]});
    assert_eq!(console.ask("POST", "/settings/secret", &wish).1["error"]["code"], "settings_changed");
    // What is off needs no URL, and none is filled in again.
    let (status, off) = console.save(json!({"enabled": false, "url": ""}));
    assert_eq!((status, &off["saved"], &off["url"]), (200, &json!(true), &json!("")), "{off}");
}

#[test]
fn a_receiver_that_takes_what_is_unsigned_stays_so() {
    let (receiver, console) = listen(&["--unsigned"]);
    let shown = console.settings();
    assert_eq!(shown["secret"], json!(null));
    assert!(shown["doubts"].as_array().unwrap().contains(&"no secret: events are sent unsigned".into()), "{shown}");
    let wish = json!({"event": "conversation_summary"});
    let told: Vec<_> = console.send(&wish).collect();
    assert_eq!((&told[0]["secret"], &told[1]["status"]), (&json!(null), &json!(200)));
    let (_, rolled) = console.regenerate("1h");
    let told: Vec<_> = console.send(&wish).collect();
    assert_eq!((&told[0]["secret"], &told[1]["status"]), (&rolled["secret"]["fingerprint"], &json!(200)));
    receiver.signal("TERM");
    let (_, received, _) = receiver.wait();
    assert!(received.len() == 2 && received.iter().all(|line| line["verdict"] == "unsigned"), "{received:?}");
}

#[test]
fn a_secret_that_is_no_text_is_filled_in_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, b"\xFF\xFE\x00\x01").unwrap();
    let (_receiver, console) = listen(&["--secret-file", path.to_str().unwrap()]);
    assert_eq!(console.settings()["secret"], json!(null));
    let told: Vec<_> = console.send(&json!({"event": "lead_collection"})).collect();
    assert_eq!(told.last().unwrap()["reason"], "status 401; 4xx: final, not retried");
}

#[test]
fn each_field_that_cannot_be_saved_is_named() {
    let (_receiver, console) = listen(&["--secret", "s"]);
    let before = console.settings();
    let header = |name: &str, value: &str| json!({"headers": [{"name": name, "value": value}]});
    for (changes, key, reason) in [
        (json!({"url": ""}), "url", "url_missing"),
        (json!({"url": "hooks.example.com"}), "url", "url_invalid"),
        (json!({"url": "ftp://hooks.example.com"}), "url", "url_invalid"),
        (json!({"method": "GET"}), "method", "method_invalid"),
        (json!({"timeout": "soon"}), "timeout", "timeout_invalid"),
        (json!({"timeout": "0"}), "timeout", "timeout_invalid"),
        (json!({"timeout": "11m"}), "timeout", "timeout_invalid"),
        (json!({"events": ["a", "a"]}), "events", "event_repeated"),
        (json!({"events": [" "]}), "events", "event_blank"),
        (header("", "x"), "headers", "header_invalid"),
        (header("content-type", "x"), "headers", "header_invalid"),
        (header("X-A", "a\r\nX-B: b"), "headers", "header_invalid"),
        (header("X-A", "a\u{0}"), "headers", "header_invalid"),
        (header("X-A\r\nX-B", "b"), "headers", "header_invalid"),
        (header("X-A", "é"), "headers", "header_invalid"),
        (
            json!({"headers": [{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}]}),
            "headers",
            "header_repeated",
        ),
    ] {
        let (status, refused) = console.save(changes.clone());
        let error = &refused["error"];
        assert_eq!((status, &error["code"]), (400, &json!("settings_invalid")), "{changes}: {refused}");
        assert_eq!((&error["key"], &error["reason"]), (&json!(key), &json!(reason)), "{changes}");
    }
    assert_eq!(console.settings(), before);
}

#[test]
fn an_unsafe_url_is_refused_with_the_way_through() {
    let (receiver, console) = listen(&["--secret", "s", "--allow", "10.1.0.0/16", "--allow-host", "db.internal"]);
    let local = format!("{}/in", receiver.url);
    for (url, rule, way, local_helps) in [
        (local.as_str(), "loopback", "let test events go to this machine", true),
        ("http://[::1]/", "loopback", "let test events go to this machine", true),
        ("http://a.localhost/", "localhost", "let test events go to this machine", true),
        ("http://10.2.0.1/", "private", "start the receiver with --allow 10.2.0.1", false),
        ("http://169.254.169.254/", "metadata", "start the receiver with --allow 169.254.169.254", false),
        ("http://web.internal/", "internal-name", "start the receiver with --allow-host web.internal", false),
    ] {
        let (status, refused) = console.save(json!({"url": url, "allow_local": false}));
        let error = &refused["error"];
        assert_eq!((status, &error["code"], &error["key"]), (403, &json!("target_blocked"), &json!("url")), "{url}");
        assert_eq!((&error["reason"], &error["way_through"]), (&json!(rule), &json!(way)), "{url}");
        assert_eq!(error["allow_local_helps"], json!(local_helps), "{url}");
        // It helps where it says so, and nowhere else.
        let (status, _) = console.save(json!({"url": url, "allow_local": true}));
        assert_eq!(status, if local_helps { 200 } else { 403 }, "{url}");
    }
    for url in ["http://10.1.2.3/", "http://db.internal/", PUBLIC, "http://nothing.invalid/"] {
        assert_eq!(console.save(json!({"url": url, "allow_local": false})).0, 200, "{url}");
    }
}
