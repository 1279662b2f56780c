//! The file of the settings: its owner's alone, and replaced as a whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use chatislav_dispatcher::{MAX_TOML, read_toml};
use chatislav_webhooks::Settings;

use crate::exit::Failure;
use crate::private;

/// Reads the settings of a file that nobody else may read.
pub(crate) fn load(path: &Path) -> Result<Settings, Failure> {
    let refuse = |error: String| Failure::usage(format!("the settings file {error}"));
    private::check_file(path, "a secret").map_err(refuse)?;
    read_toml(path, "a file of settings").map_err(refuse)
}

/// Settings that are about to change. Until this is dropped, nobody else changes a file of that
/// folder in this way, so that of two changes at once both are in the end.
pub(crate) struct Change {
    place: PathBuf,
    folder: PathBuf,
    _lock: Option<fs::File>,
}

impl Change {
    /// Begins to change the settings of a file, or of one that is made if it is not there: then there are none.
    pub(crate) fn begin(path: &Path, is_made: bool) -> Result<(Self, Option<Settings>), Failure> {
        let is_there = fs::symlink_metadata(path).is_ok();
        if !is_there && !is_made {
            return Err(Failure::usage(format!(
                "the settings file {} is not there: `chatislav settings` makes one",
                path.display()
            )));
        }
        let change = Change::locate(path, is_there)
            .map_err(|error| Failure::usage(format!("the settings file {}: {error}", path.display())))?;
        // Only now, since whoever had the lock may have made it.
        let settings = if change.place.exists() { Some(load(&change.place)?) } else { None };
        Ok((change, settings))
    }

    /// A link is followed, and what it leads to is replaced: the link stays.
    fn locate(path: &Path, is_there: bool) -> std::io::Result<Self> {
        let absolute = if is_there { fs::canonicalize(path)? } else { std::path::absolute(path)? };
        let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
            return Err(std::io::Error::new(ErrorKind::InvalidInput, "not a file"));
        };
        let folder = fs::canonicalize(folder)?;
        Ok(Change { place: folder.join(name), _lock: lock(&folder)?, folder })
    }

    /// Puts the settings in the place of those before: whoever reads the file finds the one or the
    /// other, whatever happens to this process or to the machine.
    pub(crate) fn save(self, settings: &Settings) -> Result<(), Failure> {
        let text = settings.to_toml();
        if text.len() > MAX_TOML {
            return Err(Failure::usage("the settings are not saved: a file of settings has at most 64 KiB"));
        }
        let new = beside(&self.place);
        let saved = self.replace(&new, text.as_bytes());
        if saved.is_err() {
            // It holds a secret.
            let _ = fs::remove_file(&new);
        }
        saved.map_err(|error| Failure::failed(format!("cannot save {}: {error}", self.place.display())))
    }

    fn replace(&self, new: &Path, text: &[u8]) -> std::io::Result<()> {
        // What stands there is of a process that was killed: who has the lock is the only one.
        match fs::remove_file(new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(new)?;
        file.write_all(text)?;
        file.sync_all()?;
        drop(file);
        fs::rename(new, &self.place)?;
        // The new name is in the folder, and that is written by itself.
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

/// A name in the same folder: only there a file is renamed in one step.
fn beside(place: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(".new");
    place.with_file_name(name)
}

/// The lock is the folder's: the file itself is replaced, and a lock on it with it.
#[cfg(unix)]
fn lock(folder: &Path) -> std::io::Result<Option<fs::File>> {
    let folder = fs::File::open(folder)?;
    match folder.lock() {
        Ok(()) => Ok(Some(folder)),
        // Not every file system has locks.
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn lock(_: &Path) -> std::io::Result<Option<fs::File>> {
    Ok(None)
}
