//! A file that is read again when it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file, and the state in which it was last seen.
#[derive(Debug)]
pub struct Watched {
    path: PathBuf,
    seen: Option<Stamp>,
}

/// What tells one state of a file from another.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// The file's number, and when its owner or mode last changed: one that was replaced within a tick
    /// of the clock has another number.
    #[cfg(unix)]
    node: (u64, i64, i64),
}

impl Watched {
    /// A change is noticed within this time. Looking at a file costs a microsecond, and works on every
    /// file system and for every way in which editors replace a file.
    pub const LOOK_EVERY: Duration = Duration::from_millis(250);

    /// Changes count from now on.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Watched { seen: stamp(&path), path }
    }

    /// Waits until it is time to look, [`Watched::LOOK_EVERY`], and says whether the file is another than before.
    pub async fn look(&mut self) -> bool {
        tokio::time::sleep(Watched::LOOK_EVERY).await;
        let now = stamp(&self.path);
        // In between an editor may have removed it and not yet put it back.
        if now.is_none() || now == self.seen {
            return false;
        }
        self.seen = now;
        true
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some(Stamp {
        modified: metadata.modified().ok(),
        length: metadata.len(),
        #[cfg(unix)]
        node: {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        },
    })
}
