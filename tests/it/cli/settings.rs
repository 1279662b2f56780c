//! `chatislav settings`, and what uses the file: `send`, `secret`, `listen`.

mod file;
mod rotation;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Listening, chatislav, run};

/// A public address that nothing is sent to.
const PUBLIC: &str = "https://93.184.215.14/in";

/// A folder with a file of settings to be.
struct Screen {
    folder: tempfile::TempDir,
}

impl Screen {
    fn new() -> Self {
        Screen { folder: tempfile::tempdir().unwrap() }
    }

    /// With a file of this text, which is its owner's alone.
    fn with(text: impl AsRef<[u8]>) -> Self {
        let screen = Screen::new();
        fs::write(screen.path(), text).unwrap();
        mode(&screen.path(), 0o600);
        screen
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("webhook.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// `chatislav COMMAND... FILE ARGUMENTS...`
    fn run(&self, command: &[&str], arguments: &[&str]) -> (i32, String, String) {
        let path = self.path();
        run(&[command, &[path.to_str().unwrap()], arguments].concat(), b"")
    }

    fn settings(&self, arguments: &[&str]) -> (i32, String, String) {
        self.run(&["settings"], arguments)
    }

    /// `chatislav send --output json --settings FILE ARGUMENTS...`: exit code, lines, stderr.
    fn send(&self, arguments: &[&str], stdin: &[u8]) -> (i32, Vec<Value>, String) {
        let path = self.path();
        let send = ["send", "--output", "json", "--settings", path.to_str().unwrap()];
        let (code, out, err) = run(&[&send, arguments].concat(), stdin);
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), err)
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

fn mode_of(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).unwrap()) & 0o777
}

#[track_caller]
fn refused((code, out, err): (i32, String, String), expected: i32, words: &str) {
    assert_eq!((code, out.as_str()), (expected, ""), "{err}");
    assert!(err.contains(words), "expected: {words}\n     got: {err}");
}

#[test]
fn the_screen_is_filled_in_and_shown() {
    let screen = Screen::new();
    let fill = ["--url", PUBLIC, "--event", "lead_collection", "--header", "X-Token: marker-1", "--method", "put"];
    let (code, out, err) = screen.settings(&fill);
    assert_eq!(code, 0, "{err}");
    let shown = "enabled\n  url      https://93.184.215.14/in\n  method   PUT, timeout 30s\n  \
        events   lead_collection\n  headers  X-Token\n  secret   none\n";
    assert_eq!((out.as_str(), err.as_str()), (shown, "note: no secret: events are sent unsigned\n"));
    assert_eq!(mode_of(&screen.path()), 0o600);
    assert_eq!(screen.settings(&[]).1, shown);

    let change = ["--disable", "--event", "a", "--event", "b", "--header", "x-token: marker-2", "--timeout", "1m"];
    let (code, out, _) = screen.settings(&[&change[..], &["--output", "json"]].concat());
    let line: Value = serde_json::from_str(&out).unwrap();
    let expected = serde_json::json!({
        "v": 1, "type": "settings", "enabled": false, "url": PUBLIC, "method": "PUT", "timeout_ms": 60_000,
        "events": ["a", "b"], "headers": ["x-token"], "secret": null, "previous_secrets": [],
    });
    assert_eq!((code, line), (0, expected));
    let (_, out, err) = screen.settings(&["--enable", "--no-event", "--remove-header", "X-TOKEN"]);
    assert!(out.contains("  events   none\n  headers  none\n"), "{out}");
    assert!(err.starts_with("note: no event is selected: nothing is sent\n"), "{err}");
    assert_eq!(
        screen.text(),
        format!("enabled = true\nurl = \"{PUBLIC}\"\nmethod = \"PUT\"\ntimeout = \"1m\"\nevents = []\n")
    );
    refused(screen.settings(&["--remove-header", "x"]), 2, "there is no header x to remove");
    refused(screen.settings(&["--timeout", "0"]), 2, "not saved: timeout: a timeout is over 0 and at most 10m");
    refused(screen.settings(&["--event", "a", "--event", "a"]), 2, "not saved: events: a is selected twice");
    assert_eq!(screen.names(), ["webhook.toml"]);
}

