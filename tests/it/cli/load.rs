//! `chatislav load`: what it offers, counts and measures.

mod ends;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::support::{SECRET, Server, request, run, start, verified};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Runs a load to its end: exit code, the lines of each endpoint, the line in all, stderr.
#[track_caller]
fn load(urls: &[&str], arguments: &[&str]) -> (i32, Vec<Value>, Value, String) {
    let mut all = vec!["load", "--secret", SECRET, "--output", "json"];
    urls.iter().for_each(|url| all.extend(["--to", url]));
    all.extend(arguments);
    let (code, out, err) = run(&all, b"");
    let mut lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect(&err)).collect();
    assert!(lines.iter().all(|line| line["type"] == "load"), "{out}");
    let last = lines.pop().expect(&err);
    assert_eq!(last["endpoint"], Value::Null);
    (code, lines, last, err)
}

/// Each of these counts, and that all others that should be 0 are.
#[track_caller]
fn check(line: &Value, counts: &[(&str, u64)]) {
    for name in ["retries", "failed", "exhausted", "blocked", "unfinished", "lost", "duplicates"] {
        if counts.iter().all(|(told, _)| *told != name) {
            assert_eq!(line[name], 0, "{name}: {line}");
        }
    }
    for (name, count) in counts {
        assert_eq!(line[*name], *count, "{name}: {line}");
    }
}

/// The total counts of a distribution's file, by their values in milliseconds.
fn distribution(path: &Path) -> Vec<(f64, u64)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let heads: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(heads, ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]);
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with("#["));
    let rows = rows.map(|line| {
        let cells: Vec<f64> = line.split_whitespace().map(|cell| cell.parse().unwrap()).collect();
        assert!((0.0..=1.0).contains(&cells[1]), "{line}");
        (cells[0], cells[2] as u64)
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_offered_arrives_signed_and_is_measured() {
    let receiver = start(verified("200")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latency.hgrm");
    let url = format!("http://{}/hook", receiver.address);
    let file = path.to_str().unwrap();
    let rate = ["--allow-local", "--rate", "200", "--for", "500ms", "--histogram", file];
    let (code, lines, all, err) = load(&[&url], &rate);
    assert_eq!((code, lines.len()), (0, 1), "{err}");
    assert_eq!(lines[0]["endpoint"], url);
    check(&all, &[("offered", 100), ("sent", 100), ("delivered", 100)]);
    check(&lines[0], &[("offered", 100), ("sent", 100), ("delivered", 100)]);
    assert_eq!(all["rate"]["asked"], 200.0);
    for times in ["latency_ms", "service_ms", "lateness_ms"] {
        let times: Vec<_> = ["p50", "p90", "p99", "p99.9", "max"].map(|name| all[times][name].as_f64().unwrap()).into();
        assert!(times.is_sorted() && times[4] > 0.0, "{times:?}");
    }
    let rows = distribution(&path);
    assert!(rows.is_sorted_by(|one, two| one.0 <= two.0 && one.1 <= two.1), "{rows:?}");
    assert_eq!(rows.last().unwrap().1, 100);
    assert_eq!(rows.last().unwrap().0, all["latency_ms"]["max"].as_f64().unwrap());

    let records = receiver.stopped().await;
    assert_eq!(records.len(), 100);
    // Each body is new, or the receiver would take it for a second attempt.
    assert!(records.iter().all(|record| record.verdict == "verified" && record.attempt == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_are_counted_and_their_latency_is_that_of_the_whole_delivery() {
    let receiver = start(verified("503,200")).await;
    let url = format!("http://{}/", receiver.address);
    let arguments = ["--allow-local", "--rate", "100", "--for", "200ms", "--retry-schedule", "300ms"];
    let (code, _, all, err) = load(&[&url], &arguments);
    assert_eq!(code, 0, "{err}");
    check(&all, &[("offered", 20), ("sent", 40), ("retries", 20), ("delivered", 20)]);
    // The jitter takes off a tenth at most.
    assert!(all["latency_ms"]["p50"].as_f64().unwrap() >= 270.0, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_endpoints_take_turns_and_are_told_apart() {
    let (good, bad) = (start(verified("200")).await, start(verified("404")).await);
    let (one, two) = (format!("http://{}/", good.address), format!("http://{}/", bad.address));
    // Who is named twice has two turns.
    let (code, lines, all, err) = load(&[&one, &two, &one], &["--allow-local", "--rate", "150", "--for", "200ms"]);
    assert_eq!((code, lines.len()), (1, 2), "{err}");
    assert_eq!((&lines[0]["endpoint"], &lines[1]["endpoint"]), (&one.clone().into(), &two.clone().into()));
    check(&lines[0], &[("offered", 20), ("sent", 20), ("delivered", 20)]);
    check(&lines[1], &[("offered", 10), ("sent", 10), ("delivered", 0), ("failed", 10)]);
    check(&all, &[("offered", 30), ("sent", 30), ("delivered", 20), ("failed", 10)]);
    assert_eq!((&lines[0]["rate"]["asked"], &lines[1]["rate"]["asked"]), (&100.0.into(), &50.0.into()));
    assert_eq!(lines[1]["latency_ms"]["p50"], Value::Null);
    let why = format!("the first that {two} did not take: status 404; 4xx: final");
    assert_eq!((err.matches(&why).count(), err.matches("did not take").count()), (1, 1), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_stalls_cannot_hide_how_many_it_kept_waiting() {
    // From the 40th request on nobody is answered for a second; with four connections, whoever waited for
    // answers would have asked four times in it, and seen four long times.
    let stall = std::sync::Arc::new(std::sync::OnceLock::new());
    let server = Server::new(move |mut stream, number| {
        let stall = std::sync::Arc::clone(&stall);
        async move {
            request(&mut stream).await;
            if number >= 40 {
                let until = *stall.get_or_init(|| Instant::now() + Duration::from_secs(1));
                tokio::time::sleep_until(until).await;
            }
            let _ = stream.write_all(OK).await;
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latency.hgrm");
    let file = path.to_str().unwrap();
    let arguments = ["--allow-local", "--rate", "100", "--for", "2s", "--concurrency", "4", "--histogram", file];
    let (code, _, all, err) = load(&[&server.url("/")], &arguments);
    assert_eq!(code, 0, "{err}");
    check(&all, &[("offered", 200), ("sent", 200), ("delivered", 200)]);
    // Those that were meant for the first half of the stall: 50, more where the machine is slow.
    let below = distribution(&path).iter().filter(|(ms, _)| *ms < 500.0).map(|(_, count)| *count).max().unwrap_or(0);
    assert!(200 - below >= 40, "{below} of 200 were fast: {all}");
    assert_eq!(server.connections(), 200);
}
