//! The screen's file, which the command line shares.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{PUBLIC, listen};
use crate::support::{Console, Listening, form, run};

/// A folder for a file of settings.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    /// With a file of this text, which is its owner's alone.
    pub(super) fn with(text: &str) -> Self {
        let folder = Folder::new();
        folder.write(text);
        folder
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("webhook.toml")
    }

    pub(super) fn shown(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    /// In one step, so that nobody sees a part of it.
    pub(super) fn write(&self, text: &str) {
        let new = self.0.path().join("new");
        fs::write(&new, text).unwrap();
        mode(&new, 0o600);
        fs::rename(new, self.path()).unwrap();
    }

    pub(super) fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(super) fn listen(&self, arguments: &[&str]) -> (Listening, Console) {
        listen(&[&["--settings", &self.shown()], arguments].concat())
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A webhook that is filled in.
pub(super) fn filled(more: &str) -> String {
    format!("url = \"{PUBLIC}\"\nevents = [\"lead_collection\"]\nsecret = \"marker-current\"\n{more}")
}

#[test]
fn the_first_save_makes_the_file() {
    let folder = Folder::new();
    let (receiver, console) = folder.listen(&["--secret", "s"]);
    let shown = console.settings();
    assert_eq!((&shown["saved"], &shown["allow_local"]), (&json!(false), &json!(true)));
    assert_eq!((&shown["file"], &shown["url"]), (&folder.shown().into(), &format!("{}/hook", receiver.url).into()));
    assert_eq!(folder.names(), [""; 0]);
    let (status, saved) = console.save(json!({}));
    assert_eq!((status, &saved["saved"], &saved["allow_local"]), (200, &json!(true), &json!(true)), "{saved}");
    assert_eq!(
        (folder.names(), fs::metadata(folder.path()).unwrap().mode() & 0o777),
        (vec!["webhook.toml".into()], 0o600)
    );
    let expected = format!(
        "enabled = true\nurl = \"{}/hook\"\nmethod = \"POST\"\ntimeout = \"30s\"\n\
         events = [\"conversation_summary\", \"lead_collection\"]\nsecret = \"s\"\n",
        receiver.url
    );
    assert_eq!(folder.text(), expected, "the way to this machine is in no file");
    // The command line goes by it, and the screen by the command line.
    assert_eq!(run(&["send", "--settings", &folder.shown(), "--allow-local"], b"").0, 0);
    assert_eq!(run(&["settings", &folder.shown(), "--url", PUBLIC, "--no-event"], b"").0, 0);
    assert_eq!((&console.settings()["url"], &console.settings()["events"]), (&json!(PUBLIC), &json!([])));
    assert_eq!(console.put(&form(&saved, json!({}))).1["error"]["code"], "settings_changed");
    drop(receiver);
    // What is saved is sent as Chatislav would, until somebody says otherwise.
    let (_receiver, console) = folder.listen(&[]);
    assert_eq!((&console.settings()["saved"], &console.settings()["allow_local"]), (&json!(true), &json!(false)));
}

#[test]
fn without_any_secret_it_says_how_to_make_the_file() {
    let folder = Folder::new();
    let path = folder.shown();
    let (code, out, err) = run(&["listen", "--port", "0", "--settings", &path], b"");
    assert_eq!((code, out.as_str()), (2, ""));
    let commands: Vec<_> = err.split('`').skip(1).step_by(2).collect();
    let [settings, secret] = commands[..] else { panic!("{err}") };
    for command in [settings.replace(" URL", &format!(" {PUBLIC}")), secret.to_owned()] {
        let arguments: Vec<_> = command.split(' ').skip(1).collect();
        assert_eq!(run(&arguments, b"").0, 0, "{command}");
    }
    let (_receiver, console) = folder.listen(&[]);
    assert_eq!(console.settings()["url"], PUBLIC);
    // Beside it, what is unsigned is taken only where that is said.
    let (_receiver, console) = folder.listen(&["--unsigned"]);
    assert!(console.settings()["secret"]["fingerprint"].is_string());
}

#[test]
fn a_file_without_a_url_is_filled_in_the_rest_of_the_way() {
    let folder = Folder::with("method = \"PUT\"\nsecret = \"marker-current\"\n");
    let (receiver, console) = folder.listen(&[]);
    let shown = console.settings();
    assert_eq!((&shown["saved"], &shown["method"]), (&json!(false), &json!("PUT")));
    assert_eq!(shown["events"], json!(["conversation_summary", "lead_collection"]));
    let told: Vec<_> = console.send(&json!({"event": "lead_collection"})).collect();
    assert_eq!((&told[0]["url"], &told[1]["status"]), (&format!("{}/hook", receiver.url).into(), &json!(200)));
    assert_eq!(told[0]["secret"], shown["secret"]["fingerprint"]);
    // A new secret is saved at once, and nothing else with it.
    let (text, rolled) = console.regenerate("0");
    assert_eq!((&rolled["saved"], &rolled["url"]), (&json!(false), &shown["url"]));
    assert!(folder.text().contains("url = \"\"\nmethod = \"PUT\"") && folder.text().contains(&text));
}

#[test]
fn of_saves_at_once_one_is_saved() {
    let folder = Folder::with(&filled(""));
    let (_receiver, console) = folder.listen(&[]);
    let shown = console.settings();
    let saves: Vec<_> = (0..8)
        .map(|number| {
            let (console, form) = (console.clone(), form(&shown, json!({"events": [format!("event-{number}")]})));
            std::thread::spawn(move || console.put(&form))
        })
        .collect();
    let answers: Vec<_> = saves.into_iter().map(|save| save.join().unwrap()).collect();
    let (good, changed): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert_eq!((good.len(), changed.len()), (1, 7), "{answers:?}");
    assert!(changed.iter().all(|(_, refused)| refused["error"]["code"] == "settings_changed"), "{answers:?}");
    assert_eq!(good[0].1, console.settings());
    assert!(folder.text().contains(good[0].1["events"][0].as_str().unwrap()));
}

#[test]
fn a_save_that_is_killed_leaves_the_file_before() {
    let text = filled("");
    let folder = Folder::with(&text);
    let (receiver, console) = folder.listen(&[]);
    let shown = console.settings();
    // From now on no byte may be written to a file: the system kills whoever tries.
    let limited = Command::new("prlimit").args(["--fsize=0", "--core=0", "--pid", &receiver.id().to_string()]).status();
    assert!(limited.unwrap().success());
    let form = form(&shown, json!({"enabled": false}));
    let killed = std::thread::spawn(move || console.put(&form)).join();
    assert!(killed.is_err(), "it has answered");
    assert_eq!(folder.text(), text);
    assert_eq!(folder.names(), [".webhook.toml.new", "webhook.toml"], "it was on its way");
    drop(receiver);
    let (_receiver, console) = folder.listen(&[]);
    assert_eq!(console.save(json!({"enabled": false})).0, 200);
    assert!(folder.text().starts_with("enabled = false\n") && folder.names() == ["webhook.toml"]);
}

#[test]
fn a_save_that_fails_says_so_and_leaves_the_file_before() {
    let folder = Folder::with(&filled(""));
    let (_receiver, console) = folder.listen(&[]);
    let (before, shown) = (folder.text(), console.settings());
    // Not even root removes a folder as if it were a file.
    let way = folder.0.path().join(".webhook.toml.new");
    fs::create_dir(&way).unwrap();
    for (method, path, wish) in [
        ("PUT", "/settings", form(&shown, json!({}))),
        ("POST", "/settings/secret", json!({"revision": shown["revision"]})),
    ] {
        let (status, refused) = console.ask(method, path, &wish);
        assert_eq!((status, &refused["error"]["code"]), (500, &json!("settings_not_saved")));
        assert!(refused["error"]["message"].as_str().unwrap().starts_with("cannot save /"), "{refused}");
    }
    assert_eq!((folder.text(), console.settings()), (before, shown));
    fs::remove_dir(way).unwrap();
    // What could not be read again is not written.
    let (status, refused) = console.save(json!({"events": ["\u{86}".repeat(12_000)]}));
    assert_eq!((status, &refused["error"]["code"]), (500, &json!("settings_not_saved")));
    assert!(refused["error"]["message"].as_str().unwrap().contains("at most 64 KiB"), "{refused}");
}

#[test]
fn a_file_that_cannot_be_used_is_neither_shown_nor_replaced() {
    let folder = Folder::with(&filled(""));
    let (_receiver, console) = folder.listen(&["--secret", "s"]);
    let shown = console.settings();
    let refused = |words: &str| {
        for (method, path, wish) in [
            ("GET", "/settings", Value::Null),
            ("PUT", "/settings", form(&shown, json!({}))),
            ("POST", "/settings/secret", json!({"revision": shown["revision"]})),
            ("POST", "/send", json!({"event": "lead_collection"})),
        ] {
            let (status, refused) = console.ask(method, path, &wish);
            assert_eq!((status, &refused["error"]["code"]), (500, &json!("settings_unreadable")), "{path}");
            assert!(refused["error"]["message"].as_str().unwrap().contains(words), "{refused}");
            assert!(!refused.to_string().contains("marker"), "{refused}");
        }
    };
    mode(&folder.path(), 0o644);
    refused(&format!("others may get at it (mode 0644): chmod 600 {}", folder.shown()));
    for (text, words) in [
        ("secret = \"marker\"\ntimeuot = 5\n", "line 2, column 1: no key is called `timeuot`"),
        ("secret = \"marker", "line 1"),
    ] {
        folder.write(text);
        refused(words);
        assert_eq!(folder.text(), text);
    }
    folder.write(&filled(""));
    assert_eq!(console.settings(), shown);
}