#[test]
fn an_unsafe_url_is_refused_when_it_is_saved() {
    let screen = Screen::new();
    for (url, code, words) in [
        ("http://127.0.0.1:4180/in", 3, "not saved: Chatislav would refuse this address: loopback (the machine itself"),
        ("http://127.0.0.1:4180/in", 3, "To send to it from here, add --allow-local"),
        ("http://localhost/", 3, "add --allow-local"),
        ("http://10.0.0.7/", 3, "private (a private network, RFC 1918). To send to it from here, add --allow 10.0.0.7"),
        ("http://db.internal/", 3, "add --allow-host db.internal"),
        ("http://169.254.169.254/latest", 3, "metadata"),
        ("ftp://example.com/", 2, "not saved: url: the scheme of a webhook is http or https"),
        ("", 2, "not saved: url: an enabled webhook has a URL"),
    ] {
        refused(screen.settings(&["--url", url]), code, words);
        assert_eq!(screen.names(), [""; 0], "nothing is left behind");
    }
    let (code, _, err) = screen.settings(&["--url", "http://127.0.0.1:4180/in", "--allow-local"]);
    assert_eq!(code, 0);
    assert!(err.contains("was let through by --allow-local; Chatislav would refuse this address"), "{err}");
    let before = screen.text();
    // It is judged with every save, and also where nothing is saved.
    refused(screen.settings(&["--event", "lead_collection"]), 3, "not saved: Chatislav would refuse");
    refused(screen.settings(&[]), 3, "error: Chatislav would refuse");
    refused(screen.settings(&["--disable"]), 3, "not saved: Chatislav would refuse");
    assert_eq!(screen.text(), before);
    // A name that does not resolve is not known to be unsafe, and each attempt will see.
    let (code, _, err) = screen.settings(&["--url", "http://nothing.invalid/"]);
    assert_eq!(code, 0);
    assert!(err.contains("; the addresses are judged with each attempt"), "{err}");
    // Off, and without a URL.
    assert_eq!(screen.settings(&["--disable", "--url", ""]).0, 0);
}

#[test]
fn what_is_not_selected_is_skipped() {
    let lead = r#"{"event": "lead_collection", "data": {}}"#;
    // No connection is made, so there need be nobody.
    let url = "url = \"http://127.0.0.1:1/\"\n";
    for (text, reason) in [
        ("enabled = false\nevents = [\"lead_collection\"]\n", "the webhook is disabled"),
        ("events = []\n", "no event is selected"),
        ("", "no event is selected"),
        ("events = [\"conversation_summary\"]\n", "this event is not selected"),
    ] {
        let screen = Screen::with(format!("{url}{text}"));
        for (arguments, stdin) in [(&["lead_collection"][..], ""), (&["--body", "-"], lead)] {
            let (code, lines, err) = screen.send(arguments, stdin.as_bytes());
            assert_eq!((code, lines.len(), err.as_str()), (0, 1, ""), "{text}");
            let line = &lines[0];
            assert_eq!((&line["type"], &line["outcome"]), (&"delivery".into(), &"skipped".into()));
            assert_eq!((&line["attempts"], &line["reason"]), (&0.into(), &reason.into()));
            assert_eq!(line["delivery"].as_str().unwrap().len(), 64);
        }
        let (code, out, _) = screen.run(&["send", "--settings"], &[]);
        assert_eq!((code, out), (0, format!("– skipped: {reason}\n")));
    }
    let screen = Screen::with(format!("{url}events = [\"voice\"]"));
    // What fires is the event that is sent, not the sample that it was made of.
    let (code, lines, _) = screen.send(&["lead_collection", "--set", "event=voice", "--no-retry"], b"");
    assert_eq!((code, &lines.last().unwrap()["outcome"]), (3, &"blocked".into()));
    let (code, lines, err) = screen.send(&["--body", "-"], b"{}");
    assert_eq!((code, lines.len()), (2, 0));
    assert!(err.contains("the payload is not a Chatislav event"), "{err}");
    let repeated = screen.send(&["lead_collection", "--repeat", "3"], b"");
    assert_eq!((repeated.0, repeated.1.len()), (0, 3));
}

