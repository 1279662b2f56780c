//! `chatislav requests` and `clear`, and how commands find the receiver.

use crate::support::Desk;

const LEAD: &str = r#"{"event": "lead_collection", "data": {"n": 1}}"#;

#[test]
fn what_arrived_is_listed_and_shown() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    desk.send(&receiver, "/a", LEAD);
    desk.send(&receiver, "/b", r#"{"event": "other"}"#);
    let (code, lines) = desk.lines(&["requests"]);
    let targets: Vec<_> = lines.iter().map(|line| line["target"].as_str().unwrap()).collect();
    assert_eq!((code, targets), (0, vec!["/a", "/b"]), "the newest last");
    let (code, lines) = desk.lines(&["requests", "--filter", "event:lead_*"]);
    assert_eq!((code, lines.len()), (0, 1));
    let (_, lines) = desk.lines(&["requests", "--limit", "1"]);
    assert_eq!(lines[0]["target"], "/b");
    let id = lines[0]["id"].as_str().unwrap();
    let (code, out, _) = desk.run(&["requests"]);
    assert_eq!((code, out.lines().count()), (0, 2));
    assert!(out.contains("✓ verified  → 200") && out.contains(id), "{out}");
    let (code, out, _) = desk.run(&["requests", "show", id, "--body"]);
    assert_eq!((code, out.as_str()), (0, r#"{"event": "other"}"#));
    let (_, out, _) = desk.run(&["requests", "show", id, "--head"]);
    assert!(out.starts_with("POST /b HTTP/1.1\r\n"), "{out}");
    let (_, lines) = desk.lines(&["requests", "show", id]);
    assert_eq!((lines[0]["type"].as_str(), lines[0]["id"].as_str()), (Some("capture"), Some(id)));
    let (code, _, err) = desk.run(&["requests", "show", "0000-99"]);
    assert_eq!(code, 1);
    assert!(err.contains("no such request"), "{err}");
}

#[test]
fn a_filter_that_is_wrong_is_refused_with_its_place() {
    let (code, _, err) = Desk::new().run(&["requests", "--filter", "status:"]);
    assert_eq!(code, 2);
    assert!(err.contains("  status:\n         ^"), "{err}");
}

#[test]
fn deliveries_are_a_line_each() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s", "--respond", "503,200"]);
    for _ in 0..2 {
        desk.send(&receiver, "/", LEAD);
    }
    for _ in 0..3 {
        desk.send(&receiver, "/", r#"{"event": "stubborn"}"#);
    }
    let (code, out, _) = desk.run(&["requests", "--deliveries"]);
    assert_eq!(code, 0);
    assert!(out.contains("✓ the sender kept the rules") && out.contains("attempt 3: a 2xx ends the delivery"), "{out}");
    assert_eq!(out.matches("next: nothing: it was delivered with 200").count(), 2, "{out}");
    let (_, lines) = desk.lines(&["requests", "--deliveries"]);
    assert_eq!(lines.iter().map(|line| line["kept"].as_bool().unwrap()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn cleared_there_is_nothing() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    desk.send(&receiver, "/", LEAD);
    let (code, lines) = desk.lines(&["clear"]);
    assert_eq!((code, lines[0]["requests"].as_u64()), (0, Some(1)));
    assert_eq!(desk.lines(&["requests"]), (0, vec![]));
}

#[test]
fn nobody_several_and_the_right_one() {
    let desk = Desk::new();
    let (code, _, err) = desk.run(&["requests"]);
    assert_eq!(code, 2);
    assert!(err.contains("no receiver is running here"), "{err}");
    let first = desk.listen(&["--secret", "s"]);
    let second = desk.listen(&["--secret", "s"]);
    let (code, _, err) = desk.run(&["requests"]);
    assert_eq!(code, 2);
    for receiver in [&first, &second] {
        let console = receiver.ready["console"].as_str().unwrap();
        let token = receiver.ready["token"].as_str().unwrap();
        assert!(err.contains(&format!("--receiver {console}")) && !err.contains(token), "{err}");
        desk.send(receiver, "/", LEAD);
        let (code, lines) = desk.lines(&["requests", "--receiver", console, "--token", token]);
        assert_eq!((code, lines.len()), (0, 1));
        assert_eq!(desk.run(&["requests", "--receiver", &format!("{console}/#token={token}")]).0, 0);
        let (code, _, err) = desk.run(&["requests", "--receiver", console]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("--token"), "{err}");
        assert_eq!(desk.run(&["requests", "--receiver", console, "--token", "x"]).0, 2);
    }
}

#[test]
fn one_that_is_not_there_is_exit_5() {
    let desk = Desk::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    for command in [&["requests"][..], &["clear"], &["wait"], &["replay", "0000-1"]] {
        let (code, _, err) = desk.run(&[command, &["--receiver", &url]].concat());
        assert_eq!(code, 5, "{command:?} {err}");
        assert!(err.contains("cannot be reached"), "{err}");
    }
    let receiver = desk.listen(&["--secret", "s"]);
    let (code, _, err) = desk.run(&["requests", "--receiver", &receiver.url]);
    assert_eq!(code, 5, "a receiver's own port is no console: {err}");
    assert_eq!(desk.run(&["requests", "--receiver", "localhost:1"]).0, 2);
}

#[test]
fn the_file_is_private_and_goes_with_the_receiver() {
    for signal in ["INT", "TERM"] {
        let desk = Desk::new();
        let receiver = desk.listen(&["--secret", "s"]);
        let names = desk.names();
        assert_eq!(names.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |name: &str| std::fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&names[0]), mode("")), (0o600, 0o700));
        }
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(desk.path(&names[0])).unwrap()).unwrap();
        for key in ["console", "token", "url"] {
            assert_eq!(file[key], receiver.ready[key], "{key}");
        }
        assert_eq!(receiver.ready["token"].as_str().unwrap().len(), 64);
        receiver.signal(signal);
        assert_eq!(receiver.wait().0, Some(0));
        assert!(desk.names().is_empty(), "{signal}");
    }
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s", "--exit-after", "1"]);
    desk.send(&receiver, "/", LEAD);
    assert_eq!(receiver.wait().0, Some(0));
    assert!(desk.names().is_empty());
}

