//! `chatislav demo` that stays: its console, and its end.

use std::io::{BufRead, BufReader};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Console, Desk};

#[test]
fn what_was_shown_is_in_its_console() {
    let desk = Desk::new();
    let mut demo = desk.spawn(&["demo", "--output", "json"]);
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let ready = lines.next().unwrap();
    assert_eq!(ready["type"], "ready");
    let end = lines.find(|line| line["type"] == "demo").unwrap();
    assert_eq!(end["as_expected"], 6);

    let console = Console::of(&ready);
    let (_, refused) = console.ask("GET", "/requests?filter=status%3A401", &Value::Null);
    let verdicts: Vec<_> = refused["requests"].as_array().unwrap().iter().map(|request| &request["verdict"]).collect();
    assert_eq!(verdicts, ["signature_missing", "signature_mismatch"]);
    // The command line finds it like any receiver.
    let (code, listed) = desk.lines(&["requests", "--filter", "status:302,404"]);
    assert_eq!((code, listed.len()), (0, 2), "{listed:?}");

    let shown = console.settings();
    let hook = format!("{}/hook", ready["url"].as_str().unwrap());
    assert_eq!((&shown["saved"], &shown["url"], &shown["allow_local"]), (&json!(false), &json!(hook), &json!(true)));
    let told = console.send(&json!({"event": "lead_collection", "time_scale": 1e6}));
    let statuses: Vec<_> = told.filter(|line| line["type"] == "attempt").map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 200]);

    assert_eq!(desk.names().len(), 1);
    assert!(Command::new("kill").args(["-s", "INT", &demo.id().to_string()]).status().unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert_eq!(desk.names(), [""; 0]);
}

#[test]
fn one_that_ends_by_itself_opens_nothing() {
    let desk = Desk::new();
    let (code, lines) = desk.lines(&["demo", "--once"]);
    assert_eq!((code, lines.first().map(|line| line["type"].clone())), (0, Some("scene".into())));
    assert!(!desk.path("").exists());
}
