//! Why a signature does not fit: in the log of `listen`, unasked, and from `requests show --explain`.

use serde_json::Value;

use crate::support::Desk;

const LEAD: &str = r#"{"event": "lead_collection", "data": {"n": 1}}"#;

/// What a receiver that is told so logs about three requests that are signed with `s`: its requests on
/// stdout, and what it explains on stderr.
fn logged(arguments: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let desk = Desk::new();
    let receiver = desk.listen(&[arguments, &["--exit-after", "3"]].concat());
    for path in ["/a", "/b", "/c"] {
        desk.send(&receiver, path, LEAD);
    }
    let (code, lines, err) = receiver.wait();
    assert_eq!(code, Some(0), "{err}");
    let explained = err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    (lines, explained)
}

#[test]
fn listen_explains_the_first_of_many() {
    let (lines, told) = logged(&["--secret", "s\n"]);
    assert_eq!((lines.len(), told.len()), (3, 1), "{told:?}");
    let first = &lines[0];
    assert_eq!((&first["target"], &first["verdict"]), (&"/a".into(), &"signature_mismatch".into()));
    let (kind, id, change) = (&told[0]["type"], &told[0]["id"], &told[0]["change"]);
    assert_eq!((kind, id, change), (&"explanation".into(), &first["id"], &"secret_trimmed".into()));
    assert!(told[0]["fix"].as_str().unwrap().contains("copy the secret"), "{told:?}");
}

#[test]
fn nothing_is_explained_that_fits_or_where_nobody_wants_it() {
    for arguments in [&["--secret", "s"][..], &["--secret", "s\n", "--no-explain"], &["--unsigned"]] {
        let (lines, told) = logged(arguments);
        assert!(told.is_empty() && lines.len() == 3, "{arguments:?}: {told:?}");
    }
}

#[test]
fn a_request_is_explained_by_the_receivers_secrets_or_by_those_given() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s\n", "--secret", "other"]);
    desk.send(&receiver, "/", LEAD);
    let (_, lines) = desk.lines(&["requests"]);
    let id = lines[0]["id"].as_str().unwrap();
    let explain = |more: &[&str]| desk.lines(&[&["requests", "show", id, "--explain"], more].concat());
    for (more, change) in [
        (&[][..], "secret_trimmed".into()),
        (&["--secret", "s"], "none".into()),
        (&["--secret", "'s'"], "secret_unquoted".into()),
        (&["--secret", "another"], Value::Null),
    ] {
        let (code, lines) = explain(more);
        let told = (&lines[0]["type"], &lines[0]["id"], &lines[0]["change"]);
        assert_eq!((code, told), (0, (&"explanation".into(), &id.into(), &change)), "{more:?}");
    }
    let (code, out, _) = desk.run(&["requests", "show", id, "--explain"]);
    assert_eq!(code, 0);
    assert!(out.contains("explained: secret_trimmed") && out.contains("fix: copy the secret"), "{out}");
    assert!(out.contains("(secret 1 of 2, "), "{out}");
}

#[test]
fn a_store_needs_a_secret_to_explain() {
    let desk = Desk::new();
    let file = desk.path("requests.db");
    let store = file.to_str().unwrap();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let receiver = desk.listen(&["--secret", "s\n", "--exit-after", "1", "--store", store]);
    desk.send(&receiver, "/", LEAD);
    receiver.wait();
    let (_, lines) = desk.lines(&["requests", "--store", store]);
    let show = ["requests", "show", lines[0]["id"].as_str().unwrap(), "--explain", "--store", store];
    let (code, _, err) = desk.run(&show);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("no webhook secret was given"), "{err}");
    let (code, lines) = desk.lines(&[&show[..], &["--secret", "s\n"]].concat());
    assert_eq!((code, &lines[0]["change"]), (0, &"secret_trimmed".into()));
}

#[test]
fn without_a_signature_there_is_nothing_to_explain() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--unsigned"]);
    desk.send(&receiver, "/", LEAD);
    let (_, lines) = desk.lines(&["requests"]);
    let (code, _, err) = desk.run(&["requests", "show", lines[0]["id"].as_str().unwrap(), "--explain"]);
    assert_eq!(code, 1);
    assert!(err.contains("the receiver has no secret"), "{err}");
}
