//! The file of the journal: who may open it, and what is in it whatever happens.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatislav_receiver::Journal;
use chatislav_receiver::journal::Limits;
use rusqlite::Connection;
use tokio::io::AsyncWriteExt;

use super::journal::a_capture;
use crate::support::{LEAD, LEAD_SIGNATURE, connect, exchange, run, start_with, verified};

fn open(path: &Path) -> Journal {
    Journal::open(path, Limits::default()).unwrap()
}

#[track_caller]
fn refused(path: &Path, word: &str) {
    let error = Journal::open(path, Limits::default()).unwrap_err().to_string();
    assert!(error.contains(word), "{error}");
}

#[tokio::test]
async fn the_next_run_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    for start in [0, 3] {
        let journal = open(&path);
        assert_eq!((*journal.follow().borrow(), journal.counts()), (start, (start, 0)));
        for number in 1..=3 {
            assert_eq!(journal.append_soon(a_capture(number.to_string())).number, start + number);
        }
        drop(journal);
        assert!(!folder.path().join("store-wal").exists(), "closing brings the log to its end");
    }
    let journal = open(&path);
    assert_eq!((journal.get(3).unwrap().body.as_ref(), journal.counts()), (&b"3"[..], (6, 0)));
    journal.clear().unwrap();
    drop(journal);
    let journal = open(&path);
    assert_eq!((journal.append(a_capture("x")).await.unwrap().number, journal.counts()), (7, (7, 6)));
}

#[tokio::test]
async fn attempts_are_counted_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let header = format!("x-chatislav-signature: {LEAD_SIGNATURE}\r\n");
    for run in 0..3 {
        let receiver = start_with(verified("200"), Arc::new(open(&path))).await;
        for _ in 0..2 {
            exchange(receiver.address, "POST /", &header, LEAD).await;
        }
        exchange(receiver.address, "POST /", "", LEAD).await;
        let seen = receiver.stopped().await.into_iter().map(|record| (record.attempt, record.verdict));
        let expected = [(2 * run + 1, "verified"), (2 * run + 2, "verified"), (run + 1, "signature_missing")];
        assert_eq!(seen.collect::<Vec<_>>(), expected.map(|(attempt, verdict)| (attempt, verdict.to_owned())));
    }
}

#[test]
fn a_setting_is_kept_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = open(&path);
    assert_eq!(journal.setting("port"), None);
    journal.set_setting("port", "4181").unwrap();
    journal.set_setting("port", "4182").unwrap();
    drop(journal);
    assert_eq!(Journal::open_read_only(&path).unwrap().setting("port").as_deref(), Some("4182"));
    assert_eq!(Journal::default().setting("port"), None);
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a store");
    let journal = open(&path);
    journal.set_setting("a", "b").unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
    drop(journal);
    for mode in [0o640, 0o604, 0o666] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        refused(&path, &format!("(mode {mode:04o}): chmod 600 '"));
        assert!(Journal::open_read_only(&path).unwrap_err().to_string().contains(r"it'\''s a store'"));
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    open(&path);
}

#[test]
fn one_receiver_at_a_time_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = open(&path);
    refused(&path, "another receiver writes to");
    #[cfg(unix)]
    {
        // By another name it is the same file.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        refused(&link, "another receiver writes to");
    }
    let file = path.to_str().unwrap();
    let (code, _, err) = run(&["listen", "--port", "0", "--secret", "s", "--store", file], b"");
    assert!(code == 2 && err.contains("another receiver writes to"), "{code} {err}");
    drop(journal);
    open(&path);
}

#[test]
fn what_is_not_a_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        drop(open(&path));
        std::fs::write(&path, content).unwrap();
        path
    };
    refused(folder.path(), "is a folder");
    refused(&folder.path().join("missing").join("store"), "missing");
    refused(Path::new(""), "cannot be opened");
    let text = make("text", &b"SQLite it is not. ".repeat(100));
    refused(&text, "is no SQLite database");
    assert_eq!(std::fs::read(&text).unwrap(), b"SQLite it is not. ".repeat(100));

    let other = make("other", b"");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    refused(&other, "another program");

    let newer = make("newer", b"");
    drop(open(&newer));
    Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    refused(&newer, "newer chatislav (schema 2, this one knows 1)");
    assert!(Journal::open_read_only(&newer).unwrap_err().to_string().contains("newer"));

    let damaged = make("damaged", b"");
    drop(open(&damaged));
    let mut content = std::fs::read(&damaged).unwrap();
    // The pages after the first, whose head still says that it is ours.
    let page = usize::from(u16::from_be_bytes([content[16], content[17]]));
    content[page..].fill(0xff);
    std::fs::write(&damaged, content).unwrap();
    refused(&damaged, "is damaged");

    let absent = Journal::open_read_only(folder.path().join("absent")).unwrap_err().to_string();
    assert!(absent.starts_with("there is no "), "{absent}");
    assert!(!folder.path().join("absent").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn where_nothing_can_be_written_it_is_said_at_once() {
    // Nobody, not even root, makes a file there.
    refused(Path::new("/proc/store"), "cannot be written");
    let (code, _, err) = run(&["listen", "--port", "0", "--secret", "s", "--store", "/proc/store"], b"");
    assert!(code == 2 && err.contains("/proc/store cannot be written"), "{code} {err}");
}

#[tokio::test]
async fn a_person_can_read_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = open(&path);
    journal.append(a_capture("x")).await.unwrap();
    let table = Connection::open(&path).unwrap();
    let row: String = table
        .query_row(
            "SELECT run || '-' || number || ' ' || time || ' ' || peer || ' ' || version || ' ' || method || ' ' || target
                || ' ' || verdict || ' ' || event || ' ' || delivery || ' ' || attempt || ' ' || step || ' ' || action
                || ' ' || status || ' ' || duration_us || ' ' || ending || ' ' || body FROM requests",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        row,
        "00ab-1 2026-06-23T12:00:00.123456Z 127.0.0.1:4711 HTTP/1 POST /hook?x=1 verified lead_collection \
         2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 1 1/2 200 200 1234 answered x"
    );
}

