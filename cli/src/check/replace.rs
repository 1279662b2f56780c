//! Files that are written as a whole.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Where the files stand that a process has open. Whoever has opened one goes on with it, so none is replaced.
const OPEN: [&str; 4] = ["/dev/fd", "/dev/stdout", "/dev/stderr", "/proc"];

/// How a file comes to hold something else.
enum Way {
    /// By another one in its place, with these permissions where it had some.
    Renamed(PathBuf, Option<Permissions>),
    /// By what is written to its end: a device, a pipe, or what `/dev/fd/3` names is not to be replaced.
    Written,
}

/// Whether a file is replaced. To what is not, text is added.
pub(super) fn is_replaced(path: &Path) -> bool {
    matches!(way(path), Ok(Way::Renamed(..)))
}

/// Writes files in the place of what stood there. Each is whole at every moment, and where one cannot
/// be written, all stay as they were. What is no file is written last.
pub(super) fn replace(files: &[(&Path, String)]) -> Result<(), Failure> {
    let mut begun = Vec::new();
    let mut at_last = Vec::new();
    let mut begin = || {
        for (path, text) in files {
            match way(path).map_err(|error| (*path, error))? {
                Way::Renamed(place, permissions) => {
                    let new = beside(&place);
                    begun.push((*path, new.clone(), place));
                    write(&new, text, permissions).map_err(|error| (*path, error))?;
                }
                Way::Written => at_last.push((*path, text)),
            }
        }
        Ok(())
    };
    let replaced = begin().and_then(|()| {
        for (path, new, place) in &begun {
            fs::rename(new, place).map_err(|error| (*path, error))?;
        }
        at_last.iter().try_for_each(|(path, text)| add(path, text).map_err(|error| (*path, error)))
    });
    replaced.map_err(|(path, error): (&Path, io::Error)| {
        for (_, new, _) in &begun {
            let _ = fs::remove_file(new);
        }
        Failure::failed(format!("cannot write {}: {error}", path.display()))
    })
}

fn way(path: &Path) -> io::Result<Way> {
    match fs::metadata(path) {
        Ok(_) if OPEN.iter().any(|place| path.starts_with(place)) => Ok(Way::Written),
        // A link stays, and what it leads to is replaced.
        Ok(metadata) if metadata.is_file() => Ok(Way::Renamed(fs::canonicalize(path)?, Some(metadata.permissions()))),
        Ok(_) => Ok(Way::Written),
        // A link that leads nowhere yet.
        Err(_) if path.is_symlink() => Ok(Way::Written),
        Err(_) => Ok(Way::Renamed(path.to_owned(), None)),
    }
}

fn write(new: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = File::create(new)?;
    // Before there is anything to read in it.
    permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
    file.write_all(text.as_bytes())
}

fn add(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// A name in the same folder: only there a file is renamed in one step.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}
