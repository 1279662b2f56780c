//! A SQLite file of one's own: made for its user alone, known by its marks, owned by one program at a
//! time; and the queue before the one thread that writes to it.
//!
//! The receiver's store and the dispatcher's outbox are such files.

mod place;
mod queue;

use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

pub use queue::Queue;

use place::{beside, check, create_if_new, located, lock};

/// How long to wait for another program that writes, such as a person's `sqlite3`.
const PATIENCE: Duration = Duration::from_secs(5);
/// The log is cut back to this after a reader had made it longer.
const LOG_BYTES: u32 = 64 * 1024 * 1024;
/// The page cache of a connection, in KiB.
const CACHE: i32 = 8 * 1024;

/// What is kept in a file, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it is called, such as `store`.
    pub name: &'static str,
    /// Who owns it while it runs, such as `receiver`.
    pub owner: &'static str,
    /// What others must not read, such as `what customers wrote`.
    pub holds: &'static str,
    /// `PRAGMA application_id`.
    pub application: i32,
    /// Makes the tables, as the first version had them.
    pub create: &'static str,
    /// What each later version changed, oldest first. `PRAGMA user_version` counts from 1.
    pub changes: &'static [&'static str],
    /// What is asked when it is opened, so that a damaged file shows at once.
    pub probe: &'static [&'static str],
    /// Whether a commit waits for the disk, so that what was committed survives a power cut.
    pub waits_for_disk: bool,
    /// The size of a page of a new file, in bytes.
    pub page: u32,
    /// So many pages of the write-ahead log are gathered before they go to their places.
    pub checkpoint: u32,
}

/// Why a file cannot be opened, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError(String);

impl FileError {
    /// What else keeps a file from being used, in such a sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        FileError(sentence.into())
    }

    /// An error of SQLite about a file, in our words where it has none of use.
    pub fn of(kind: &Kind, path: &Path, error: &rusqlite::Error) -> Self {
        explained(kind, path, error)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FileError {}

/// An open file that nobody else owns.
#[derive(Debug)]
pub struct Opened {
    /// The connection that writes.
    pub writer: Connection,
    /// Another one, that only reads.
    pub reader: Connection,
    /// It is owned as long as this lives.
    pub lock: File,
}

impl Kind {
    /// Opens a file as its owner, or makes it.
    ///
    /// # Errors
    /// [`FileError`] if it is no such file, cannot be written, is open to other users, was written by a
    /// newer version, or is owned already.
    pub fn open(&self, path: &Path) -> Result<Opened, FileError> {
        let path = located(path)?;
        check(self, &path)?;
        let lock = lock(self, &path)?;
        let writer = self.writer(&path)?;
        let reader = connect(self, &path)?;
        begin_reading(self, &reader).map_err(|error| explained(self, &path, &error))?;
        Ok(Opened { writer, reader, lock })
    }

    /// Opens a file for writing beside its owner, or makes it.
    ///
    /// # Errors
    /// As [`Kind::open`], but for the owner; and if it was written by an older version, which only the owner
    /// brings up to date.
    pub fn join(&self, path: &Path) -> Result<Connection, FileError> {
        let path = located(path)?;
        if check(self, &path)? {
            let found = version(self, &connect(self, &path)?, &path)?;
            if found != 0 && found != self.version() {
                return Err(self.older(&path, found));
            }
        }
        self.writer(&path)
    }

    /// Opens a file for reading, beside whoever writes to it.
    ///
    /// # Errors
    /// [`FileError`] if there is no such file, or it cannot be read.
    pub fn read(&self, path: &Path) -> Result<Connection, FileError> {
        let path = located(path)?;
        if !check(self, &path)? {
            return Err(FileError(format!("there is no {}", path.display())));
        }
        let reader = connect(self, &path)?;
        match version(self, &reader, &path) {
            Ok(version) if version == self.version() => {}
            Ok(0) => return Err(self.unused(&path)),
            Ok(older) => return Err(self.older(&path, older)),
            // A log needs a file beside the database. Where none can be made, nobody writes either.
            Err(_) if reader.is_readonly("main") == Ok(true) && !has_log(&path) => return self.unchanging(&path),
            Err(error) => return Err(error),
        }
        begin_reading(self, &reader).map_err(|error| explained(self, &path, &error))?;
        Ok(reader)
    }

    fn unchanging(&self, path: &Path) -> Result<Connection, FileError> {
        let says = |error: rusqlite::Error| explained(self, path, &error);
        let url = format!("file:{}?immutable=1", percent_encode(path.as_os_str().as_encoded_bytes(), &OF_A_PATH));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let reader = Connection::open_with_flags(url, flags).map_err(says)?;
        if version(self, &reader, path)? == 0 {
            return Err(self.unused(path));
        }
        begin_reading(self, &reader).map_err(says)?;
        Ok(reader)
    }

    fn writer(&self, path: &Path) -> Result<Connection, FileError> {
        let says = |error: rusqlite::Error| explained(self, path, &error);
        create_if_new(path)?;
        let writer = connect(self, path)?;
        // Whose file it is, is looked at before anything is changed in it.
        version(self, &writer, path)?;
        if writer.is_readonly("main").map_err(says)? {
            return Err(FileError(format!("{} cannot be written", path.display())));
        }
        prepare(self, &writer).map_err(says)?;
        bring_up_to_date(self, &writer).map_err(says)?;
        Ok(writer)
    }

    /// The version that this program writes.
    fn version(&self) -> i32 {
        i32::try_from(self.changes.len()).unwrap_or(i32::MAX).saturating_add(1)
    }

    fn older(&self, path: &Path, found: i32) -> FileError {
        FileError(format!(
            "{} has schema {found}, and this one knows {}; start the {} with it once, which brings it up to date",
            path.display(),
            self.version(),
            self.owner
        ))
    }

    fn unused(&self, path: &Path) -> FileError {
        FileError(format!("{} is empty: no {} has used it", path.display(), self.owner))
    }
}

/// What stands for itself in the path of a URL.
const OF_A_PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

fn connect(kind: &Kind, path: &Path) -> Result<Connection, FileError> {
    // Without CREATE: SQLite would make the file for everybody to read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let says = |error: rusqlite::Error| explained(kind, path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(says)?;
    connection.busy_timeout(PATIENCE).map_err(says)?;
    Ok(connection)
}

/// The version of a file that bears the marks of this kind; 0 if it is empty.
fn version(kind: &Kind, connection: &Connection, path: &Path) -> Result<i32, FileError> {
    let shown = path.display();
    let marks = || {
        // At once: another program may be making the file just now.
        let reading = connection.unchecked_transaction()?;
        let ask = |sql: &str| reading.query_row(sql, [], |row| row.get::<_, i32>(0));
        let tables = ask("SELECT count(*) FROM sqlite_schema")?;
        Ok((ask("PRAGMA application_id")?, ask("PRAGMA user_version")?, tables))
    };
    let (application, version, tables) = marks().map_err(|error: rusqlite::Error| explained(kind, path, &error))?;
    let ours = kind.version();
    if (application, version, tables) == (0, 0, 0) {
        Ok(0)
    } else if application == kind.application && (1..=ours).contains(&version) {
        Ok(version)
    } else if application == kind.application && version > ours {
        Err(FileError(format!(
            "{shown} was written by a newer chatislav (schema {version}, this one knows {ours}); use that one, or another file"
        )))
    } else {
        Err(FileError(format!("{shown} is the database of another program; name another file")))
    }
}

/// Makes the connection one that writes. Where a commit does not wait for the disk, a power cut may lose
/// the last moments; the file is whole even then.
fn prepare(kind: &Kind, writer: &Connection) -> Result<(), rusqlite::Error> {
    let Kind { page, checkpoint, waits_for_disk, .. } = kind;
    let synchronous = if *waits_for_disk { "FULL" } else { "NORMAL" };
    // The size of a page counts only in a file that is empty.
    writer.execute_batch(&format!("PRAGMA page_size = {page}"))?;
    use_log(writer)?;
    writer.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = {checkpoint};
         PRAGMA journal_size_limit = {LOG_BYTES}; PRAGMA cache_size = -{CACHE}; PRAGMA temp_store = MEMORY"
    ))
}

