//! `chatislav enqueue --ndjson`: a file of events, a line each.

use super::{Setting, events};
use crate::support::run;

#[test]
fn a_file_is_enqueued_line_by_line_byte_by_byte_and_only_once() {
    let setting = Setting::new("200");
    let mut file = events(0..2_500);
    file.extend_from_slice(b"\r\n{\"event\": \"caf\xc3\xa9\" , \"a\": 1.0}\r\n{\"event\":\"last\"}");
    let path = setting.file("events.ndjson", &file);
    let (code, lines, _) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!(
        (code, &lines[0]["count"], &lines[0]["first"], &lines[0]["last"]),
        (0, &2_502.into(), &1.into(), &2_502.into())
    );
    let (_, lines, _) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!((&lines[0]["count"], &lines[0]["lines_before"]), (&0.into(), &2_503.into()));

    // More lines, the last of the old ones now with its end.
    file.extend_from_slice(b"\n");
    file.extend(events(2_500..2_503));
    setting.file("events.ndjson", &file);
    let (_, lines, _) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!((&lines[0]["count"], &lines[0]["first"]), (&3.into(), &2_503.into()));

    // Other lines under the same name.
    setting.file("events.ndjson", &events(7..9_000));
    let (code, lines, err) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!((code, lines.len()), (2, 0));
    assert!(err.contains("its first 2506 lines were others; name another with --import"), "{err}");
    let (_, lines, _) = setting.enqueue(&["--ndjson", &path, "--import", "again"]);
    assert_eq!(lines[0]["count"], 8_993);

    let (code, out, _) = run(&["deliveries", "show", "2501", "--body", "--store", &setting.store()], b"");
    assert_eq!((code, out.as_bytes()), (0, &b"{\"event\": \"caf\xc3\xa9\" , \"a\": 1.0}"[..]));
}

#[test]
fn a_line_that_is_no_event_stops_an_import_which_then_goes_on() {
    let setting = Setting::new("200");
    let good = events(0..3);
    let path = setting.file("events.ndjson", &[&good[..], b"{\"event\":\n"].concat());
    let (code, _, err) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!(code, 2);
    assert!(
        err.contains("line 4 of")
            && err.contains("payload_not_json")
            && err.contains("the 3 before it are in the outbox"),
        "{err}"
    );
    setting.file("events.ndjson", &[&good[..], &events(3..5)].concat());
    let (code, lines, _) = setting.enqueue(&["--ndjson", &path]);
    assert_eq!((code, &lines[0]["count"], &lines[0]["lines_before"]), (0, &2.into(), &3.into()));

    assert_eq!(setting.drain(&[]).0, 0);

    let long = setting.file("long.ndjson", &vec![b' '; 9 * 1024 * 1024]);
    let (code, _, err) = setting.enqueue(&["--ndjson", &long]);
    assert_eq!(code, 2);
    assert!(err.contains("line 1 of") && err.contains("longer than 8 MiB"), "{err}");
    assert_eq!(setting.enqueue(&["--ndjson", "/nowhere"]).0, 2);

    let url = format!("{}/hook", setting.receiver.url);
    let (code, lines, _) =
        setting.run_with(&["enqueue", "--ndjson", "-", "--to", &url, "--secret", "s"], &events(0..2));
    assert_eq!((code, &lines[0]["count"]), (0, &2.into()));
}

#[test]
fn settings_say_where_it_goes_and_what_is_skipped() {
    let setting = Setting::new("200");
    let settings = setting.folder.path().join("webhook.toml");
    let settings = settings.to_str().unwrap();
    let url = format!("{}/hook", setting.receiver.url);
    let saved =
        run(&["settings", settings, "--url", &url, "--enable", "--event", "lead_collection", "--allow-local"], b"");
    assert_eq!(saved.0, 0, "{saved:?}");
    let mut file = events(0..2);
    file.extend_from_slice(b"{\"event\":\"other\"}\n");
    let path = setting.file("events.ndjson", &file);
    let (code, lines, _) = setting.run(&["enqueue", "--ndjson", &path, "--settings", settings]);
    assert_eq!((code, &lines[0]["count"], &lines[0]["skipped"]), (0, &2.into(), &1.into()));
    let (code, lines, _) = setting.run(&["enqueue", "conversation_summary", "--settings", settings]);
    assert_eq!((code, &lines[0]["outcome"]), (0, &"skipped".into()));
}
