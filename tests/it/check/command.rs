//! `chatislav check` as a person runs it.

use crate::support::{Listening, SECRET, run};

fn listening() -> (Listening, String) {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console"]);
    let url = format!("{}/hook", receiver.url.trim_end_matches('/'));
    (receiver, url)
}

fn lines(out: &str) -> Vec<serde_json::Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn it_tells_the_plan_each_case_and_the_end() {
    let (_receiver, url) = listening();
    let only = ["--only", "C-01,C-03", "--seed", "7", "--output", "json"];
    let (code, out, _) = run(&[&["check", &url, "--secret", SECRET], &only[..]].concat(), b"");
    let lines = lines(&out);
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!((code, kinds), (0, vec!["plan", "case", "case", "case", "checked"]));
    assert_eq!((&lines[0]["cases"], &lines[0]["seed"]), (&3.into(), &7.into()));
    assert_eq!(
        (&lines[3]["id"], &lines[3]["outcome"], &lines[3]["status"]),
        (&"C-03".into(), &"passed".into(), &401.into())
    );
    assert_eq!(
        (&lines[4]["good"], &lines[4]["passed"], &lines[4]["obstacle"]),
        (&true.into(), &3.into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_failed_must_is_exit_code_1_and_comes_with_its_cause() {
    // A receiver that lets its plan answer what it has refused takes everything.
    let receiver = Listening::start(&["--secret", SECRET, "--no-console", "--ignore-verdict"]);
    let (code, out, _) = run(&["check", &receiver.url, "--secret", SECRET, "--output", "json"], b"");
    let last = lines(&out).pop().unwrap();
    assert_eq!((code, &last["obstacle"], &last["cause"]), (1, &"accepts-all".into(), &"not-verified".into()));
    assert!(last["fixes"]["Flask"].as_str().unwrap().contains("abort(401)"));

    let only = ["--anyway", "--only", "C-05", "--framework", "django"];
    let (code, out, _) = run(&[&["check", &receiver.url, "--secret", SECRET], &only[..]].concat(), b"");
    assert_eq!(code, 1);
    assert!(out.contains("✗ accepts-all, and 2 that count have failed: 0 passed"), "{out}");
    assert!(out.contains("✗ C-05") && out.contains("HttpResponse(status=401)") && !out.contains("Express"), "{out}");
}

#[test]
fn a_wrong_secret_of_ours_is_said_as_such() {
    let (_receiver, url) = listening();
    let (code, out, _) = run(&["check", &url, "--secret", "not the one", "--output", "json"], b"");
    let last = lines(&out).pop().unwrap();
    assert_eq!((code, &last["obstacle"], &last["cause"]), (1, &"refuses-all".into(), &"wrong-secret".into()));
}

#[test]
fn over_tls_it_is_the_same() {
    let desk = crate::support::Desk::new();
    let receiver = desk.listen(&["--secret", SECRET, "--no-console", "--tls-self-signed"]);
    let ca = receiver.ready["ca"].as_str().unwrap();
    let base = ["check", &receiver.url, "--secret", SECRET, "--only", "C-01,C-03,C-14/1MiB"];
    let (code, out, err) = run(&[&base[..], &["--ca", ca]].concat(), b"");
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(run(&base, b"").0, 5);
}

#[test]
fn an_endpoint_that_is_down_is_exit_code_5() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    drop(socket);
    let (code, out, _) = run(&["check", &url, "--secret", "s"], b"");
    assert_eq!(code, 5);
    assert!(out.contains("cannot be reached"), "{out}");
}

#[test]
fn another_machine_is_refused_without_a_word_to_it() {
    for url in ["http://192.0.2.1/", "https://93.184.215.14/in", "http://10.0.0.1:8080/"] {
        let (code, out, err) = run(&["check", url, "--secret", "s"], b"");
        assert_eq!((code, out.as_str()), (3, ""), "{url}");
        assert!(err.contains("--i-own-this"), "{err}");
    }
    // Then the guard judges as it always does.
    let (code, _, err) = run(&["check", "http://10.0.0.1:8080/", "--secret", "s", "--i-own-this"], b"");
    assert_eq!(code, 3);
    assert!(err.contains("--allow 10.0.0.1"), "{err}");
}

#[test]
fn what_cannot_be_run_is_exit_code_2() {
    for arguments in [
        &["check"][..],
        &["check", "http://127.0.0.1:1/"],
        &["check", "localhost:3000", "--secret", "s"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--only", "C-99"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--max-requests", "20"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--max-requests", "19", "--body", "-"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--case-timeout", "0"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--baseline", "/nonexistent"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--write-baseline"],
        &["check", "http://127.0.0.1:1/", "--secret", "s", "--probe", "x", "--probe-url", "http://127.0.0.1:1/"],
    ] {
        let (code, out, err) = run(arguments, b"");
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
    }
}

#[test]
fn the_list_needs_no_endpoint() {
    let (code, out, _) = run(&["check", "--list", "--only", "C-14", "--output", "json"], b"");
    let ids: Vec<_> = lines(&out).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((code, ids), (0, ["100KiB", "300KiB", "1MiB", "3MiB"].map(|size| format!("C-14/{size}")).to_vec()));
}

#[test]
fn failures_that_are_known_are_accepted() {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console", "--ignore-verdict"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.txt");
    let file = file.to_str().unwrap();
    // Something that is in the way stays so, whatever is known.
    let base = ["check", &receiver.url, "--secret", SECRET, "--only", "C-03,C-05", "--anyway", "--baseline", file];
    let (code, _, err) = run(&[&base[..], &["--write-baseline"]].concat(), b"");
    assert_eq!(code, 1);
    assert!(err.contains("left as it was"), "{err}");
}

#[test]
fn a_baseline_is_written_read_and_outgrown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.txt");
    let file = file.to_str().unwrap();
    let check = |url: &str, more: &[&str]| {
        let base = ["check", url, "--secret", SECRET, "--only", "C-14", "--output", "json", "--baseline", file];
        let (code, out, err) = run(&[&base[..], more].concat(), b"");
        (code, lines(&out).pop().unwrap(), err)
    };
    let small = Listening::start(&["--secret", SECRET, "--no-console", "--max-body", "2MiB"]);
    // 3 MiB is a SHOULD, so it counts with --strict alone.
    assert_eq!(check(&small.url, &["--write-baseline", "--strict"]).0, 1);
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.lines().any(|line| line.starts_with("C-14/3MiB  # answered 413")), "{text}");

    let (code, last, _) = check(&small.url, &["--strict"]);
    assert_eq!(
        (code, &last["known"], &last["failed"], &last["largest_accepted"]),
        (0, &1.into(), &0.into(), &(1 << 20).into())
    );

    let (_receiver, url) = listening();
    let (code, _, err) = check(&url, &[]);
    assert_eq!(code, 0);
    assert!(err.contains("C-14/3MiB passes now"), "{err}");
}