/// Makes the tables, or changes them as later versions did. It writes in any case, so that what is in
/// the way shows now. Which version it has is asked within the transaction: two may make a file at once.
fn bring_up_to_date(kind: &Kind, writer: &Connection) -> Result<(), rusqlite::Error> {
    let transaction = rusqlite::Transaction::new_unchecked(writer, rusqlite::TransactionBehavior::Immediate)?;
    let found = transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0))?;
    let made = usize::try_from(found).unwrap_or_default();
    // The first version is what `create` makes; each change makes the next.
    let steps = std::iter::once(&kind.create).chain(kind.changes).skip(made);
    let marks = format!("PRAGMA application_id = {}; PRAGMA user_version = {}", kind.application, kind.version());
    for step in steps.copied().chain([marks.as_str()]) {
        transaction.execute_batch(step)?;
    }
    transaction.commit()
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

/// Asks what shows damage.
fn begin_reading(kind: &Kind, reader: &Connection) -> Result<(), rusqlite::Error> {
    reader.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")?;
    for sql in kind.probe {
        let mut statement = reader.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

fn explained(kind: &Kind, path: &Path, error: &rusqlite::Error) -> FileError {
    let shown = path.display();
    FileError(match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("{shown} is not a {}: it is no SQLite database; name another file", kind.name)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Kind = Kind {
        name: "book",
        owner: "reader",
        holds: "secrets",
        application: 7,
        create: "CREATE TABLE pages (text TEXT)",
        changes: &[],
        probe: &["SELECT * FROM pages"],
        waits_for_disk: false,
        page: 4096,
        checkpoint: 100,
    };
    const SECOND: Kind = Kind { changes: &["ALTER TABLE pages ADD COLUMN number INTEGER"], ..FIRST };
    const BROKEN: Kind = Kind { changes: &["ALTER TABLE pages ADD COLUMN number INTEGER", "no SQL"], ..FIRST };

    fn columns(connection: &Connection) -> i64 {
        let sql = "SELECT count(*) FROM pragma_table_info('pages')";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_file_is_brought_up_to_date_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let opened = FIRST.open(&path).unwrap();
        opened.writer.execute("INSERT INTO pages VALUES ('kept')", []).unwrap();
        drop(opened);

        let older = SECOND.read(&path).unwrap_err().to_string();
        assert!(older.contains("has schema 1, and this one knows 2; start the reader with it once"), "{older}");
        BROKEN.open(&path).unwrap_err();
        assert_eq!(columns(&FIRST.read(&path).unwrap()), 1, "all changes or none");

        for _ in 0..2 {
            let opened = SECOND.open(&path).unwrap();
            assert_eq!(columns(&opened.writer), 2);
            let text: String = opened.writer.query_row("SELECT text FROM pages", [], |row| row.get(0)).unwrap();
            assert_eq!(text, "kept");
        }
        let newer = FIRST.open(&path).unwrap_err().to_string();
        assert!(newer.contains("a newer chatislav (schema 2, this one knows 1)"), "{newer}");
        assert_eq!(columns(&SECOND.open(&folder.path().join("new")).unwrap().writer), 2);
    }
}
