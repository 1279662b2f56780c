//! Where a file lies, whose it is, and who has it now.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{FileError, Kind};

/// Where the file is or will be, whatever links lead there: the lock lies beside it.
pub(crate) fn located(path: &Path) -> Result<PathBuf, FileError> {
    let fails = |error: std::io::Error| FileError(format!("{} cannot be opened: {error}", path.display()));
    if fs::symlink_metadata(path).is_ok() {
        return fs::canonicalize(path).map_err(fails);
    }
    let path = std::path::absolute(path).map_err(fails)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(FileError(format!("{} is no file", path.display())));
    };
    fs::canonicalize(folder)
        .map(|folder| folder.join(name))
        .map_err(|error| FileError(format!("{} cannot be made: {}: {error}", path.display(), folder.display())))
}

/// Whether the file is there. It must be a file, and its owner's alone.
pub(crate) fn check(kind: &Kind, path: &Path) -> Result<bool, FileError> {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(FileError(format!("{shown} cannot be opened: {error}"))),
    };
    if found.is_dir() {
        return Err(FileError(format!("{shown} is a folder; name a file in it")));
    }
    if !found.is_file() {
        return Err(FileError(format!("{shown} is not a regular file")));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(FileError(format!(
                "{shown} holds {}, and others may read it (mode {mode:04o}): chmod 600 {}",
                kind.holds,
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
pub(crate) fn lock(kind: &Kind, path: &Path) -> Result<File, FileError> {
    let shown = path.display();
    let file = private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(beside(path, ".lock"))
        .map_err(|error| FileError(format!("{shown} cannot be written: its lock {shown}.lock: {error}")))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let Kind { name, owner, .. } = kind;
            Err(FileError(format!("another {owner} writes to {shown}; stop it, or give this one its own {name}")))
        }
        Err(TryLockError::Error(error)) => Err(FileError(format!("{shown} cannot be locked: {error}"))),
    }
}

pub(crate) fn create_if_new(path: &Path) -> Result<(), FileError> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(FileError(format!("{} cannot be made: {error}", path.display()))),
    }
}

/// For files that are their owner's alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
