//! Loads that do not end well.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Notify;

use super::{check, load};
use crate::support::{SECRET, Server, chatislav, request, run, start, verified};

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_down_is_said_in_numbers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let common = ["--allow-local", "--rate", "100", "--for", "100ms"];
    let (code, _, all, _) = load(&[&url], &[&common[..], &["--retry-schedule", "1ms,1ms"]].concat());
    assert_eq!(code, 1);
    check(&all, &[("offered", 10), ("sent", 30), ("retries", 20), ("delivered", 0), ("exhausted", 10)]);
    // A retry that comes after all patience is no loss.
    let (code, _, all, _) = load(&[&url], &[&common[..], &["--retry-schedule", "1h", "--grace", "1s"]].concat());
    assert_eq!(code, 1);
    assert_eq!((&all["offered"], &all["unfinished"], &all["lost"]), (&10.into(), &10.into(), &0.into()));
}

#[test]
fn a_rate_that_no_machine_keeps_is_said_and_is_no_success() {
    let arguments = ["--allow-local", "--no-retry", "--rate", "1e9", "--for", "100ms", "--grace", "0"];
    let (code, _, all, err) = load(&["http://127.0.0.1:1/"], &arguments);
    assert_eq!(code, 1);
    assert!(err.contains(" of 100000000 were offered before the grace was over"), "{err}");
    assert!(err.contains("/s instead of 1000000000/s"), "{err}");
    assert_eq!(all["lost"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guard_refuses_is_not_sent() {
    let server = Server::answering(super::OK).await;
    let (code, _, all, err) = load(&[&server.url("/")], &["--rate", "100", "--for", "100ms"]);
    assert_eq!((code, server.connections()), (3, 0));
    check(&all, &[("offered", 10), ("sent", 0), ("delivered", 0), ("blocked", 10)]);
    assert_eq!(err.matches("add --allow-local").count(), 1, "once is enough: {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_is_unfinished_and_an_outbox_keeps_it() {
    let server = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        std::future::pending().await
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("outbox.db").display());
    let arguments =
        ["--allow-local", "--rate", "100", "--for", "100ms", "--grace", "2s", "--concurrency", "2", "--store", &store];
    let (code, _, all, err) = load(&[&server.url("/")], &arguments);
    assert_eq!(code, 1, "{err}");
    check(&all, &[("offered", 10), ("sent", 0), ("delivered", 0), ("unfinished", 10)]);
    let deliveries = |store: &str| {
        let (_, out, _) = run(&["deliveries", "--store", store, "--output", "json"], b"");
        serde_json::from_str::<Value>(out.lines().last().unwrap()).unwrap()
    };
    let counts = deliveries(&store);
    assert_eq!(counts["waiting"].as_u64().unwrap() + counts["leased"].as_u64().unwrap(), 10, "{counts}");
    assert!(server.connections() <= 2);
    let (code, _, err) = run(&[&["load", "--to", &server.url("/")], &arguments[..]].concat(), b"");
    assert_eq!(code, 2);
    assert!(err.contains("10 wait in") && err.contains("an outbox of its own"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_in_a_file_keeps_what_was_delivered() {
    let receiver = start(verified("503,200")).await;
    let url = format!("http://{}/", receiver.address);
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("outbox.db").display());
    for round in 1..=2 {
        let arguments =
            ["--allow-local", "--rate", "100", "--for", "100ms", "--retry-schedule", "1ms", "--store", &store];
        let (code, _, all, err) = load(&[&url], &arguments);
        assert_eq!(code, 0, "{err}");
        check(&all, &[("offered", 10), ("sent", 20), ("retries", 10), ("delivered", 10)]);
        let (_, out, _) = run(&["deliveries", "--state", "delivered", "--store", &store, "--output", "json"], b"");
        assert_eq!(out.lines().count(), 10 * round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_load_reports_all_the_same() {
    let arrived = Arc::new(Notify::new());
    let told = Arc::clone(&arrived);
    let server = Server::new(move |mut stream, _| {
        let told = Arc::clone(&told);
        async move {
            request(&mut stream).await;
            told.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let child = chatislav()
        .args(["load", "--to", &server.url("/"), "--allow-local", "--secret", SECRET, "--output", "json"])
        .args(["--rate", "50", "--for", "1h", "--concurrency", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    arrived.notified().await;
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert_eq!(ended.status.code(), Some(130), "{err}");
    assert!(err.contains("interrupted: what was not delivered is lost"), "{err}");
    let all: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert!(all["offered"].as_u64().unwrap() > 0, "{all}");
    assert_eq!((&all["unfinished"], &all["lost"], &all["delivered"]), (&all["offered"], &0.into(), &0.into()));
}

#[test]
fn what_cannot_be_a_load_is_refused_before_anything_is_sent() {
    let common = ["load", "--to", "http://127.0.0.1:1/", "--allow-local", "--secret", "s"];
    let rate = ["--rate", "10", "--for", "100ms"];
    for wrong in [
        &["--rate", "10"][..],
        &["--for", "1s"],
        &["--rate", "0", "--for", "1s"],
        &["--rate", "-1", "--for", "1s"],
        &["--rate", "10", "--for", "0"],
        &["--rate", "10", "--for", "soon"],
        &[&rate[..], &["--concurrency", "0"]].concat(),
        &[&rate[..], &["--store", "outbox.db"]].concat(),
        &[&rate[..], &["--histogram", "/nowhere/latency.hgrm"]].concat(),
        &[&rate[..], &["--to", "nonsense"]].concat(),
    ] {
        let (code, out, err) = run(&[&common[..], wrong].concat(), b"");
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}: {err}");
    }
    let (code, _, err) = run(&[&["load"], &rate[..]].concat(), b"");
    assert_eq!(code, 2);
    assert!(err.contains("--to <URL>"), "{err}");
    // Only a load takes several.
    for command in ["send", "enqueue"] {
        let (code, _, err) = run(&[command, "--to", "http://a.example/", "--to", "http://b.example/"], b"");
        assert_eq!(code, 2);
        assert!(err.contains("'--to <URL>' cannot be used multiple times"), "{err}");
    }
}

#[test]
fn settings_that_do_not_want_the_event_skip_the_load() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("webhook.toml");
    let file = path.to_str().unwrap();
    let made = run(&["settings", file, "--url", "https://93.184.215.14/in", "--event", "lead_collection"], b"");
    assert_eq!(made.0, 0, "{}", made.2);
    let arguments = ["--settings", file, "--rate", "10", "--for", "1h", "--output", "json"];
    let (code, out, err) = run(&[&["load", "conversation_summary"], &arguments[..]].concat(), b"");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains(r#""outcome":"skipped""#), "{out}");
}
