//! The secret: made, rolled, and taken by a receiver that knows the old one too.

use serde_json::Value;

use super::{PUBLIC, Screen, refused};
use crate::support::{Listening, chatislav, run};

/// A screen with a secret, and what was printed of it.
fn generated() -> (Screen, String) {
    let screen = Screen::new();
    assert_eq!(screen.settings(&["--url", PUBLIC, "--event", "lead_collection"]).0, 0);
    let (code, out, err) = screen.run(&["secret", "generate", "--settings"], &[]);
    assert_eq!(code, 0, "{err}");
    (screen, out.strip_suffix('\n').unwrap().to_owned())
}

fn fingerprint(secret: &str) -> String {
    chatislav_webhooks::Secret::new(secret).unwrap().fingerprint()
}

#[test]
fn a_secret_is_printed_once_and_then_only_its_fingerprint() {
    let (screen, secret) = generated();
    assert!(secret.len() == 64 && secret.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{secret}");
    assert!(screen.text().contains(&format!("secret = \"{secret}\"\n")));
    let already = format!("the settings have the secret {} already", fingerprint(&secret));
    refused(screen.run(&["secret", "generate", "--settings"], &[]), 2, &already);

    let (code, out, err) = screen.run(&["secret", "regenerate", "--settings"], &["--keep", "1h"]);
    let second = out.trim();
    assert_eq!((code, second.len()), (0, 64));
    assert_ne!(second, secret);
    assert!(err.contains(&format!("signs with the secret {}\n", fingerprint(second))), "{err}");
    assert!(err.contains(&format!("the secret {} is good until 20", fingerprint(&secret))), "{err}");
    for (arguments, prefix) in [(&[][..], "enabled\n"), (&["--disable"], "disabled\n"), (&["--output", "json"], "{\"v")]
    {
        let (code, out, err) = screen.settings(arguments);
        assert_eq!(code, 0);
        assert!(out.starts_with(prefix), "{out}");
        assert!(out.contains(&fingerprint(second)) && out.contains(&fingerprint(&secret)), "{out}");
        assert!(![out, err].concat().contains(&secret), "a secret is shown");
    }
    // Nothing is kept of what is dropped at once, nor of what has expired.
    let (_, third, _) = screen.run(&["secret", "regenerate", "--settings"], &["--keep", "0"]);
    assert_eq!(screen.text().matches(second).count(), 0);
    assert!(screen.text().contains(third.trim()) && screen.text().contains(&secret));
    let expired = screen.text().replace("until = \"20", "until = \"19");
    std::fs::write(screen.path(), expired).unwrap();
    assert_eq!(screen.settings(&["--enable"]).0, 0);
    assert!(!screen.text().contains(&secret) && !screen.text().contains("previous-secrets"));
}

#[test]
fn of_secrets_that_are_made_at_once_none_is_lost() {
    let (screen, first) = generated();
    let regenerate = || {
        let mut command = chatislav();
        command.args(["secret", "regenerate", "--settings"]).arg(screen.path());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let made: Vec<_> = (0..6).map(|_| regenerate()).collect();
    let mut secrets = vec![first];
    for child in made {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        secrets.push(String::from_utf8(output.stdout).unwrap().trim().to_owned());
    }
    let text = screen.text();
    assert!(secrets.iter().all(|secret| text.matches(secret.as_str()).count() == 1), "{text}");
    assert_eq!(text.matches("[[previous-secrets]]").count(), 6);
}

#[test]
fn a_receiver_takes_both_secrets_during_a_rotation() {
    let (screen, old) = generated();
    let (_, new, _) = screen.run(&["secret", "regenerate", "--settings"], &[]);
    let path = screen.path();
    let path = path.to_str().unwrap();
    let receiver = Listening::start(&["--settings", path]);
    let to = ["--to", &receiver.url, "--allow-local"];
    let with = |secret: &str| run(&[&["send", "--secret", secret], &to[..]].concat(), b"").0;
    assert_eq!((with(&old), with(new.trim()), with("another")), (0, 0, 1));
    assert_eq!(screen.send(&to, b"").0, 0);
    receiver.signal("TERM");
    let (_, received, _) = receiver.wait();
    let by: Vec<_> = received.iter().map(|line| line["secret"].clone()).collect();
    assert_eq!(by, [1.into(), 0.into(), Value::Null, 0.into()]);

    // Once it has expired the old one is as any other.
    let text = screen.text();
    let (before, _) = text.split_once("until = ").unwrap();
    std::fs::write(screen.path(), format!("{before}until = \"2026-06-23T12:00:00Z\"\n")).unwrap();
    let receiver = Listening::start(&["--settings", path]);
    let to = ["--to", &receiver.url, "--allow-local"];
    let with = |secret: &str| run(&[&["send", "--secret", secret], &to[..]].concat(), b"").0;
    assert_eq!((with(&old), with(new.trim())), (1, 0));
    // Beside it, one that an argument names.
    let receiver = Listening::start(&["--settings", path, "--secret", "another"]);
    let to = ["--to", &receiver.url, "--allow-local"];
    assert_eq!(run(&[&["send", "--secret", "another"], &to[..]].concat(), b"").0, 0);
    assert_eq!(screen.send(&to, b"").0, 0);

    let none = Screen::with(format!("url = \"{PUBLIC}\""));
    let mut command = chatislav();
    command.env("CHATISLAV_WEBHOOK_SECRET", "another").args(["listen", "--port", "0", "--settings"]).arg(none.path());
    let refused = command.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no secret: give "));
}
