//! `chatislav replay`: the same bytes again.

use crate::support::Desk;

const LEAD: &str = r#"{"event": "lead_collection", "data": {}}"#;

#[test]
fn by_default_it_comes_back_to_the_receiver() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s", "--respond", "503,200"]);
    desk.send(&receiver, "/a?b", LEAD);
    let id = desk.lines(&["requests"]).1[0]["id"].as_str().unwrap().to_owned();
    let (code, lines) = desk.lines(&["replay", &id]);
    assert_eq!((code, lines[0]["status"].as_u64()), (0, Some(200)));
    let (_, lines) = desk.lines(&["requests"]);
    assert_eq!(lines.len(), 2);
    for key in ["target", "event", "verdict", "delivery", "bytes"] {
        assert_eq!(lines[0][key], lines[1][key], "{key}");
    }
    assert_eq!(lines[1]["attempt"], 2);
    assert_eq!(desk.run(&["replay", "0000-99"]).0, 1);
}

#[test]
fn it_goes_to_an_app_and_tells_its_answer() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    let app = Desk::new().listen(&["--secret", "other", "--respond", "200(body=hello)"]);
    desk.send(&receiver, "/", LEAD);
    let id = desk.lines(&["requests"]).1[0]["id"].as_str().unwrap().to_owned();
    let to = format!("{}/hook", app.url);
    let (code, lines) = desk.lines(&["replay", &id, "--to", &to]);
    assert_eq!((code, lines[0]["status"].as_u64()), (1, Some(401)), "the app has another secret");
    let (code, lines) = desk.lines(&["replay", &id, "--to", &to, "--resign", "--secret", "other"]);
    assert_eq!((code, lines[0]["body"].as_str()), (0, Some("hello")));
    assert_eq!(desk.run(&["replay", &id, "--to", &to, "--secret", "other"]).0, 2, "without --resign");
    assert_eq!(desk.run(&["replay", &id, "--resign"]).0, 0);
    // Nothing leaves this machine unless `listen` was told so.
    let (code, _, err) = desk.run(&["replay", &id, "--to", "http://192.0.2.1/"]);
    assert_eq!(code, 3);
    assert!(err.contains("blocked") && err.contains("--allow"), "{err}");
    assert_eq!(desk.run(&["replay", &id, "--to", "nonsense"]).0, 2);
}

#[test]
fn it_may_be_edited() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    desk.send(&receiver, "/a", LEAD);
    let id = desk.lines(&["requests"]).1[0]["id"].as_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let edited = folder.path().join("edited.json");
    std::fs::write(&edited, "{\"event\": \"edited\"}\n").unwrap();
    let body = edited.to_str().unwrap();
    let (code, lines) = desk.lines(&["replay", &id, "--body", body]);
    assert_eq!((code, lines[0]["status"].as_u64()), (1, Some(401)), "the signature is that of the other body");
    for signed in [&["--resign"][..], &["--resign", "--secret", "s"]] {
        let arguments = [&["replay", &id, "--method", "PUT", "--body", body], signed].concat();
        assert_eq!(desk.lines(&arguments).0, 0, "{signed:?}");
        let last = desk.lines(&["requests", "--limit", "1"]).1.remove(0);
        assert_eq!((last["method"].as_str(), last["event"].as_str()), (Some("PUT"), Some("edited")));
        assert_eq!(last["bytes"], 20);
    }
    assert_eq!(desk.run(&["replay", &id, "--body", "missing.json"]).0, 2);
    assert_eq!(desk.run(&["replay", &id, "--method", "P T"]).0, 2);
}