#[test]
fn what_a_killed_receiver_left_is_cleaned_away() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    receiver.signal("KILL");
    receiver.wait();
    assert_eq!(desk.names().len(), 1);
    assert_eq!(desk.run(&["requests"]).0, 2);
    assert!(desk.names().is_empty());
    // Another process may have its port by now, another receiver even.
    let other = desk.listen(&["--secret", "s"]);
    let console = &other.ready["console"];
    std::fs::write(
        desk.path("receiver-1.json"),
        format!(r#"{{"v":1,"pid":1,"url":"http://127.0.0.1:1","console":{console},"token":"t","store":null}}"#),
    )
    .unwrap();
    std::fs::write(desk.path("receiver-2.json"), "{").unwrap();
    assert_eq!(desk.run(&["requests"]).0, 0);
    assert!(!desk.path("receiver-1.json").exists());
}

#[test]
fn a_folder_that_others_may_enter_is_not_trusted() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let desk = Desk::new();
        std::fs::create_dir(desk.path("")).unwrap();
        std::fs::set_permissions(desk.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
        let (code, _, err) = desk.run(&["requests"]);
        assert_eq!(code, 1);
        assert!(err.contains("chmod 700"), "{err}");
        let receiver = desk.listen(&["--secret", "s"]);
        receiver.signal("TERM");
        let (code, _, err) = receiver.wait();
        assert_eq!(code, Some(0), "a receiver receives all the same");
        assert!(err.contains("--receiver"), "{err}");
    }
}

#[test]
fn without_a_console_there_is_no_door() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s", "--no-console"]);
    assert!(receiver.ready.get("console").is_none() && receiver.ready.get("token").is_none());
    assert!(!desk.path("").exists());
    let other = desk.listen(&["--secret", "s"]);
    let port = other.ready["console"].as_str().unwrap().rsplit(':').next().unwrap();
    let (code, _, err) = desk.run(&["listen", "--port", "0", "--secret", "s", "--console-port", port]);
    assert_eq!(code, 2);
    assert!(err.contains(&format!("--console-port {port}")), "{err}");
}

#[test]
fn a_store_keeps_the_link_and_is_read_without_a_receiver() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("requests.db");
    let store = store.to_str().unwrap();
    // Not one of those that the system gives to whoever asks for any: it must be free a second time.
    let from = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let port = (from..32_000).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
    let receiver = desk.listen(&["--secret", "s", "--store", store, "--console-port", &port.to_string()]);
    let link = (receiver.ready["console"].clone(), receiver.ready["token"].clone());
    desk.send(&receiver, "/a", LEAD);
    receiver.signal("TERM");
    receiver.wait();
    let (code, lines) = desk.lines(&["requests", "--store", store]);
    assert_eq!((code, lines.len()), (0, 1));
    let id = lines[0]["id"].as_str().unwrap();
    assert_eq!(desk.run(&["requests", "show", id, "--body", "--store", store]).1, LEAD);
    assert_eq!(desk.lines(&["requests", "--deliveries", "--store", store]).1.len(), 1);
    for command in ["clear", "wait"] {
        let (code, _, err) = desk.run(&[command, "--store", store]);
        assert_eq!(code, 2);
        assert!(err.contains("needs a running receiver"), "{err}");
    }
    let receiver = desk.listen(&["--secret", "s", "--store", store]);
    assert_eq!(link, (receiver.ready["console"].clone(), receiver.ready["token"].clone()));
    // `wait` counts from this start, not from the store's beginning.
    let (code, _, err) = desk.run(&["wait", "--timeout", "1ms"]);
    assert_eq!((code, err.contains("0 of 1")), (4, true), "{err}");
    assert_eq!(desk.lines(&["requests"]).1.len(), 1);
}

