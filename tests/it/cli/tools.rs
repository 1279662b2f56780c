//! The commands that need no server: sign, verify, secret, target, plan, completions, demo.

use std::io::Write;

use crate::support::{LEAD, LEAD_SIGNATURE, SECRET, chatislav, run};

#[track_caller]
fn check(arguments: &[&str], stdin: &[u8], code: i32, out: &str, err: &str) {
    let (got, stdout, stderr) = run(arguments, stdin);
    assert_eq!(got, code, "{arguments:?}\nstdout: {stdout}\nstderr: {stderr}");
    assert!(stdout.contains(out), "{arguments:?}: no {out:?} in stdout: {stdout}");
    assert!(stderr.contains(err), "{arguments:?}: no {err:?} in stderr: {stderr}");
}

#[test]
fn sign_prints_64_digits_and_a_line_end() {
    for output in ["pretty", "json", "quiet"] {
        let (code, out, _) = run(&["sign", "--secret", SECRET, "--output", output], LEAD);
        assert_eq!((code, out), (0, format!("{LEAD_SIGNATURE}\n")));
    }
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = chatislav().args(["secret", "generate"]).stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write the result"));
}

#[test]
fn verify_tells_what_is_wrong() {
    let verify = |signature: &str, body: &[u8], code, out| {
        check(&["verify", "--secret", SECRET, "--signature", signature], body, code, out, "");
    };
    verify(LEAD_SIGNATURE, LEAD, 0, "✓ verified  lead_collection");
    verify(LEAD_SIGNATURE, &[LEAD, b"\n"].concat(), 1, "✗ signature_mismatch");
    verify(&format!("sha256={LEAD_SIGNATURE}"), LEAD, 1, "drop the `sha256=`");
    verify("", LEAD, 1, "✗ signature_missing");
    let json = ["verify", "--secret", "new", "--secret", SECRET, "--signature", LEAD_SIGNATURE, "--output", "json"];
    check(&json, LEAD, 0, r#""verdict":"verified","event":"lead_collection","secret":1,"delivery":""#, "");
}

#[test]
fn verify_explains_what_would_fit_and_the_verdict_stays() {
    let explain = |secret: &str, signature: &str, body: &[u8], out: &str| {
        check(&["verify", "--secret", secret, "--signature", signature, "--explain"], body, 1, out, "");
    };
    explain(SECRET, LEAD_SIGNATURE, &[LEAD, b"\n"].concat(), "explained: body_line_end_dropped");
    explain(&format!(" {SECRET}"), LEAD_SIGNATURE, LEAD, "the signature fits the secret without the blanks");
    explain(SECRET, &format!("sha256={LEAD_SIGNATURE}"), LEAD, "fix: send the header `x-chatislav-signature`");
    explain("another", LEAD_SIGNATURE, LEAD, "explained: nothing found\n    none of ");
    let json = ["verify", "--secret", SECRET, "--signature", LEAD_SIGNATURE, "--explain", "--output", "json"];
    let (code, out, _) = run(&json, &[b"\xEF\xBB\xBF", LEAD].concat());
    let told: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(code, 1);
    assert_eq!(
        (&told["type"], &told["found"], &told["change"], &told["offset"]),
        (&"explanation".into(), &true.into(), &"body_bom_dropped".into(), &0.into())
    );
    // A signature that fits needs no explanation.
    let (code, out, _) = run(&json, LEAD);
    assert_eq!((code, out.lines().count()), (0, 1));
}

#[test]
fn secrets_come_from_flags_files_and_the_environment() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("{SECRET}\n").as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    check(&["sign", "--secret-file", path], LEAD, 0, LEAD_SIGNATURE, "");

    let signed = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut body = tempfile::NamedTempFile::new().unwrap();
        body.write_all(LEAD).unwrap();
        let mut command = chatislav();
        command.arg("sign").arg(body.path()).args(arguments).envs(variables.iter().copied());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, out) = signed(&[("CHATISLAV_WEBHOOK_SECRET", SECRET)], &[]);
    assert_eq!((code, out.trim()), (Some(0), LEAD_SIGNATURE));
    let (code, out) = signed(&[("MINE", SECRET), ("CHATISLAV_WEBHOOK_SECRET", "other")], &["--secret-env", "MINE"]);
    assert_eq!((code, out.trim()), (Some(0), LEAD_SIGNATURE));
    let (code, out) = signed(&[("CHATISLAV_WEBHOOK_SECRET", "  ")], &[]);
    assert_eq!((code, out.contains("blank")), (Some(2), true), "{out}");
    let (code, out) = signed(&[], &["--secret-env", "NOT_SET"]);
    assert_eq!((code, out.contains("NOT_SET is not set")), (Some(2), true), "{out}");
    let (code, out) = signed(&[], &[]);
    assert_eq!((code, out.contains("no webhook secret was given")), (Some(2), true), "{out}");
    let (code, out) = signed(&[("CHATISLAV_WEBHOOK_SECRET", "\"quoted\"")], &[]);
    assert_eq!((code, out.contains("it stands in quotes")), (Some(0), true), "{out}");
}

