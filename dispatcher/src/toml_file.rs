//! A small TOML file that people write, and where in it something is wrong.

use std::fmt::Display;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// The largest file that is read, in bytes: 64 KiB. They are written by hand.
pub const MAX_TOML: usize = 64 * 1024;

/// Reads a file as what it holds, such as `a profile`.
///
/// # Errors
/// A sentence that names the file and, where there is one, the line and column: it cannot be read, is
/// not TOML, or says what it cannot say. It quotes no line, since a header or a secret is not for
/// everybody.
pub fn read_toml<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, String> {
    let wrong = |error: &dyn Display| format!("{}: {error}", path.display());
    // A pipe would be waited for, and a device never ends.
    if !fs::metadata(path).map_err(|error| wrong(&error))?.is_file() {
        return Err(wrong(&"not a file"));
    }
    // With room for all of it: no part of a secret stays where the text has grown out of its place.
    let mut text = Zeroizing::new(String::with_capacity(MAX_TOML + 1));
    let file = fs::File::open(path).map_err(|error| wrong(&error))?;
    let length = file.take(MAX_TOML as u64 + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if length > MAX_TOML {
        return Err(wrong(&format_args!("{what} has at most 64 KiB")));
    }
    toml::from_str(&text).map_err(|error| match error.span().filter(|span| span.end > 0) {
        Some(span) => {
            let before = text.get(..span.start).unwrap_or(&text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            wrong(&format_args!("line {line}, column {column}: {}", error.message()))
        }
        None => wrong(&error.message()),
    })
}
