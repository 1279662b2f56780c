//! A sender's profile in a TOML file.

use std::fmt::Display;
use std::fs;
use std::io::Read;
use std::path::Path;

use chatislav_webhooks::Profile;

/// Profiles are written by hand.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads the profile of a file.
///
/// # Errors
/// A sentence that names the file and, where there is one, the line and column: it cannot be read, is
/// not TOML, or says what a profile cannot. It quotes no line, since a header may hold what is not
/// for everybody.
pub fn read_profile(path: &Path) -> Result<Profile, String> {
    let wrong = |error: &dyn Display| format!("{}: {error}", path.display());
    // A pipe would be waited for, and a device never ends.
    if !fs::metadata(path).map_err(|error| wrong(&error))?.is_file() {
        return Err(wrong(&"not a file"));
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|error| wrong(&error))?;
    let length = file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if length as u64 > MAX_BYTES {
        return Err(wrong(&"a profile has at most 64 KiB"));
    }
    toml::from_str(&text).map_err(|error| match error.span().filter(|span| span.end > 0) {
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(&text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            wrong(&format!("line {line}, column {column}: {}", error.message()))
        }
        None => wrong(&error.message()),
    })
}
