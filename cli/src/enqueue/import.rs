//! A file of events, a line each, into the outbox: by the million, and on from where it stands.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
use chatislav_dispatcher::outbox::{DeliveryId, Import, Ledger, NewDelivery, Outbox, SqliteOutbox};
use chatislav_webhooks::DEFAULT_MAX_BODY;
use sha2::{Digest, Sha256};

use super::Sender;
use crate::exit::Failure;
use crate::outbox::failed;
use crate::request::event_name;

/// How much goes in one transaction: so many lines, or lines of so many bytes.
const LINES: usize = 1_000;
const BYTES: usize = 4 * 1024 * 1024;

/// What has been enqueued.
#[derive(Default)]
pub(super) struct Enqueued {
    pub(super) count: u64,
    pub(super) first: Option<DeliveryId>,
    pub(super) last: Option<DeliveryId>,
    /// How many lines have events that are not to be sent.
    pub(super) skipped: u64,
    /// How many lines were in the outbox before.
    pub(super) before: u64,
}

/// Enqueues each line that is not in the outbox yet. `name` is what the import is called there; without one it
/// cannot go on later. `fires` says of an event whether it is to be sent; `watch` is told how many there are.
pub(super) async fn import(
    path: &Path,
    name: Option<&str>,
    sender: &Sender,
    outbox: &SqliteOutbox,
    fires: impl Fn(&str) -> bool,
    mut watch: impl FnMut(u64),
) -> Result<Enqueued, Failure> {
    let mut lines = Lines::open(path)?;
    let mut enqueued = Enqueued::default();
    if let Some(name) = name
        && let Some(stands) = outbox.import(name).await.map_err(failed)?
    {
        lines.skip(&stands, path)?;
        enqueued.before = stands.lines;
    }
    loop {
        let lines_before = lines.count;
        let (batch, end) = batch(&mut lines, sender, &fires, &mut enqueued.skipped);
        if lines.count > lines_before {
            let import = name.map(|name| Import {
                name: name.to_owned(),
                lines_before,
                lines: lines.count,
                digest: lines.digest(),
            });
            let ids = outbox.enqueue(batch, import).await.map_err(failed)?;
            enqueued.count += ids.len() as u64;
            enqueued.first = enqueued.first.or(ids.first().copied());
            enqueued.last = ids.last().copied().or(enqueued.last);
            watch(enqueued.count);
        }
        match end {
            None => {}
            Some(Ok(())) => return Ok(enqueued),
            Some(Err(Failure { exit, message })) => {
                let kept = format!("{message}; the {} before it are in the outbox", lines.count);
                return Err(Failure { exit, message: kept });
            }
        }
    }
}

/// The next lines, and whether that was all, or why there are no more.
fn batch(
    lines: &mut Lines,
    sender: &Sender,
    fires: impl Fn(&str) -> bool,
    skipped: &mut u64,
) -> (Vec<NewDelivery>, Option<Result<(), Failure>>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < LINES && bytes < BYTES {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return (batch, Some(Ok(()))),
            Err(failure) => return (batch, Some(Err(failure))),
        };
        let body = content(&line);
        if !body.is_empty() {
            match event_name(body) {
                Ok(event) if !fires(&event) => *skipped += 1,
                Ok(event) => batch.push(sender.delivery(Bytes::copy_from_slice(body), event, SystemTime::now())),
                Err(error) => {
                    let failure = Failure::usage(format!(
                        "line {} of {}: {error} ({})",
                        lines.count + 1,
                        lines.shown,
                        error.code()
                    ));
                    return (batch, Some(Err(failure)));
                }
            }
        }
        bytes += line.len();
        lines.accept(&line);
    }
    (batch, None)
}

/// The bytes of a line without its end.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Lines with their ends, counted and hashed as they are accepted.
struct Lines {
    reader: Box<dyn BufRead>,
    count: u64,
    hash: Sha256,
    shown: String,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Failure> {
        let (reader, shown): (Box<dyn BufRead>, _) = if path == Path::new("-") {
            (Box::new(BufReader::new(std::io::stdin())), "standard input".to_owned())
        } else {
            let cannot = |error| Failure::usage(format!("cannot read {}: {error}", path.display()));
            (
                Box::new(BufReader::with_capacity(256 * 1024, File::open(path).map_err(cannot)?)),
                path.display().to_string(),
            )
        };
        Ok(Lines { reader, count: 0, hash: Sha256::new(), shown })
    }

    /// The next line, not accepted yet. Nothing longer than a body is read into memory.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let most = DEFAULT_MAX_BODY as u64 + 3;
        let read = (&mut self.reader).take(most).read_until(b'\n', &mut line);
        read.map_err(|error| Failure::failed(format!("cannot read {}: {error}", self.shown)))?;
        if line.len() as u64 == most {
            let what = format!("line {} of {} is longer than 8 MiB", self.count + 1, self.shown);
            return Err(Failure::usage(what));
        }
        Ok((!line.is_empty()).then_some(line))
    }

    /// The last line of a file may get its end later, when there are more.
    fn accept(&mut self, line: &[u8]) {
        self.count += 1;
        self.hash.update(content(line));
        self.hash.update(b"\n");
    }

    fn digest(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// Passes over the lines that are in the outbox already, if they are the same.
    fn skip(&mut self, stands: &Import, path: &Path) -> Result<(), Failure> {
        while self.count < stands.lines
            && let Some(line) = self.next()?
        {
            self.accept(&line);
        }
        if self.count == stands.lines && self.digest() == stands.digest {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{} is not what was imported as {}: its first {} lines were others; name another with --import",
            path.display(),
            stands.name,
            stands.lines
        )))
    }
}
