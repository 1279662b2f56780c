//! The file: made for its owner alone, known by its marks, written by one receiver at a time.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::{APPLICATION, CREATE, VERSION, select};

/// How long to wait for another program that writes, such as a person's `sqlite3`.
const PATIENCE: Duration = Duration::from_secs(5);
/// Requests of some KiB fill pages of this size well, and a commit of one writes little more.
const PAGE: u32 = 8192;
/// So many pages of the write-ahead log are gathered before they go to their places.
const CHECKPOINT: u32 = 4096;
/// The log is cut back to this after a reader had made it longer.
const LOG_BYTES: u32 = 64 * 1024 * 1024;
/// The page cache of a connection, in KiB.
const CACHE: i32 = 8 * 1024;

/// Why a store cannot be opened, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(String);

impl StoreError {
    pub(super) fn no_thread(error: std::io::Error) -> Self {
        StoreError(format!("there is no thread for the store: {error}"))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// What is open.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) reader: Connection,
    /// Held as long as it lives.
    pub(super) lock: File,
}

/// Opens a store for writing, or makes it.
pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    let path = located(path)?;
    let says = |error: rusqlite::Error| explained(&path, &error);
    check(&path)?;
    let lock = lock(&path)?;
    create_if_new(&path)?;
    let writer = connect(&path)?;
    let is_new = !is_ours(&writer, &path)?;
    if writer.is_readonly("main").map_err(says)? {
        return Err(StoreError(format!("{} cannot be written", path.display())));
    }
    prepare(&writer, is_new).map_err(says)?;
    let reader = connect(&path)?;
    begin_reading(&reader).map_err(says)?;
    Ok(Opened { writer, reader, lock })
}

/// Opens a store for reading, beside whoever writes to it.
pub(super) fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let path = located(path)?;
    if !check(&path)? {
        return Err(StoreError(format!("there is no {}", path.display())));
    }
    let reader = connect(&path)?;
    match is_ours(&reader, &path) {
        Ok(true) => {}
        Ok(false) => return Err(StoreError(format!("{} is empty: no receiver has used it", path.display()))),
        // A log needs a file beside the store. Where none can be made, nobody writes either.
        Err(_) if reader.is_readonly("main") == Ok(true) && !has_log(&path) => return open_unchanging(&path),
        Err(error) => return Err(error),
    }
    begin_reading(&reader).map_err(|error| explained(&path, &error))?;
    Ok(reader)
}

/// What stands for itself in the path of a URL.
const OF_A_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn open_unchanging(path: &Path) -> Result<Connection, StoreError> {
    let says = |error: rusqlite::Error| explained(path, &error);
    let url = format!("file:{}?immutable=1", percent_encode(path.as_os_str().as_encoded_bytes(), &OF_A_PATH));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let reader = Connection::open_with_flags(url, flags).map_err(says)?;
    if !is_ours(&reader, path)? {
        return Err(StoreError(format!("{} is empty: no receiver has used it", path.display())));
    }
    begin_reading(&reader).map_err(says)?;
    Ok(reader)
}

/// Where the file is or will be, whatever links lead there: the lock lies beside it.
fn located(path: &Path) -> Result<PathBuf, StoreError> {
    let fails = |error: std::io::Error| StoreError(format!("{} cannot be opened: {error}", path.display()));
    if fs::symlink_metadata(path).is_ok() {
        return fs::canonicalize(path).map_err(fails);
    }
    let path = std::path::absolute(path).map_err(fails)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(StoreError(format!("{} is no file", path.display())));
    };
    fs::canonicalize(folder)
        .map(|folder| folder.join(name))
        .map_err(|error| StoreError(format!("{} cannot be made: {}: {error}", path.display(), folder.display())))
}

/// Whether the file is there. It must be a file, and its owner's alone.
fn check(path: &Path) -> Result<bool, StoreError> {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError(format!("{shown} cannot be opened: {error}"))),
    };
    if found.is_dir() {
        return Err(StoreError(format!("{shown} is a folder; name a file in it")));
    }
    if !found.is_file() {
        return Err(StoreError(format!("{shown} is not a regular file")));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(StoreError(format!(
                "{shown} holds what customers wrote, and others may read it (mode {mode:04o}): chmod 600 {}",
                quoted(path)
            )));
        }
    }
    Ok(true)
}

