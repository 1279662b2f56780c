//! `chatislav enqueue`, `dispatch`, `deliveries` and `send --store`: an operator's way.

mod import;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{LEAD, Listening, chatislav, run};

/// An outbox in a folder of its own, and a receiver with a plan.
struct Setting {
    folder: tempfile::TempDir,
    receiver: Listening,
}

impl Setting {
    fn new(plan: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Setting { folder, receiver: Listening::start(&["--secret", "s", "--respond", plan]) }
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("outbox.db").display())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs with this outbox: exit code, lines, stderr.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> (i32, Vec<Value>, String) {
        self.run_with(arguments, b"")
    }

    #[track_caller]
    fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> (i32, Vec<Value>, String) {
        let (code, out, err) = run(&[arguments, &["--store", &self.store(), "--output", "json"]].concat(), stdin);
        (code, out.lines().map(|line| serde_json::from_str(line).expect(&err)).collect(), err)
    }

    #[track_caller]
    fn enqueue(&self, arguments: &[&str]) -> (i32, Vec<Value>, String) {
        let url = format!("{}/hook", self.receiver.url);
        self.run(&[&["enqueue", "--to", &url, "--secret", "s"], arguments].concat())
    }

    #[track_caller]
    fn drain(&self, arguments: &[&str]) -> (i32, Vec<Value>, String) {
        let common = ["dispatch", "--drain", "--allow-local", "--retry-schedule", "1ms,1ms"];
        self.run(&[&common, arguments].concat())
    }

    /// What arrived.
    fn received(self) -> Vec<Value> {
        self.receiver.signal("TERM");
        self.receiver.wait().1
    }
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// The lines of a file of events with these numbers.
fn events(numbers: std::ops::Range<u32>) -> Vec<u8> {
    numbers
        .map(|number| format!("{{\"event\": \"lead_collection\",\t\"data\": {{\"n\": {number}}}}}\n"))
        .collect::<String>()
        .into()
}

#[test]
fn an_event_is_enqueued_dispatched_and_shown() {
    let setting = Setting::new("503x2,200");
    let (code, lines, err) = setting.enqueue(&["conversation_summary"]);
    assert!(err.contains("add --allow-local to `chatislav dispatch`"), "{err}");
    assert_eq!((code, &lines[0]["type"], &lines[0]["id"]), (0, &"enqueued".into(), &1.into()));
    let key = lines[0]["delivery"].clone();

    let (_, lines, _) = setting.run(&["deliveries"]);
    assert_eq!(lines[0]["state"], "waiting");
    assert_eq!((&lines[0]["event"], &lines[0]["attempts"]), (&"conversation_summary".into(), &0.into()));
    assert_eq!(
        (&lines[1]["type"], &lines[1]["waiting"], &lines[1]["delivered"]),
        (&"counts".into(), &1.into(), &0.into())
    );

    let (code, lines, _) = setting.drain(&[]);
    assert_eq!(code, 0);
    assert_eq!(lines[0]["type"], "ready");
    let statuses: Vec<_> = of_type(&lines, "attempt").iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 200]);
    let ends = of_type(&lines, "delivery");
    assert_eq!((ends.len(), &ends[0]["outcome"], &ends[0]["attempts"]), (1, &"delivered".into(), &3.into()));
    assert_eq!((&ends[0]["id"], &ends[0]["delivery"]), (&1.into(), &key));
    assert_eq!(of_type(&lines, "summary")[0]["delivered"], 1);

    let (code, lines, _) = setting.run(&["deliveries", "show", "1"]);
    assert_eq!((code, lines.len(), &lines[0]["state"]), (0, 4, &"delivered".into()));
    let decisions: Vec<_> = lines[1..].iter().map(|line| line["decision"].clone()).collect();
    assert_eq!(decisions, ["retry", "retry", "delivered"]);
    assert_eq!(lines[1]["profile"].as_str().unwrap().len(), 16);
    assert_eq!(setting.run(&["deliveries", "show", "2"]).0, 1);

    let received = setting.received();
    assert_eq!(received.iter().map(|line| line["verdict"].clone()).collect::<Vec<_>>(), ["verified"; 3]);
    assert_eq!(received[0]["delivery"], key);
}

