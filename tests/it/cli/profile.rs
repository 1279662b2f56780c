//! `chatislav send --profile`.

use std::path::PathBuf;

use chatislav_webhooks::Profile;
use serde_json::Value;

use crate::support::{Listening, run};

fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/profiles").join(name);
    path.to_str().unwrap().to_owned()
}

/// Sends to a receiver with this plan: exit code, the sender's lines, its stderr.
#[track_caller]
fn sent(plan: &str, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let receiver = Listening::start(&["--secret", "s", "--respond", plan]);
    let url = format!("{}/hook", receiver.url);
    let common = ["send", "--to", &url, "--allow-local", "--output", "json", "--secret", "s"];
    let (code, out, err) = run(&[&common, arguments].concat(), b"");
    (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), err)
}

#[test]
fn every_attempt_says_by_which_profile_it_was_made() {
    let chatislav = Profile::chatislav().hash();
    for arguments in [&[][..], &["--profile", &example("chatislav.toml")], &["--time-scale", "9"]] {
        let (code, lines, err) = sent("200", arguments);
        assert_eq!((code, &lines[0]["profile"]), (0, &chatislav.clone().into()));
        assert!(!err.contains("profile"), "of the built-in nothing is said: {err}");
    }
    let patient = example("retries-429.toml");
    let (code, lines, err) = sent("429x2,200", &["--profile", &patient, "--time-scale", "1000"]);
    assert_eq!((code, lines.len()), (0, 4), "{err}");
    let hash = lines[0]["profile"].as_str().unwrap();
    assert_ne!(hash, chatislav);
    assert!(lines[..3].iter().all(|line| line["profile"] == hash));
    assert_eq!(err.matches(&format!("note: sent by the profile retries-429, {hash}\n")).count(), 1, "{err}");
}

#[test]
fn options_override_the_profile() {
    let patient = example("retries-429.toml");
    let (code, lines, err) = sent("429", &["--profile", &patient, "--no-retry"]);
    assert_eq!((code, lines.len()), (1, 2));
    assert_eq!(lines[1]["outcome"], "exhausted");
    assert_eq!(lines[1]["reason"], "status 429; 429: retried, by the profile retries-429");
    assert!(err.contains("note: sent by the profile retries-429, changed by options, "), "{err}");

    // Longer than the profile's own longest.
    let options = ["--profile", &patient, "--retry-schedule", "2000s", "--time-scale", "100000"];
    let (code, lines, _) = sent("429", &options);
    assert_eq!((code, lines.len()), (1, 3));
    let next = lines[0]["next_in_ms"].as_u64().unwrap();
    assert!((16..=24).contains(&next), "{next}");

    let body = |arguments: &[&str]| {
        let (_, lines, _) = sent("200", &[&["--seed", "7"], arguments].concat());
        lines[0]["delivery"].clone()
    };
    let (python, compact) = (body(&[]), body(&["--json-style", "compact"]));
    assert_ne!(python, compact);
    assert_eq!(body(&["--profile", &patient]), compact);
    assert_eq!(body(&["--profile", &patient, "--json-style", "python"]), python);
}

#[test]
fn a_profile_that_does_not_parse_is_usage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, "name = \"x\"\n\n[outcomes]\n429 = \"retri\"\n").unwrap();
    let path = path.to_str().unwrap();
    let to = ["send", "--to", "http://127.0.0.1:1/", "--allow-local", "--secret", "s", "--profile"];
    let (code, out, err) = run(&[&to[..], &[path]].concat(), b"");
    let expected = format!(
        "error: the --profile file {path}: line 4, column 7: no decision is called `retri`; did you mean `retry`? \
         (there are success, retry and fail)\n"
    );
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.ends_with(&expected), "{err}");
    let (code, _, err) = run(&[&to[..], &["no-such-file"]].concat(), b"");
    assert_eq!(code, 2);
    assert!(err.contains("the --profile file no-such-file: No such file"), "{err}");
}
