//! Files that only their user may read: of a running command in the user's runtime folder, and what
//! others must not be able to read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

#[cfg(unix)]
use chatislav_receiver::export::quote;

use crate::exit::Failure;

/// A file that is removed when it is dropped.
pub(crate) struct File(PathBuf);

impl File {
    /// Writes a file of this name into the runtime folder, readable by its owner alone.
    pub(crate) fn create(name: &str, bytes: &[u8]) -> Result<Self, Failure> {
        let path = folder()?.join(name);
        let cannot = |error: std::io::Error| Failure::failed(format!("cannot write {}: {error}", path.display()));
        // What stands there is of a process that had our number before us.
        let _ = fs::remove_file(&path);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).and_then(|mut file| file.write_all(bytes)).map_err(cannot)?;
        Ok(File(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // Who was faster has done it for us.
        let _ = fs::remove_file(&self.0);
    }
}

/// `chatislav` in `$XDG_RUNTIME_DIR`, or a folder of the user's own among the temporary files. It is
/// made if it lacks, and refused if others could change it.
pub(crate) fn folder() -> Result<PathBuf, Failure> {
    let folder = match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute()) {
        Some(runtime) => runtime.join("chatislav"),
        None => std::env::temp_dir().join(format!("chatislav-{}", user())),
    };
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot use {}: {error}", folder.display()));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(cannot(error)),
        _ => {}
    }
    check(&folder)?;
    Ok(folder)
}

/// Refuses a file that others may read or write, with the line that mends it.
#[cfg(unix)]
pub(crate) fn check_file(path: &Path, holds: &str) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;

    let shown = path.display();
    let metadata = fs::metadata(path).map_err(|error| format!("{shown}: {error}"))?;
    let mode = metadata.permissions().mode() & 0o777;
    // A folder may be entered by others, and is refused for another reason.
    if mode & 0o077 == 0 || !metadata.is_file() {
        return Ok(());
    }
    let quoted = quote(path.as_os_str().as_encoded_bytes());
    Err(format!("{shown} holds {holds}, and others may get at it (mode {mode:04o}): chmod 600 {quoted}"))
}

#[cfg(not(unix))]
pub(crate) fn check_file(_: &Path, _: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(unix)]
fn check(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;

    // Of a link its own owner would be told, and that is what counts.
    let metadata = fs::symlink_metadata(folder)
        .map_err(|error| Failure::failed(format!("cannot use {}: {error}", folder.display())))?;
    let is_ours = metadata.is_dir() && metadata.uid().to_string() == user();
    if is_ours && metadata.mode() & 0o077 == 0 {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::failed(format!("{folder} must be a folder of yours that nobody else may enter: chmod 700 {folder}")))
}

#[cfg(not(unix))]
fn check(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// The user's number, by the owner of what this process is: `/proc/self`, or else of its home.
#[cfg(unix)]
fn user() -> String {
    use std::os::unix::fs::MetadataExt;

    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let owner = fs::metadata("/proc/self").or_else(|_| fs::metadata(home)).map(|metadata| metadata.uid());
    owner.map_or_else(|_| "nobody".to_owned(), |owner| owner.to_string())
}

#[cfg(not(unix))]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "user".to_owned())
}