#[test]
fn a_secret_is_generated_and_differs() {
    let (code, first, _) = run(&["secret", "generate"], b"");
    let (_, second, _) = run(&["secret", "generate", "--output", "quiet"], b"");
    assert_eq!((code, first.trim().len()), (0, 64));
    assert!(first.trim().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(first, second);
}

#[test]
fn a_target_is_judged() {
    check(&["target", "http://8.8.8.8/"], b"", 0, "✓ allowed", "");
    check(&["target", "http://127.0.0.1:4180/"], b"", 3, "--allow-local", "");
    check(&["target", "http://10.0.0.1/"], b"", 3, "--allow 10.0.0.1", "");
    check(&["target", "http://10.0.0.1/", "--allow", "10.0.0.0/8"], b"", 0, "by --allow", "");
    check(&["target", "http://db.internal/"], b"", 3, "--allow-host db.internal", "");
    check(&["target", "http://localhost/", "--allow-local"], b"", 0, "by --allow-local", "");
    check(&["target", "http://[64:ff9b::808:808]/"], b"", 0, "✓ allowed", "");
    check(&["target", "http://[64:ff9b::808:808]/", "--refuse-nat64"], b"", 3, "nat64", "");
    check(&["target", "http://10.0.0.1/", "--allow", "10.0.0.1"], b"", 0, "", "10.0.0.1 was let through by --allow;");
    check(&["target", "ftp://x/"], b"", 2, "", "http or https");
    check(&["target", "http://x:0/"], b"", 2, "", "port");
    check(&["target", "http://x/", "--allow", "10.0.0.1/8"], b"", 2, "", "network such as");
    check(&["target", "http://nothing.invalid/"], b"", 1, "? unresolved", "");
    let json = r#""verdict":"blocked","rule":"loopback""#;
    check(&["target", "http://127.0.0.1/", "--output", "json"], b"", 3, json, "");
}

#[test]
fn a_plan_is_shown_or_pointed_at() {
    let (code, out, _) = run(&["plan", "503x2,200"], b"");
    assert_eq!(code, 0);
    let expected = "  1  503  step 1/3\n  2  503  step 2/3\n  3  200  step 3/3  and so on\n";
    assert!(out.starts_with(expected), "{out}");
    assert_eq!(out.lines().count(), 10);
    check(&["plan", "seed=7; 200|503"], b"", 0, "seed 7", "");
    check(&["plan", "503x2,20"], b"", 2, "", "  503x2,20\n        ^");
    check(&["plan", "503,reset(after=10B)"], b"", 0, "  2  reset(after=10B)  step 2/2  and so on", "");
    check(&["plan", "\u{1b}[2J"], b"", 2, "", r"\u{1b}[2J");
    check(
        &["plan", "200", "--output", "json"],
        b"",
        0,
        r#"{"v":1,"type":"outcome","when":null,"n":1,"answer":"200""#,
        "",
    );
}

#[test]
fn what_is_asked_wrongly_is_usage() {
    check(&["sign", "no-such-file", "--secret", "s"], b"", 2, "", "cannot read no-such-file");
    check(&["sign", "--secret", ""], b"", 2, "", "blank");
    check(&["sign", "--secret-file", "no-such-file"], b"", 2, "", "cannot read the secret file");
    check(&["listen", "--nonsense"], b"", 2, "", "--nonsense");
    check(&["sign", "--output", "yaml"], b"", 2, "", "pretty, json, quiet");
    check(&["nonsense"], b"", 2, "", "nonsense");
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        check(&["completions", shell], b"", 0, "chatislav", "");
    }
}

#[test]
fn help_lists_the_exit_codes() {
    let (code, out, _) = run(&["--help"], b"");
    assert_eq!(code, 0);
    for line in ["0    good", "1    the delivery", "2    usage", "3    refused", "130  interrupted"] {
        assert!(out.contains(line), "{line}");
    }
}

#[test]
fn the_demo_goes_as_it_must() {
    check(&["demo", "--once"], b"", 0, "6 of 6 went as they must", "");
    check(&["demo", "--once", "--output", "json"], b"", 0, r#""type":"demo","scenes":6,"as_expected":6"#, "");
    let (code, out, err) = run(&["demo", "--once", "--output", "quiet"], b"");
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
}