#[test]
fn the_worst_end_decides_the_exit_code_of_a_drain() {
    for (plan, code) in [("200", 0), ("404", 1), ("302(location=/)", 1), ("503", 1)] {
        let setting = Setting::new(plan);
        setting.enqueue(&[]);
        assert_eq!(setting.drain(&[]).0, code, "{plan}");
    }
    let setting = Setting::new("200");
    setting.enqueue(&[]);
    let (code, lines, err) = setting.run(&["dispatch", "--drain"]);
    assert_eq!((code, &of_type(&lines, "delivery")[0]["outcome"]), (3, &"blocked".into()));
    assert!(of_type(&lines, "attempt").is_empty());
    assert!(err.contains("add --allow-local"), "{err}");
    assert_eq!(setting.run(&["deliveries", "retry", "--state", "blocked"]).1[0]["deliveries"], 1);
    assert_eq!(setting.drain(&[]).0, 0);
    assert_eq!(setting.drain(&[]).0, 0, "and nothing is left");
}

#[test]
fn an_operator_retries_cancels_and_prunes() {
    let setting = Setting::new("404");
    let path = setting.file("events.ndjson", &events(0..3));
    setting.enqueue(&["--ndjson", &path]);
    setting.enqueue(&[]);
    assert_eq!(setting.run(&["deliveries", "cancel", "4"]).1[0]["deliveries"], 1);
    assert_eq!(setting.drain(&[]).0, 1);
    let (code, lines, _) = setting.run(&["deliveries", "--state", "failed", "--limit", "2"]);
    assert_eq!((code, lines.len(), &lines[0]["id"]), (0, 3, &3.into()));
    let (code, lines, err) = setting.run(&["deliveries", "cancel", "1", "77"]);
    assert_eq!((code, &lines[0]["deliveries"]), (1, &0.into()));
    assert!(err.contains("delivery 1 has ended") && err.contains("there is no delivery 77"), "{err}");
    assert_eq!(setting.run(&["deliveries", "retry", "1", "4"]).1[0]["deliveries"], 2);
    let (_, lines, _) = setting.drain(&[]);
    assert_eq!(of_type(&lines, "attempt").len(), 2);
    assert_eq!(setting.run(&["deliveries", "prune", "--older-than", "1h"]).1[0]["deliveries"], 0);
    assert_eq!(setting.run(&["deliveries", "prune", "--older-than", "0"]).1[0]["deliveries"], 4);
    assert_eq!(setting.run(&["deliveries"]).1.len(), 1);
    for wrong in [&["deliveries", "retry"][..], &["deliveries", "retry", "1", "--state", "failed"]] {
        assert_eq!(setting.run(wrong).0, 2);
    }
}

#[test]
fn what_is_no_outbox_is_said() {
    let setting = Setting::new("200");
    let (code, _, err) = setting.run(&["deliveries"]);
    assert_eq!(code, 2);
    assert!(err.contains("`chatislav enqueue` makes one"), "{err}");
    for store in [&["--store", "outbox.db"][..], &["--store", "sqlite:"], &["--store", "postgres://x"]] {
        let (code, _, err) = run(&[&["deliveries"], store].concat(), b"");
        assert_eq!(code, 2);
        assert!(err.contains("write it as sqlite:FILE"), "{err}");
    }
    let (code, _, err) = run(&["deliveries"], b"");
    assert_eq!((code, err.contains("--store sqlite:FILE")), (2, true));
    setting.file("outbox.db", b"something else, and long enough to be looked at by whoever opens it as a database");
    let path = setting.folder.path().join("outbox.db");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let (code, _, err) = setting.drain(&[]);
    assert_eq!(code, 2);
    assert!(err.contains("is not a outbox") || err.contains("is not an outbox"), "{err}");
}

/// A dispatcher at work.
struct Dispatching {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Dispatching {
    fn start(setting: &Setting, arguments: &[&str]) -> Self {
        let mut child = chatislav()
            .args(["dispatch", "--allow-local", "--output", "json", "--store", &setting.store()])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut dispatching = Dispatching { child, lines };
        assert_eq!(dispatching.next("ready")["type"], "ready");
        dispatching
    }

