//! The secrets, while the receiver runs: rolled by the screen or by another program, expired, or gone.

use std::time::{Duration, SystemTime};

use chatislav_webhooks::{Secret, Timestamp};
use serde_json::{Value, json};

use super::file::{Folder, filled};
use super::listen;
use crate::support::{Listening, run};

/// What becomes of an event that is signed with this secret: the verdict, and which secret it was.
#[track_caller]
fn judged(receiver: &mut Listening, secret: &str) -> (String, Value) {
    run(&["send", "--to", &receiver.url, "--allow-local", "--no-retry", "--secret", secret], b"");
    let line = receiver.line();
    (line["verdict"].as_str().unwrap().to_owned(), line["secret"].clone())
}

#[track_caller]
fn verified(receiver: &mut Listening, secret: &str, index: u64) {
    assert_eq!(judged(receiver, secret), ("verified".to_owned(), json!(index)));
}

#[track_caller]
fn forged(receiver: &mut Listening, secret: &str) {
    assert_eq!(judged(receiver, secret), ("signature_mismatch".to_owned(), json!(null)));
}

#[test]
fn a_secret_of_the_screen_is_in_force_at_once() {
    let folder = Folder::with(&filled(""));
    let (mut receiver, console) = folder.listen(&["--secret", "flag"]);
    verified(&mut receiver, "flag", 0);
    verified(&mut receiver, "marker-current", 1);
    let (second, shown) = console.regenerate("1h");
    assert_eq!(second.len(), 64);
    assert_eq!((&shown["secret"], &shown["saved"]), (&console.settings()["secret"], &json!(true)));
    assert_eq!(shown["previous_secrets"].as_array().unwrap().len(), 1);
    // The flags' come first, and then the newest of the settings.
    verified(&mut receiver, "flag", 0);
    verified(&mut receiver, &second, 1);
    verified(&mut receiver, "marker-current", 2);
    // Dropped at once, the one before is as any other.
    let (third, shown) = console.regenerate("0");
    assert_eq!(shown["previous_secrets"].as_array().unwrap().len(), 1);
    verified(&mut receiver, &third, 1);
    forged(&mut receiver, &second);
    verified(&mut receiver, "marker-current", 2);
    let lines = folder.text().lines().filter(|line| line.starts_with("secret = ")).count();
    assert_eq!((lines, folder.text().matches(&third).count()), (2, 1));
    receiver.signal("TERM");
    let (_, received, said) = receiver.wait();
    for secret in [&second, &third, "marker"] {
        assert!(!said.contains(secret) && received.iter().all(|line| !line.to_string().contains(secret)), "{said}");
    }
    assert!(!shown.to_string().contains(&third));
}

#[test]
fn what_a_replay_is_signed_with_is_in_force() {
    let folder = Folder::with(&filled(""));
    let (mut receiver, console) = folder.listen(&[]);
    forged(&mut receiver, "another");
    let (status, list) = console.ask("GET", "/requests", &Value::Null);
    assert_eq!(status, 200);
    let replay = format!("/requests/{}/replay", list["requests"][0]["id"].as_str().unwrap());
    let (second, _) = console.regenerate("0");
    let (status, replayed) = console.ask("POST", &replay, &json!({"resign": true}));
    assert_eq!((status, &replayed["status"]), (200, &json!(200)), "{replayed}");
    assert_eq!(receiver.line()["verdict"], "verified");
    forged(&mut receiver, "marker-current");
    verified(&mut receiver, &second, 0);
}

