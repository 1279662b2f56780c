//! The tables, as a person with `sqlite3` sees them, and captures in and out of them.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_sqlite::Kind;
use chatislav_webhooks::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Row, Statement};

use super::super::{Answer, Capture, End, Version};

/// What [`capture`] reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, run, time, peer, version, verdict, reason, secret, event, delivery, attempt, step, \
             sticks, action, status, duration_us, ending, answer_headers, answer_body, head, body FROM requests ",
            $rest
        )
    };
}
pub(super) use select;

pub(super) const KIND: Kind = Kind {
    name: "store",
    owner: "receiver",
    holds: "what customers wrote",
    // "Chwj"
    application: 0x4368_776A,
    create: CREATE,
    changes: &[],
    // The ends of the table.
    probe: &[select!("ORDER BY number LIMIT 1"), select!("ORDER BY number DESC LIMIT 1")],
    waits_for_disk: false,
    // Requests of some KiB fill pages of this size well. A commit of one writes four of them.
    page: 16_384,
    checkpoint: 2048,
};

/// Small columns come first: reading them does not walk through the pages of a long body.
///
/// `size` is what the limits count, `totals` what they have counted so far, so that no commit has
/// to count again; the trigger keeps them right when a person deletes rows. There is no index: requests
/// are asked for by number, which is nearly the order of their times, and keys of deliveries are random,
/// so an index on them would make a page dirty for each row and cost more than all the rest.
const CREATE: &str = "
CREATE TABLE requests (
    number         INTEGER PRIMARY KEY,
    run            TEXT    NOT NULL,
    time           TEXT    NOT NULL,
    peer           TEXT,
    version        TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    target         TEXT    NOT NULL,
    verdict        TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    secret         INTEGER,
    event          TEXT    NOT NULL,
    delivery       TEXT,
    attempt        INTEGER NOT NULL,
    step           TEXT,
    sticks         INTEGER NOT NULL,
    action         TEXT    NOT NULL,
    status         INTEGER,
    duration_us    INTEGER NOT NULL,
    ending         TEXT    NOT NULL,
    size           INTEGER NOT NULL,
    answer_headers BLOB,
    answer_body    BLOB,
    head           BLOB    NOT NULL,
    body           BLOB    NOT NULL
) STRICT;
CREATE TABLE totals (newest INTEGER NOT NULL, requests INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0, 0, 0);
CREATE TRIGGER requests_deleted AFTER DELETE ON requests BEGIN
    UPDATE totals SET requests = requests - 1, bytes = bytes - old.size;
END;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('about', 'requests kept by chatislav listen --store'), ('schema', '1');
";

pub(super) const INSERT: &str = "INSERT INTO requests VALUES \
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)";

/// A number for SQLite, whose integers are signed. None that we make is ever so large.
pub(super) fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The instant in whole microseconds, as the file has it; 1970 for one in no year of four digits.
pub(super) fn to_micros(time: SystemTime) -> SystemTime {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) if since.as_secs() < 253_402_300_800 => UNIX_EPOCH + micros(since),
        _ => Timestamp::parse(&Timestamp::from(time).naive()).map_or(UNIX_EPOCH, Timestamp::instant),
    }
}

pub(super) fn micros(duration: Duration) -> Duration {
    Duration::new(duration.as_secs(), duration.subsec_micros() * 1_000)
}

/// Writes captures as rows. It keeps its texts, so that a row costs no memory of its own.
#[derive(Default)]
pub(super) struct Rows {
    /// The second that `time` shows.
    second: Option<Duration>,
    time: String,
    run: String,
    peer: String,
    delivery: String,
    step: String,
    headers: Vec<u8>,
}

impl Rows {
    pub(super) fn insert(&mut self, insert: &mut Statement<'_>, capture: &Capture) -> Result<(), Error> {
        self.show(capture);
        let (method, target) = capture.method_and_target();
        let answer = capture.answer.as_ref();
        insert.execute(rusqlite::params![
            integer(capture.number),
            self.run,
            self.time,
            capture.peer.map(|_| &self.peer),
            version_name(capture.version),
            method,
            target,
            capture.verdict,
            capture.reason,
            capture.secret.map(integer),
            capture.event,
            capture.delivery.map(|_| &self.delivery),
            integer(capture.attempt),
            capture.step.map(|_| &self.step),
            capture.sticks,
            capture.action,
            answer.map(|answer| answer.status),
            integer(capture.duration.as_micros()),
            capture.end.name(),
            integer(capture.size()),
            answer.map(|_| &self.headers),
            answer.map(|answer| answer.body.as_ref()),
            capture.head.as_ref(),
            capture.body.as_ref(),
        ])?;
        Ok(())
    }