#[test]
fn effects_are_counted_by_a_command() {
    let (receiver, url) = listening();
    // Another number at each look: nothing can be counted with it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("looks");
    let growing = format!("echo x >> '{0}'; wc -l < '{0}'", file.display());
    let only = ["--only", "C-27/genuine", "--output", "json", "--probe"];
    let (code, out, _) = run(&[&["check", &url, "--secret", SECRET], &only[..], &[&growing]].concat(), b"");
    let lines = lines(&out);
    assert_eq!(code, 1);
    assert!(lines[1]["seen"].as_str().unwrap().contains("still changes"), "{:?}", lines[1]);

    let (code, out, _) = run(&[&["check", &url, "--secret", SECRET], &only[..], &["false"]].concat(), b"");
    assert_eq!(code, 1);
    assert!(out.contains("it failed: exit status: 1"), "{out}");
    drop(receiver);
}

#[test]
fn a_body_in_a_file_is_judged_and_made_small() {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console", "--max-body", "600"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refused.json");
    let check = |body: &str| {
        std::fs::write(&path, body).unwrap();
        let file = path.to_str().unwrap();
        let (code, out, err) =
            run(&["check", &receiver.url, "--secret", SECRET, "--body", file, "--output", "json"], b"");
        (code, lines(&out).pop().unwrap_or_default(), err)
    };
    let (code, line, _) = check(r#"{"event":"lead_collection","data":{}}"#);
    assert_eq!((code, &line["good"], &line["smallest"]), (0, &true.into(), &serde_json::Value::Null));
    let (code, line, _) = check(&format!(r#"{{"event":"lead_collection","data":{{"note":"{}"}}}}"#, "é".repeat(800)));
    assert_eq!((code, &line["status"], &line["complete"]), (1, &413.into(), &true.into()));
    assert!(line["smallest"].as_str().unwrap().len() == 601 && line["smallest"].as_str().unwrap().contains("xxx"));
    let (code, _, err) = check(r#"{"data":{}}"#);
    assert_eq!(code, 2);
    assert!(err.contains("is no event that Chatislav sends"), "{err}");
}

#[test]
fn a_body_that_is_taken_by_who_takes_everything_is_not_good() {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console", "--ignore-verdict"]);
    let check = |more: &[&str]| {
        let body = br#"{"event":"lead_collection","data":{}}"#;
        run(&[&["check", &receiver.url, "--secret", SECRET, "--body", "-", "--anyway"], more].concat(), body)
    };
    let (code, out, _) = check(&["--output", "json"]);
    let line = lines(&out).pop().unwrap();
    assert_eq!((code, &line["good"], &line["status"]), (1, &false.into(), &200.into()));
    assert_eq!(line["obstacle"], "accepts-all");
    let (code, out, _) = check(&[]);
    assert_eq!(code, 1);
    assert!(out.contains("✗ whatever comes is answered 2xx") && !out.contains('✓'), "{out}");
    assert!(out.contains("- the body is answered 200, which says nothing"), "{out}");
}

#[test]
fn a_body_is_made_small_with_the_requests_that_are_left() {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console", "--max-body", "600"]);
    let body = format!(r#"{{"event":"lead_collection","data":{{"note":"{}"}}}}"#, "x".repeat(800));
    let flags = ["--secret", SECRET, "--body", "-", "--max-requests", "25", "--output", "json"];
    let (code, out, _) = run(&[&["check", &receiver.url], &flags[..]].concat(), body.as_bytes());
    let line = lines(&out).pop().unwrap();
    assert_eq!((code, &line["complete"]), (1, &false.into()));
    assert!(line["requests"].as_u64().unwrap() <= 25, "{line}");
}
