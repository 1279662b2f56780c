//! What core must not contain, and what must not leak out of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use chatislav_webhooks::{CustomHeader, ErrorKind, Secret, Signature, Unsigned, Webhook};

use super::event::verified;
use crate::support::SECRET;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Not what others wrote, nor what was compiled.
            if !path.ends_with("node_modules") && !path.ends_with("dist") {
                files.extend(sources(&path));
            }
        } else if path
            .extension()
            .is_some_and(|extension| ["rs", "py", "ts", "mjs"].iter().any(|ours| extension == *ours))
        {
            files.push(path);
        }
    }
    files
}

#[test]
fn core_depends_on_nothing_that_acts() {
    let manifest = std::fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: Vec<_> =
        section.lines().filter_map(|line| line.split(['.', ' ']).next()).filter(|name| !name.is_empty()).collect();
    assert_eq!(names, ["hex", "hmac", "serde", "serde_json", "sha2", "subtle", "url", "zeroize"]);
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = workspace.lines().find(|line| line.starts_with("serde_json")).unwrap();
    assert!(line.contains(r#"features = ["raw_value"]"#), "other features leak into customers' builds: {line}");
}

#[test]
fn core_has_no_clock_no_io_and_no_dice() {
    for file in sources(&root().join("core/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let text = code.join("\n");
        for word in [
            "::now()",
            "Instant",
            "std::fs",
            "std::io",
            "std::env",
            "std::thread",
            "TcpStream",
            "rand::",
            "println!",
            "unsafe ",
        ] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

#[test]
fn a_file_speaks_of_one_thing() {
    for part in [
        "core/src",
        "sqlite/src",
        "receiver/src",
        "dispatcher/src",
        "check/src",
        "cli/src",
        "bindings",
        "examples",
        "tests/it",
        "tests/examples",
        "tests/endpoints",
    ] {
        for file in sources(&root().join(part)) {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 350, "{} has {lines} lines: is there a second idea in it?", file.display());
        }
    }
}

#[test]
fn nothing_shows_a_secret_a_digest_or_a_body() {
    let webhook = Webhook::new([SECRET, "marker-old"]).unwrap();
    let body = br#"{"event": "lead_collection", "data": {"marker": "marker-body"}, "timestamp": "x"}"#;
    let expected = webhook.sign(body);
    let event = verified(body).unwrap();
    let lead = match &event {
        chatislav_webhooks::Event::LeadCollection(lead) => lead.clone(),
        other => panic!("{other:?}"),
    };
    let mut shown = vec![
        format!("{:?}", Secret::new("marker-secret").unwrap()),
        format!("{webhook:?}"),
        format!("{expected:?}"),
        format!("{:?}", webhook.verifier("0".repeat(64)).unwrap()),
        format!("{:?}", Signature::signer(&Secret::new("marker-secret").unwrap())),
        format!("{event:?} {lead:?} {:?} {:?}", lead.data(), lead.form().len()),
        format!("{:?}", CustomHeader::new("x", "marker-header").unwrap()),
        format!("{:?}", CustomHeader::new("x", "marker-\n").unwrap_err()),
        format!("{:?}", Unsigned::new().require_header("x", "marker-header").unwrap()),
        format!("{:?}", Unsigned::new().read(body, [("x", "y")]).unwrap()),
        format!("{:?} {:?}", event.payload(), event.payload().items().next()),
    ];
    let required = Unsigned::new().require_header("x", "marker-header").unwrap();
    let mut refused = vec![
        Secret::new(" \u{200b}").unwrap_err(),
        Signature::parse("marker-signature").unwrap_err(),
        Signature::parse("marker-one,marker-two").unwrap_err(),
        required.read(body, [("x", "marker-other")]).unwrap_err(),
        required.read(body, [("x", "marker-other"), ("x", "marker-third")]).unwrap_err(),
        event.payload().parse::<Vec<u8>>().unwrap_err(),
        event.require_fresh(Duration::ZERO, UNIX_EPOCH).unwrap_err(),
    ];
    for (body, signature) in [
        (&body[..], "0".repeat(64)),
        (b"{\"marker-body\"", webhook.sign(b"{\"marker-body\"").to_string()),
        (b"[\"marker-body\"]", webhook.sign(b"[\"marker-body\"]").to_string()),
    ] {
        refused.push(webhook.verify(body, [("x-chatislav-signature", signature)]).unwrap_err());
    }
    shown.extend(refused.iter().map(|error| format!("{error} {error:?} {}", error.hint())));
    for text in shown {
        assert!(!text.contains("marker") && !text.contains(SECRET) && !text.contains(&expected.to_string()), "{text}");
    }
}

#[test]
fn every_code_has_a_message_and_a_hint_for_people() {
    for kind in ErrorKind::ALL {
        let code = kind.code();
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
    }
    let error = Webhook::new("").unwrap_err();
    assert!(!error.to_string().ends_with('.') && !error.hint().is_empty());
}

#[test]
fn errors_and_secrets_go_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<chatislav_webhooks::Error>();
    is_shared::<Webhook>();
    is_shared::<chatislav_webhooks::Event>();
    is_shared::<chatislav_webhooks::Verifier>();
    is_shared::<chatislav_webhooks::Verdict>();
}
