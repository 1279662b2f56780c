//! Files that are written as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Writes files in the place of what stood there. Each is whole at every moment, and where one cannot
/// be written, all stay as they were.
pub(super) fn replace(files: &[(&Path, String)]) -> Result<(), Failure> {
    let mut written = Vec::new();
    let mut begin = || {
        for (path, text) in files {
            let new = beside(path);
            written.push(new.clone());
            fs::write(&new, text).map_err(|error| (*path, error))?;
        }
        Ok(())
    };
    let replaced = begin().and_then(|()| {
        for (path, _) in files {
            fs::rename(beside(path), path).map_err(|error| (*path, error))?;
        }
        Ok(())
    });
    replaced.map_err(|(path, error): (&Path, io::Error)| {
        for new in &written {
            let _ = fs::remove_file(new);
        }
        Failure::failed(format!("cannot write {}: {error}", path.display()))
    })
}

/// A name in the same folder: only there a file is renamed in one step.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}
