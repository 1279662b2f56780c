//! The file: whose it is, how it is replaced, and what is no such file.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::{PUBLIC, Screen, mode, mode_of, refused};
use crate::support::{chatislav, run};

const TEXT: &str = "url = \"https://93.184.215.14/in\"\nevents = []\nsecret = \"marker\"\n";

#[test]
fn a_file_that_others_may_read_is_refused_with_the_line_that_mends_it() {
    let screen = Screen::with(TEXT);
    let path = screen.path();
    let path = path.to_str().unwrap();
    for wide in [0o644, 0o640, 0o602, 0o610] {
        mode(&screen.path(), wide);
        let words = format!("others may get at it (mode {wide:04o}): chmod 600 {path}\n");
        refused(screen.settings(&[]), 2, &words);
        refused(screen.settings(&["--disable"]), 2, &words);
        refused(screen.run(&["send", "--settings"], &[]), 2, &words);
        refused(screen.run(&["listen", "--port", "0", "--settings"], &[]), 2, &words);
        refused(screen.run(&["secret", "regenerate", "--settings"], &[]), 2, &words);
    }
    // The line does as it says, also for a name that a shell would take apart.
    let odd = screen.folder.path().join("my 'web' hook.toml");
    fs::rename(screen.path(), &odd).unwrap();
    let (_, _, err) = run(&["settings", odd.to_str().unwrap()], b"");
    let line = err.trim().split("): ").nth(1).unwrap();
    assert!(Command::new("sh").args(["-c", line]).status().unwrap().success(), "{line}");
    assert_eq!(run(&["settings", odd.to_str().unwrap()], b"").0, 0);
    // Read and saved, it is not more open than before.
    mode(&odd, 0o400);
    assert_eq!(run(&["settings", odd.to_str().unwrap(), "--disable"], b"").0, 0);
    assert_eq!(mode_of(&odd), 0o600);
}

#[test]
fn a_link_is_followed_and_stays() {
    let screen = Screen::with(TEXT);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.toml");
    symlink(screen.path(), &link).unwrap();
    let link = link.to_str().unwrap();
    assert_eq!(run(&["settings", link, "--method", "PUT"], b"").0, 0);
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    assert!(screen.text().contains("method = \"PUT\""));
    assert_eq!(screen.names(), ["webhook.toml"]);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);

    fs::remove_file(screen.path()).unwrap();
    let (code, _, err) = run(&["settings", link, "--disable"], b"");
    assert_eq!(code, 2, "{err}");
    assert!(fs::symlink_metadata(screen.path()).is_err(), "where a link leads to nothing, nothing is made");
    // A link in the place of the file to be, as somebody else may leave it in a shared folder.
    let screen = Screen::with(TEXT);
    let victim = screen.folder.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    symlink(&victim, screen.folder.path().join(".webhook.toml.new")).unwrap();
    assert_eq!(screen.settings(&["--disable"]).0, 0);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(!fs::symlink_metadata(screen.path()).unwrap().is_symlink());
}

#[test]
fn a_save_that_is_killed_leaves_the_file_before() {
    let screen = Screen::with(TEXT);
    let path = screen.path();
    // No byte may be written to a file: the system kills whoever tries.
    let script = "ulimit -f 0; ulimit -c 0; exec \"$0\" settings \"$1\" --disable";
    let killed = Command::new("bash").args(["-c", script]).arg(chatislav().get_program()).arg(&path).output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed.status), Some(25), "{killed:?}");
    assert_eq!(screen.text(), TEXT);
    assert_eq!(screen.names(), [".webhook.toml.new", "webhook.toml"], "it was on its way");
    // As if it had got as far as the rename.
    fs::write(screen.folder.path().join(".webhook.toml.new"), "half a fil").unwrap();
    let (code, out, _) = screen.settings(&[]);
    assert_eq!(code, 0);
    assert!(out.starts_with("enabled\n"), "{out}");
    assert_eq!(screen.settings(&["--disable"]).0, 0);
    assert!(screen.text().starts_with("enabled = false\n"));
    assert_eq!(screen.names(), ["webhook.toml"]);
}

#[test]
fn a_save_that_fails_says_so_and_leaves_the_file_before() {
    let screen = Screen::with(TEXT);
    // Not even root removes a folder as if it were a file.
    let way = screen.folder.path().join(".webhook.toml.new");
    fs::create_dir(&way).unwrap();
    refused(screen.settings(&["--disable"]), 1, "error: cannot save ");
    refused(screen.run(&["secret", "regenerate", "--settings"], &[]), 1, "error: cannot save ");
    assert_eq!(screen.text(), TEXT);
    fs::remove_dir(way).unwrap();
    // What could not be read again is not written.
    let long = "e".repeat(65_000);
    assert_eq!(screen.settings(&["--event", &long]).0, 0);
    let before = screen.text();
    refused(screen.settings(&["--event", &long, "--event", &long[1..]]), 2, "has at most 64 KiB");
    assert_eq!(screen.text(), before);
    refused(run(&["settings", "/nowhere/webhook.toml", "--url", PUBLIC], b""), 2, "/nowhere/webhook.toml: No such");
}

#[test]
fn what_is_no_file_of_settings_is_refused() {
    refused(Screen::new().settings(&[]), 2, "webhook.toml: No such file");
    refused(Screen::new().run(&["secret", "generate", "--settings"], &[]), 2, "webhook.toml is not there: `chatislav");
    for (text, words) in [
        (&b"\x7FELF\0\0\xFF\xFE"[..], "valid UTF-8"),
        (b"\0\0\0", "line 1, column "),
        (&[b'#'; 70_000], "a file of settings has at most 64 KiB"),
        (b"{\"url\": 1}", "webhook.toml: invalid key-value pair"),
        (
            b"\ntimeuot = 5",
            "webhook.toml: line 2, column 1: no key is called `timeuot`; did you mean `timeout`? (there are enabled",
        ),
    ] {
        let screen = Screen::with(text);
        for command in [&["settings"][..], &["send", "--settings"], &["listen", "--port", "0", "--settings"]] {
            refused(screen.run(command, &[]), 2, words);
        }
        // Nor is it replaced by what it does not say.
        refused(screen.settings(&["--disable"]), 2, words);
        assert_eq!(fs::read(screen.path()).unwrap(), text);
    }
    // Nothing in it is a webhook without a URL.
    refused(Screen::with("").settings(&[]), 2, "url: an enabled webhook has a URL");

    let screen = Screen::new();
    fs::create_dir(screen.path()).unwrap();
    refused(screen.settings(&[]), 2, "not a file");
    refused(screen.settings(&["--disable"]), 2, "not a file");
    fs::remove_dir(screen.path()).unwrap();
    // Nobody ever writes into it.
    let made = Command::new("mkfifo").args(["-m", "600"]).arg(screen.path()).status().unwrap();
    assert!(made.success());
    refused(screen.settings(&[]), 2, "not a file");
    refused(screen.run(&["send", "--settings"], &[]), 2, "not a file");
    refused(screen.settings(&["--disable"]), 2, "not a file");
}