    /// The next line of this type.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let line = self.lines.next().expect("it has ended").unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["type"] == kind {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }
}

#[test]
fn a_running_dispatcher_notices_what_others_do() {
    let setting = Setting::new("503,200");
    let mut dispatching = Dispatching::start(&setting, &["--retry-schedule", "1h"]);
    setting.enqueue(&[]);
    assert_eq!(dispatching.next("attempt")["status"], 503);
    let (code, _, err) = setting.drain(&[]);
    assert_eq!(code, 2);
    assert!(err.contains("another dispatcher writes to"), "{err}");
    assert_eq!(setting.run(&["deliveries", "retry", "1"]).0, 0);
    assert_eq!(dispatching.next("delivery")["outcome"], "delivered");
    dispatching.signal("TERM");
    assert_eq!(dispatching.child.wait().unwrap().code(), Some(0));
}

#[test]
fn who_is_killed_in_the_middle_of_a_request_is_followed_by_one_who_sends_it_again_and_marks_it() {
    let setting = Setting::new("200");
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", endpoint.local_addr().unwrap());
    setting.run(&["enqueue", "--to", &url, "--secret", "s"]);
    let mut dispatching = Dispatching::start(&setting, &[]);
    // The request has arrived, and there is no answer.
    let (mut connection, _) = endpoint.accept().unwrap();
    assert!(connection.read(&mut [0; 100]).unwrap() > 0);
    assert_eq!(setting.run(&["deliveries"]).1[0]["state"], "leased");
    dispatching.child.kill().unwrap();
    dispatching.child.wait().unwrap();

    let answering = std::thread::spawn(move || {
        let (mut connection, _) = endpoint.accept().unwrap();
        let _ = connection.read(&mut [0; 10_000]).unwrap();
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        connection
    });
    let (code, lines, err) = setting.drain(&[]);
    drop(answering.join().unwrap());
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("1 were being sent when the last dispatcher ended"), "{err}");
    assert_eq!(of_type(&lines, "delivery")[0]["attempts"], 1);
    assert_eq!(of_type(&lines, "attempt")[0]["resent"], true, "it may have arrived before");
    let (_, lines, _) = setting.run(&["deliveries", "show", "1"]);
    let decisions: Vec<_> = lines[1..].iter().map(|line| line["decision"].clone()).collect();
    assert_eq!(decisions, ["interrupted", "delivered"]);
}

#[test]
fn a_drain_that_is_interrupted_says_where_the_rest_waits() {
    let setting = Setting::new("503");
    setting.enqueue(&[]);
    let mut dispatching = Dispatching::start(&setting, &["--drain", "--retry-schedule", "1h"]);
    dispatching.next("attempt");
    dispatching.signal("INT");
    assert_eq!(dispatching.child.wait().unwrap().code(), Some(130));
    assert_eq!(setting.run(&["deliveries"]).1[0]["state"], "waiting");
}

#[test]
fn send_many_at_once_or_through_an_outbox() {
    let setting = Setting::new("503,200");
    let url = format!("{}/hook", setting.receiver.url);
    let common =
        ["send", "--to", &url, "--allow-local", "--secret", "s", "--retry-schedule", "1ms", "--output", "json"];
    let (code, out, err) = run(&[&common[..], &["--count", "30", "--concurrency", "7"]].concat(), b"");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect(&err)).collect();
    assert_eq!((code, of_type(&lines, "attempt").len(), of_type(&lines, "delivery").len()), (0, 60, 30));

    let body = ["--body", "-", "--count", "3"];
    let (code, _, err) = run(&[&common[..], &body].concat(), LEAD);
    assert_eq!(code, 0, "{err}");
    let store = setting.store();
    let (code, out, err) = run(&[&common[..], &["--store", &store]].concat(), b"");
    assert_eq!((code, out.lines().count()), (0, 3), "{err}");
    assert_eq!(setting.run(&["deliveries"]).1[0]["state"], "delivered");
    for wrong in [
        &["--count", "0"][..],
        &["--count", "2", "--tamper", "body"],
        &["--concurrency", "2"],
        &["--rate", "1"],
        &["--count", "1", "--rate", "0"],
    ] {
        assert_eq!(run(&[&common[..], wrong].concat(), b"").0, 2, "{wrong:?}");
    }
    let received = setting.received();
    // The same bytes are one delivery to the receiver: of three one fails first.
    assert_eq!(received.len(), 60 + 4 + 2);
}

#[test]
fn nothing_secret_is_in_the_outbox() {
    let setting = Setting::new("200");
    let url = format!("{}/hook", setting.receiver.url);
    let secret = "correct horse battery staple";
    assert_eq!(setting.run(&["enqueue", "--to", &url, "--secret", secret]).0, 0);
    for file in fs::read_dir(Path::new(setting.folder.path())).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
