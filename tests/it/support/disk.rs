//! A small file system in memory, where that can be had.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A disk that is full soon. It is there as long as this lives.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// A disk of so many MiB; `None` where none can be mounted, and says so.
    pub(crate) fn mounted(mebibytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "none"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            println!("skipped: no small disk can be mounted here");
            return None;
        }
        Some(SmallDisk(folder))
    }

    /// A file on it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all that is left of it, until the file is removed.
    pub(crate) fn take_all(&self) -> PathBuf {
        let ballast = self.path("ballast");
        let mut file = File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        ballast
    }

    /// Takes so many bytes of it, until the file is removed.
    pub(crate) fn take(&self, bytes: usize) -> PathBuf {
        let ballast = self.path("ballast");
        std::fs::write(&ballast, vec![0; bytes]).unwrap();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let folder: &Path = self.0.path();
        let _ = Command::new("umount").arg("-l").arg(folder).status();
    }
}