    fn show(&mut self, capture: &Capture) {
        self.show_time(capture.time);
        for text in [&mut self.run, &mut self.peer, &mut self.delivery, &mut self.step] {
            text.clear();
        }
        self.headers.clear();
        // Writing to memory does not fail.
        let _ = write!(self.run, "{:04x}", capture.run);
        if let Some(peer) = capture.peer {
            let _ = write!(self.peer, "{peer}");
        }
        if let Some(delivery) = capture.delivery {
            let _ = write!(self.delivery, "{delivery}");
        }
        if let Some((step, of)) = capture.step {
            let _ = write!(self.step, "{step}/{of}");
        }
        if let Some(answer) = &capture.answer {
            write_headers(&answer.headers, &mut self.headers);
        }
    }

    /// A calendar is asked once a second.
    fn show_time(&mut self, time: SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).ok();
        let second = since.map(|since| Duration::from_secs(since.as_secs()));
        if second.is_none() || second != self.second {
            (self.second, self.time) = (second, Timestamp::from(time).naive());
        } else {
            // 2026-06-23T12:00:00.000000Z
            self.time.truncate(20);
            let _ = write!(self.time, "{:06}", since.unwrap_or_default().subsec_micros());
        }
        self.time.push('Z');
    }
}

/// `Name: value` in lines. What HTTP cannot carry was not sent, and is not kept.
fn write_headers(headers: &[(String, Bytes)], lines: &mut Vec<u8>) {
    let breaks = |bytes: &[u8]| bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
    for (name, value) in headers {
        if !name.contains(':') && !breaks(name.as_bytes()) && !breaks(value) {
            for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
                lines.extend_from_slice(piece);
            }
        }
    }
}

fn read_headers(lines: &[u8]) -> Option<Vec<(String, Bytes)>> {
    let lines = lines.split(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\r"));
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8(line.get(..colon)?.to_vec()).ok()?;
        let value = line.get(colon + 1..)?;
        Some((name, Bytes::copy_from_slice(value.strip_prefix(b" ").unwrap_or(value))))
    };
    lines.map(header).collect()
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::Http1 => "HTTP/1",
        Version::Http2 => "HTTP/2",
    }
}

/// The capture of a row of [`select`].
pub(super) fn capture(row: &Row<'_>) -> Result<Capture, Error> {
    let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or_default());
    let owned = |at: usize| row.get::<_, String>(at).map(Cow::<'static, str>::Owned);
    let bytes = |at: usize| Ok::<_, Error>(row.get_ref(at)?.as_bytes_or_null()?.map(Bytes::copy_from_slice));
    let status: Option<u16> = row.get(14)?;
    let answer = match status {
        Some(status) => Some(Answer {
            status,
            headers: read_headers(&bytes(17)?.unwrap_or_default()).ok_or_else(|| unfit(17, Type::Blob))?,
            body: bytes(18)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Capture {
        number: number(0)?,
        run: parsed(row, 1, |run| u16::from_str_radix(run, 16).ok())?.ok_or_else(|| unfit(1, Type::Text))?,
        time: parsed(row, 2, Timestamp::parse)?.ok_or_else(|| unfit(2, Type::Text))?.instant(),
        peer: parsed(row, 3, |peer| peer.parse().ok())?,
        version: match row.get_ref(4)?.as_str()? {
            "HTTP/2" => Version::Http2,
            _ => Version::Http1,
        },
        verdict: owned(5)?,
        reason: owned(6)?,
        secret: row.get::<_, Option<i64>>(7)?.and_then(|secret| usize::try_from(secret).ok()),
        event: owned(8)?,
        delivery: parsed(row, 9, |digits| digits.parse().ok())?,
        attempt: number(10)?,
        step: parsed(row, 11, |step| {
            let (step, of) = step.split_once('/')?;
            Some((step.parse().ok()?, of.parse().ok()?))
        })?,
        sticks: row.get(12)?,
        action: owned(13)?,
        answer,
        duration: Duration::from_micros(number(15)?),
        end: parsed(row, 16, End::from_name)?.ok_or_else(|| unfit(16, Type::Text))?,
        head: bytes(19)?.unwrap_or_default(),
        body: bytes(20)?.unwrap_or_default(),
    })
}

/// A text that means something, or none.
fn parsed<T>(row: &Row<'_>, at: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Error> {
    let text = row.get_ref(at)?.as_str_or_null()?;
    text.map(|text| parse(text).ok_or_else(|| unfit(at, Type::Text))).transpose()
}

fn unfit(at: usize, kind: Type) -> Error {
    Error::FromSqlConversionFailure(at, kind, "somebody else changed it".into())
}