#[test]
fn send_does_as_the_settings_say() {
    let receiver = Listening::start(&["--secret", "right", "--respond", "200,200,200,200,never"]);
    let text = format!(
        "url = \"{}/in\"\nmethod = \"PUT\"\ntimeout = \"100ms\"\nevents = [\"lead_collection\"]\nsecret = \"right\"\n\
         [headers]\nX-One = \"file\"\nX-Two = \"file\"\n",
        receiver.url
    );
    let screen = Screen::with(&text);
    // The guard judges what the settings say, too.
    let (code, lines, _) = screen.send(&[], b"");
    assert_eq!((code, lines.len(), &lines[0]["outcome"]), (3, 1, &"blocked".into()));

    let (code, _, err) = screen.send(&["--allow-local"], b"");
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("note: signed with the secret "), "{err}");
    let to = format!("{}/other", receiver.url);
    let (code, ..) = screen.send(&["--allow-local", "--to", &to, "--method", "post", "--header", "x-two: flag"], b"");
    assert_eq!(code, 0);
    let (code, ..) = screen.send(&["--allow-local", "--secret", "wrong"], b"");
    assert_eq!(code, 1);
    let (code, ..) = screen.send(&["--allow-local", "--unsigned"], b"");
    assert_eq!(code, 1);
    // The environment's secret is another webhook's.
    let mut command = chatislav();
    command.env("CHATISLAV_WEBHOOK_SECRET", "wrong").args(["send", "--allow-local", "--settings"]).arg(screen.path());
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    fs::write(screen.path(), text.replace("secret = \"right\"\n", "")).unwrap();
    let mut command = chatislav();
    command.env("CHATISLAV_WEBHOOK_SECRET", "right").args(["send", "--allow-local", "--settings"]).arg(screen.path());
    let unsigned = command.output().unwrap();
    assert_eq!(unsigned.status.code(), Some(1));
    assert!(String::from_utf8(unsigned.stderr).unwrap().contains("no secret, so this is sent unsigned"));

    receiver.signal("TERM");
    let (_, received, _) = receiver.wait();
    let shown: Vec<_> = received
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["method"].as_str().unwrap(),
                line["target"].as_str().unwrap(),
                line["verdict"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "PUT /in verified",
            "POST /other verified",
            "PUT /in signature_mismatch",
            "PUT /in signature_missing",
            "PUT /in verified",
            "PUT /in signature_missing",
        ]
    );
}

#[test]
fn the_timeout_and_the_headers_are_the_settings() {
    let receiver = Listening::start(&["--unsigned", "--respond", "never"]);
    let text = |url: &str| {
        format!(
            "url = \"{url}\"\ntimeout = \"50ms\"\nevents = [\"lead_collection\"]\n[headers]\n\
             X-One = \"file\"\nX-Two = \"file\"\nUser-Agent = \"file\"\n"
        )
    };
    let screen = Screen::with(text(&receiver.url));
    let (code, lines, _) = screen.send(&["--allow-local", "--no-retry"], b"");
    assert_eq!(code, 1);
    assert!(lines[0]["error"].as_str().unwrap().starts_with("no answer within 50ms"), "{}", lines[0]);

    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let screen = Screen::with(text(&format!("http://{}/", server.local_addr().unwrap())));
    let head = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"}") {
            let mut some = [0; 4096];
            let count = stream.read(&mut some).unwrap();
            assert_ne!(count, 0);
            head.extend(&some[..count]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(head).unwrap().to_ascii_lowercase()
    });
    let override_them = ["--header", "x-two: flag", "--timeout", "60s"];
    assert_eq!(screen.send(&[&["--allow-local"], &override_them[..]].concat(), b"").0, 0);
    let head = head.join().unwrap();
    assert!(head.contains("x-one: file\r\n") && head.contains("user-agent: file\r\n"), "{head}");
    assert!(head.contains("x-two: flag\r\n") && !head.contains("x-two: file"), "{head}");
}