#[test]
fn a_secret_of_another_program_is_in_force_soon() {
    let folder = Folder::with(&filled(""));
    let (mut receiver, console) = folder.listen(&[]);
    let (code, second, _) = run(&["secret", "regenerate", "--settings", &folder.shown(), "--keep", "0"], b"");
    assert_eq!(code, 0);
    let note = receiver.note(&format!("{}: the secrets ", folder.shown()));
    let fingerprint = console.settings()["secret"]["fingerprint"].as_str().unwrap().to_owned();
    assert!(note.ends_with(&format!(": the secrets {fingerprint} are in force\n")), "{note}");
    verified(&mut receiver, second.trim(), 0);
    forged(&mut receiver, "marker-current");
    // What is no secret's change is not said.
    assert_eq!(run(&["settings", &folder.shown(), "--method", "PUT"], b"").0, 0);
    folder.write(&filled("").replace("current", "third"));
    let note = receiver.note("webhook.toml");
    assert!(note.contains("are in force") && !note.contains(&fingerprint), "{note}");
    verified(&mut receiver, "marker-third", 0);
}

#[test]
fn a_file_that_comes_later_is_taken_too() {
    let folder = Folder::new();
    let (mut receiver, _console) = folder.listen(&["--secret", "flag"]);
    forged(&mut receiver, "marker-current");
    folder.write(&filled(""));
    receiver.note("are in force");
    verified(&mut receiver, "marker-current", 1);
    verified(&mut receiver, "flag", 0);
}

#[test]
fn an_old_secret_expires_while_the_receiver_runs() {
    for file in [true, false] {
        let folder = Folder::with(&filled(""));
        let (mut receiver, console) = if file { folder.listen(&[]) } else { listen(&["--secret", "flag"]) };
        let (second, _) = console.regenerate("1h");
        let (third, _) = console.regenerate("1s");
        let expires = (0..1000).any(|_| judged(&mut receiver, &second).0 != "verified");
        assert!(expires, "it is good for a second");
        forged(&mut receiver, &second);
        verified(&mut receiver, &third, u64::from(!file));
        let first = if file { "marker-current" } else { "flag" };
        verified(&mut receiver, first, u64::from(file));
        let left = console.settings()["previous_secrets"].as_array().unwrap().len();
        assert_eq!(left, 1, "the one of an hour");
    }
}

#[test]
fn a_file_that_says_nothing_good_leaves_what_was_before() {
    let folder = Folder::with(&filled(""));
    let (mut receiver, _console) = folder.listen(&[]);
    for (text, words) in [
        (filled("").replace("current", "second") + "no = 1\n", "no key is called `no`"),
        (filled("").replace("secret = \"marker-current\"\n", ""), "there is no secret in it"),
        ("\0".to_owned(), "line 1"),
    ] {
        folder.write(&text);
        let note = receiver.note("; the secrets before stay in force");
        assert!(note.contains(&folder.shown()) && note.contains(words), "{note}");
        verified(&mut receiver, "marker-current", 0);
    }
    folder.write(&filled("").replace("current", "second"));
    receiver.note("are in force");
    verified(&mut receiver, "marker-second", 0);
    forged(&mut receiver, "marker-current");
    // Open to others it is not read, whatever it says.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(receiver.note("chmod 600").contains("mode 0644"));
    verified(&mut receiver, "marker-second", 0);
    // Nor is it missed for a moment.
    std::fs::remove_file(folder.path()).unwrap();
    verified(&mut receiver, "marker-second", 0);
}

#[test]
fn once_every_secret_has_expired_nothing_is_believed() {
    // Time enough to start.
    let until = Timestamp::from(SystemTime::now() + Duration::from_secs(5)).rfc3339();
    let folder = Folder::with(&format!("[[previous-secrets]]\nsecret = \"marker-old\"\nuntil = \"{until}\"\n"));
    let (mut receiver, _console) = folder.listen(&[]);
    let expired = format!("the secret {} has expired\n", Secret::new("marker-old").unwrap().fingerprint());
    assert_eq!(receiver.note("has expired"), expired);
    forged(&mut receiver, "marker-old");
    assert_eq!(run(&["send", "--to", &receiver.url, "--allow-local", "--unsigned"], b"").0, 1);
    assert_eq!(receiver.line()["verdict"], "signature_missing");
}
