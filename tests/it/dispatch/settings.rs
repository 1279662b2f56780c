//! Settings as files: where in them something is wrong.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use chatislav_dispatcher::{MAX_TOML, read_toml};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Method, Secret, Settings};

/// What a file with this text is read as; an error without the file's name.
fn read(text: impl AsRef<[u8]>) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).unwrap();
    let read = read_toml(&path, "a file of settings");
    read.map_err(|error| error.strip_prefix(&format!("{}: ", path.display())).unwrap().to_owned())
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = read(text).unwrap_err();
    assert!(error.starts_with(expected), "{text}\nexpected: {expected}\n     got: {error}");
    assert!(!error.contains("marker") && !error.contains("77777"), "{error}");
}

#[test]
fn the_example_says_what_the_screen_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/settings/webhook.toml");
    let settings: Settings = read_toml(&path, "a file of settings").unwrap();
    assert_eq!(settings.check(&Guard::default()), Ok(()));
    assert_eq!(settings.doubts(), [""; 0]);
    assert!(settings.enabled);
    assert_eq!((settings.method, settings.timeout), (Method::Post, Duration::from_secs(30)));
    assert_eq!(settings.url, "https://hooks.example.com/chatislav");
    assert_eq!(settings.events, ["conversation_summary", "lead_collection"]);
    assert_eq!((settings.headers[0].name(), settings.headers[0].value()), ("Authorization", "Bearer example"));
    // The vendor's own instant, and a day more.
    let last = UNIX_EPOCH + Duration::from_secs(1_782_216_000 + 86_400 - 1);
    let valid = |now| settings.secrets.valid(now).into_iter().map(Secret::fingerprint).collect::<Vec<_>>();
    let known = ["an example, so everybody knows it", "the example before"];
    let known = known.map(|secret| Secret::new(secret).unwrap().fingerprint());
    assert_eq!(valid(last), known);
    assert_eq!(valid(last + Duration::from_secs(1)), known[..1]);
}

#[test]
fn a_fault_is_told_where_it_stands_and_no_value_is_quoted() {
    for (text, expected) in [
        (
            "enabld = true",
            "line 1, column 1: no key is called `enabld`; did you mean `enabled`? (there are enabled, url, method, \
             timeout, events, secret, headers and previous-secrets)",
        ),
        ("\n[header]\nx = \"marker\"", "line 2, column 2: no key is called `header`; did you mean `headers`?"),
        ("enabled = \"yes\"", "line 1, column 11: invalid type: string \"yes\", expected true or false"),
        ("url = \"marker\"", "line 1, column 7: a URL begins with http:// or https://"),
        ("url = 77777", "line 1, column 7: expected a URL as a text, in quotes"),
        ("method = \"PATCH\"", "line 1, column 10: no method of a webhook is called `PATCH` (there are POST and PUT)"),
        ("timeout = 0", "line 1, column 11: a timeout is over 0 and at most 10m"),
        ("timeout = \"601s\"", "line 1, column 11: a timeout is over 0 and at most 10m"),
        ("timeout = -1", "line 1, column 11: expected a duration such as"),
        ("timeout = \"marker\"", "line 1, column 11: expected a duration such as"),
        ("events = \"lead_collection\"", "line 1, column 10: invalid type: string"),
        ("events = [\n  \"a\",\n  \"a\",\n]", "line 3, column 3: a is selected twice"),
        ("events = [\"\"]", "line 1, column 11: an event has a name"),
        ("events = [5]", "line 1, column 11: invalid type: integer `5`, expected the name of an event as a text"),
        ("secret = \"  \"", "line 1, column 10: a secret is not blank: leave the key out"),
        ("secret = 77777", "line 1, column 10: expected a secret as a text, in quotes"),
        ("secret = 7777777777777777777777777777777777777777", "line 1, column 10: "),
        ("secret = 77777.5", "line 1, column 10: expected a secret as a text, in quotes"),
        ("secret = 1977-07-07", "line 1, column 10: expected a secret as a text, in quotes"),
        ("secret = [\"marker\"]", "line 1, column 10: expected a secret as a text, in quotes"),
        ("secret = { a = \"marker\" }", "line 1, column 10: expected a secret as a text, in quotes"),
        ("secret = marker", "line 1, column 10: "),
        ("secret = \"marker", "line 1, column "),
        ("secret = \"marker\"\nsecret = \"marker\"", "line 2, column 1: "),
        ("[headers]\nHost = \"marker\"", "line 2, column 1: the sender sets this header itself"),
        ("[headers]\nX-A = \"marker\\n\"", "line 2, column 7: the value has control characters"),
        ("[headers]\nX-A = 77777", "line 2, column 7: expected the value of a header as a text, in quotes"),
        ("[headers]\nX-A = \"1\"\nx-a = \"1\"", "line 3, column 1: x-a is set twice"),
        ("[[previous-secrets]]\nsecret = \"marker\"", "line 1, column 1: a previous secret has a `secret`, and an"),
        (
            "[[previous-secrets]]\nsecret = \"marker\"\nuntil = \"marker\"",
            "line 3, column 9: expected an instant such as",
        ),
        (
            "[[previous-secrets]]\nsecret = \"marker\"\nuntil = 2026-06-23T12:00:00Z",
            "line 3, column 9: expected an instant as a text, in quotes",
        ),
        ("[[previous-secrets]]\nsecrets = \"marker\"", "line 2, column 1: no key is called `secrets`; did you mean"),
    ] {
        refused(text, expected);
    }
}

#[test]
fn a_file_is_a_small_one_of_text() {
    assert_eq!(read("").unwrap().to_toml(), Settings::default().to_toml());
    assert!(read(b"url = \"\xFF\"").unwrap_err().contains("valid UTF-8"));
    assert!(read(b"\0\x01\x7FELF").is_err());
    assert!(read("#".repeat(MAX_TOML)).is_ok());
    assert_eq!(read("#".repeat(MAX_TOML + 1)).unwrap_err(), "a file of settings has at most 64 KiB");
    assert!(read("a = [".repeat(10_000)).is_err(), "nested deeply");
}
