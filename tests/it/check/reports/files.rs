//! The files that `chatislav check` writes.

use std::path::Path;

use crate::support::{Listening, SECRET, run};

/// Runs one case against a receiver, in a folder of its own.
#[track_caller]
fn checked(folder: &Path, flags: &[&str]) -> (i32, String, String) {
    let receiver = Listening::start(&["--secret", SECRET, "--no-console"]);
    let flags: Vec<_> = flags.iter().map(|flag| flag.replace("DIR", folder.to_str().unwrap())).collect();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    run(&[&["check", &receiver.url, "--secret", SECRET, "--only", "C-01/lead"], &flags[..]].concat(), b"")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn all_are_written_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.md"), "from the step before").unwrap();
    let flags = "--json DIR/a.json --junit DIR/b.xml --sarif DIR/c.sarif --github DIR/d.md --html DIR/e.html";
    let (code, _, err) = checked(folder.path(), &flags.split(' ').collect::<Vec<_>>());
    assert_eq!(code, 0);
    assert!(err.contains("--sarif-location"), "{err}");
    assert_eq!(names(folder.path()), ["a.json", "b.xml", "c.sarif", "d.md", "e.html"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("a.json").starts_with("{\n  \"v\": 1,"));
    assert!(read("b.xml").starts_with("<?xml"));
    assert!(read("c.sarif").contains("\"version\": \"2.1.0\""));
    assert!(read("d.md").starts_with("from the step before\n## chatislav check: ✅"));
    assert!(read("e.html").starts_with("<!doctype html>"));
}

#[test]
fn a_report_on_stdout_is_alone_there() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = checked(folder.path(), &["--json", "-"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &document["good"]), (0, &true.into()));
    assert!(err.contains("signed with the secret"), "{err}");
}

#[test]
fn an_endpoint_that_is_down_has_a_report_too() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    drop(socket);
    let (code, out, _) = run(&["check", &url, "--secret", "s", "--junit", "-"], b"");
    assert_eq!(code, 5);
    assert!(out.contains("<error ") && out.contains("type=\"down\""), "{out}");
}

#[test]
fn what_cannot_be_written_is_said_before_the_first_request() {
    let folder = tempfile::tempdir().unwrap();
    for (flags, word) in [
        (&["--json", "DIR/none/a.json"][..], "no folder"),
        (&["--html", "DIR"], "is a folder"),
        (&["--json", "-", "--html", "-"], "two reports"),
        (&["--json", "DIR/a", "--junit", "DIR/a"], "two reports"),
        (&["--json", "-", "--output", "json"], "both go to stdout"),
        (&["--sarif", "DIR/a", "--sarif-location", "/etc/passwd"], "src/webhook.ts"),
        (&["--sarif-location", "a.ts"], "--sarif <FILE>"),
    ] {
        let (code, out, err) = checked(folder.path(), flags);
        assert_eq!((code, out.as_str()), (2, ""), "{flags:?}");
        assert!(err.contains(word), "{err}");
    }
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_leads_to_keeps_its_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("kept")).unwrap();
    std::fs::write(path("kept/a.json"), "before").unwrap();
    std::fs::set_permissions(path("kept/a.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("kept/a.json", path("a.json")).unwrap();
    symlink("kept/b.html", path("b.html")).unwrap();
    assert_eq!(checked(folder.path(), &["--json", "DIR/a.json", "--html", "DIR/b.html"]).0, 0);
    assert!(path("a.json").is_symlink() && path("b.html").is_symlink());
    assert_eq!(names(&path("kept")), ["a.json", "b.html"]);
    assert!(std::fs::read_to_string(path("kept/a.json")).unwrap().starts_with("{\n  \"v\": 1,"));
    assert!(std::fs::read_to_string(path("b.html")).unwrap().starts_with("<!doctype html>"));
    assert_eq!(std::fs::metadata(path("kept/a.json")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
/// Shared memory lies in `/dev`, and holds files like any other.
#[cfg(target_os = "linux")]
#[test]
fn a_file_in_shared_memory_is_replaced() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = folder.path().join("report.json");
    std::fs::write(&path, "what stood there").unwrap();
    checked(folder.path(), &["--json", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with('{'), "{text}");
}

#[test]
fn what_is_no_file_is_written_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;

    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::process::Command::new("cat").arg(&pipe).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // The summary of a job is added to, so it is read before; from a pipe it is not.
    let (code, _, err) = checked(folder.path(), &["--github", "DIR/pipe"]);
    assert_eq!(code, 0, "{err}");
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let told = reader.wait_with_output().unwrap().stdout;
    assert!(String::from_utf8(told).unwrap().starts_with("## chatislav check: ✅"));
    let (code, out, err) = checked(folder.path(), &["--junit", "/dev/fd/1", "--output", "quiet"]);
    assert!(code == 0 && out.starts_with("<?xml"), "{out} {err}");
}