#[tokio::test]
async fn a_row_that_somebody_spoilt_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = open(&path);
    for _ in 0..3 {
        journal.append(a_capture("x")).await.unwrap();
    }
    Connection::open(&path).unwrap().execute("UPDATE requests SET time = 'now' WHERE number = 2", []).unwrap();
    assert_eq!(journal.after(0, 9).iter().map(|capture| capture.number).collect::<Vec<_>>(), [1, 3]);
    assert!(journal.fault().is_some());
    assert_eq!(journal.fault(), None);
}

#[tokio::test]
async fn rows_that_a_person_deletes_are_counted_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let limits = Limits { count: 5, ..Limits::default() };
    let journal = Journal::open(&path, limits).unwrap();
    for _ in 0..5 {
        journal.append(a_capture("x")).await.unwrap();
    }
    let delete = "DELETE FROM requests WHERE number <> 2; UPDATE totals SET newest = 0";
    Connection::open(&path).unwrap().execute_batch(delete).unwrap();
    assert_eq!(journal.append(a_capture("x")).await.unwrap().number, 6);
    assert_eq!((journal.after(0, 9).len(), journal.counts()), (2, (6, 4)));
    drop(journal);
    Connection::open(&path).unwrap().execute_batch("UPDATE totals SET newest = 0").unwrap();
    let journal = Journal::open(&path, limits).unwrap();
    assert_eq!(journal.append(a_capture("x")).await.unwrap().number, 7);
}

#[tokio::test]
async fn readers_see_whole_rows_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = Arc::new(open(&path));
    let is_over = Arc::new(AtomicBool::new(false));
    let read = |journal: Arc<Journal>| {
        let is_over = Arc::clone(&is_over);
        std::thread::spawn(move || {
            let mut last = 0;
            loop {
                let was_over = is_over.load(Ordering::SeqCst);
                for capture in journal.after(last, 50) {
                    assert_eq!((capture.number, capture.body.len()), (last + 1, 3000), "in order, without gaps, whole");
                    last = capture.number;
                }
                assert_eq!(journal.fault(), None);
                if was_over && last == 1000 {
                    return;
                }
            }
        })
    };
    let readers = [
        read(Arc::clone(&journal)),
        read(Arc::new(Journal::open_read_only(&path).unwrap())),
        read(Arc::new(Journal::open_read_only(&path).unwrap())),
    ];
    for _ in 0..10 {
        let batch: Vec<_> = (0..100).map(|_| journal.append(a_capture(vec![b'x'; 3000]))).collect();
        for append in batch {
            append.await.unwrap();
        }
    }
    is_over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.join().unwrap();
    }
    let reading = Journal::open_read_only(&path).unwrap();
    assert!(reading.append(a_capture("x")).await.is_err() && reading.clear().is_err());
}

/// A trigger that raises stands for a disk that fails; the tables are another connection's to change.
fn fail(path: &Path, message: &str) {
    let sql = format!(
        "CREATE TRIGGER fails BEFORE INSERT ON requests WHEN new.body = CAST('no' AS BLOB)
         BEGIN SELECT RAISE(ABORT, '{message}'); END"
    );
    Connection::open(path).unwrap().execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn what_cannot_be_written_is_said_to_who_waits_and_the_next_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = open(&path);
    fail(&path, "the disk says no");
    let error = journal.append(a_capture("no")).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), journal.lost()), ("the disk says no", 0));
    assert_eq!(journal.append(a_capture("yes")).await.unwrap().number, 2);
    journal.append_soon(a_capture("no"));
    journal.set_setting("after", "it").unwrap_or_default();
    assert_eq!((journal.lost(), journal.after(0, 9).len(), journal.counts()), (1, 1, (2, 1)));
}

#[tokio::test]
async fn a_receiver_says_503_for_what_could_not_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let journal = Arc::new(open(&path));
    let receiver = start_with(verified("200"), Arc::clone(&journal)).await;
    let body = br#"{"event": "e"}"#;
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TRIGGER fails BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    let signature = chatislav_webhooks::Webhook::new(crate::support::SECRET).unwrap().sign(body);
    let header = format!("x-chatislav-signature: {signature}\r\n");
    let answer = crate::support::exchange(receiver.address, "POST /", &header, body).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    // A refusal stays one: trying again would not help.
    let answer = crate::support::exchange(receiver.address, "POST /", "", body).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(receiver.notices()[0].contains("could not be written to the store: no"), "{:?}", receiver.notices());
    Connection::open(&path).unwrap().execute_batch("DROP TRIGGER fails").unwrap();
    let answer = crate::support::exchange(receiver.address, "POST /", &header, body).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(journal.after(0, 9).len(), 1);
}

#[tokio::test]
async fn a_sender_who_leaves_while_the_file_is_held_is_recorded_and_logged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let receiver = start_with(verified("200"), Arc::new(open(&path))).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut stream = connect(receiver.address).await;
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
    // Time to read it, and then to see that nobody waits any more.
    tokio::time::sleep(Duration::from_millis(150)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(receiver.records().is_empty(), "the file is held");
    other.execute_batch("COMMIT").unwrap();
    let logged = async {
        while receiver.records().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), logged).await.unwrap();
    assert_eq!(receiver.records().iter().map(|record| record.status).collect::<Vec<_>>(), [Some(401)]);
    assert_eq!(receiver.journal.after(0, 9).len(), 1);
}