/// The path as a shell takes it.
#[cfg(unix)]
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The lock is a file of its own: closing any descriptor of the database would drop SQLite's locks
/// of the whole process (sqlite.org/howtocorrupt.html section 2.2).
fn lock(path: &Path) -> Result<File, StoreError> {
    let shown = path.display();
    let file = private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(beside(path, ".lock"))
        .map_err(|error| StoreError(format!("{shown} cannot be written: its lock {shown}.lock: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError(format!("another receiver writes to {shown}; stop it, or give this one a store of its own")))
        }
        Err(TryLockError::Error(error)) => Err(StoreError(format!("{shown} cannot be locked: {error}"))),
    }
}

fn create_if_new(path: &Path) -> Result<(), StoreError> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError(format!("{} cannot be made: {error}", path.display()))),
    }
}

/// For files that are their owner's alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Without CREATE: SQLite would make the file for everybody to read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let says = |error: rusqlite::Error| explained(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(says)?;
    connection.busy_timeout(PATIENCE).map_err(says)?;
    Ok(connection)
}

/// Whether the database bears our marks; `false` if it is empty.
fn is_ours(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let shown = path.display();
    let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let marks =
        || Ok((ask("PRAGMA application_id")?, ask("PRAGMA user_version")?, ask("SELECT count(*) FROM sqlite_schema")?));
    match marks().map_err(|error: rusqlite::Error| explained(path, &error))? {
        (0, 0, 0) => Ok(false),
        (APPLICATION, VERSION, _) => Ok(true),
        (APPLICATION, newer, _) if newer > VERSION => Err(StoreError(format!(
            "{shown} was written by a newer chatislav (schema {newer}, this one knows {VERSION}); use that one, or another file"
        ))),
        _ => Err(StoreError(format!("{shown} is the database of another program; name another file"))),
    }
}

/// Makes the connection the writer's, and writes once, so that what is in the way shows now.
fn prepare(writer: &Connection, is_new: bool) -> Result<(), rusqlite::Error> {
    if is_new {
        writer.execute_batch(&format!("PRAGMA page_size = {PAGE}"))?;
    }
    use_log(writer)?;
    writer.execute_batch(&format!(
        "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {CHECKPOINT}; PRAGMA journal_size_limit = {LOG_BYTES};
         PRAGMA cache_size = -{CACHE}; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE"
    ))?;
    if is_new {
        writer.execute_batch(CREATE)?;
        writer.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}"))?;
    }
    writer.execute_batch("UPDATE totals SET newest = newest; COMMIT")
}

/// SQLite does not wait, whatever the timeout, where two change a file's journal mode at once.
fn use_log(writer: &Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        match writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(10));
            }
            mode => return mode.map(drop),
        }
    }
}

/// Reads the ends of the table, so that a damaged file shows now.
fn begin_reading(reader: &Connection) -> Result<(), rusqlite::Error> {
    reader.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")?;
    for sql in [select!("ORDER BY number LIMIT 1"), select!("ORDER BY number DESC LIMIT 1")] {
        let mut statement = reader.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

/// An error of SQLite about a file, in our words where it has none of use.
pub(super) fn explained(path: &Path, error: &rusqlite::Error) -> StoreError {
    let shown = path.display();
    StoreError(match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => format!("{shown} is not a store: it is no SQLite database; name another file"),
        Some(ErrorCode::DatabaseCorrupt) => format!(
            "{shown} is damaged ({error}); move it away, and get back what is in it with `sqlite3 FILE .recover`"
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{shown} is held by another program; end what it does there")
        }
        Some(ErrorCode::ReadOnly) => format!("{shown} cannot be written: {error}"),
        Some(ErrorCode::DiskFull) => format!("{shown} cannot be written: the disk is full"),
        Some(ErrorCode::CannotOpen) => format!("{shown} cannot be opened: {error}"),
        _ => format!("{shown} cannot be used: {error}"),
    })
}