#[test]
fn they_are_exported_for_other_tools_and_compared() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("requests.db");
    let store = store.to_str().unwrap();
    let receiver = desk.listen(&["--secret", "s", "--store", store]);
    desk.send(&receiver, "/a", LEAD);
    desk.send(&receiver, "/b", LEAD);
    let ids: Vec<String> =
        desk.lines(&["requests"]).1.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    let (code, ndjson, _) = desk.run(&["requests", "export", "--format", "ndjson", "--filter", "path:/b"]);
    assert_eq!((code, ndjson.lines().count()), (0, 1));
    let from_store = desk.run(&["requests", "export", "--format", "ndjson", "--filter", "path:/b", "--store", store]);
    assert_eq!(from_store.1, ndjson, "read from the file, it is the same");
    let file = folder.path().join("requests.har");
    std::fs::write(&file, "before").unwrap();
    let (code, out, err) =
        desk.run(&["requests", "export", "--format", "har", "--redact", "-o", file.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let har: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(&file, "before").unwrap();
    let console = receiver.ready["console"].as_str().unwrap();
    let wrong = ["--receiver", console, "--token", "x"];
    let export = ["requests", "export", "--format", "har", "-o", file.to_str().unwrap()];
    assert_eq!(desk.run(&[&export[..], &wrong].concat()).0, 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "before", "a question that fails leaves what stands there");
    let (code, out, _) = desk.run(&["requests", "show", &ids[0], "--as", "curl"]);
    assert!(code == 0 && out.contains("curl"), "{out}");
    assert_eq!(desk.run(&["requests", "diff", &ids[0], &ids[0]]).0, 0);
    let (code, out, _) = desk.run(&["requests", "diff", &ids[0], &ids[1]]);
    assert!(code == 1 && out.contains("/b"), "{out}");
    let (_, lines) = desk.lines(&["requests", "diff", &ids[0], &ids[1]]);
    assert_eq!((lines[0]["v"].as_u64(), lines[0]["type"].as_str()), (Some(1), Some("difference")));
    assert_eq!(desk.run(&["requests", "export", "--format", "pdf"]).0, 2);
}

#[test]
fn options_for_everything_stand_anywhere_and_those_of_the_list_do_not() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    desk.send(&receiver, "/", LEAD);
    let id = desk.lines(&["requests"]).1[0]["id"].as_str().unwrap().to_owned();
    let (code, out, err) = desk.run(&["requests", "--output", "json", "show", &id]);
    assert_eq!((code, out.starts_with('{')), (0, true), "{err}");
    for option in [&["--limit", "5"][..], &["--filter", "verified"], &["--deliveries"], &["--receiver", "http://x"]] {
        assert_eq!(desk.run(&[&["requests"], option, &["show", &id]].concat()).0, 2, "{option:?}");
    }
    assert_eq!(desk.run(&["requests", "--limit", "0"]).0, 2);
    assert_eq!(desk.run(&["requests", "--deliveries", "--limit", "1000"]).0, 0);
    assert_eq!(desk.run(&["requests", "--deliveries", "--limit", "1001"]).0, 2, "rather than 1,000 of them");
}

#[test]
fn what_a_stranger_wrote_is_ascii_for_programs() {
    let desk = Desk::new();
    let receiver = desk.listen(&["--secret", "s"]);
    desk.send(&receiver, "/", LEAD);
    desk.send(&receiver, "/", "{\"event\": \"\u{202e}\u{9b}31m\u{7f}\u{1f600}\"}");
    let ids: Vec<String> =
        desk.lines(&["requests"]).1.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    for arguments in [
        &["requests", "show", &ids[1]][..],
        &["requests", "diff", &ids[0], &ids[1]],
        &["requests", "--deliveries"],
        &["requests", "show", &ids[1], "--as", "ndjson"],
        &["requests", "show", &ids[1], "--as", "har"],
    ] {
        let (_, out, _) = desk.run(&[&["--output", "json"], arguments].concat());
        assert!(!out.is_empty() && out.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')), "{arguments:?} {out}");
    }
    let (_, lines) = desk.lines(&["requests", "show", &ids[1]]);
    assert_eq!(lines[0]["event"], "\u{202e}\u{9b}31m\u{7f}\u{1f600}", "and says the same");
}
