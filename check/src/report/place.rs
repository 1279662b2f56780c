//! The file of a repository in which findings are shown.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde_json::{Value, json};

/// A file of the user's repository, and a line in it: where the handler is written.
///
/// From outside nobody can tell where that is, and GitHub's code scanning refuses a SARIF file in which
/// one result has no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the root of the repository, with `/` between its parts.
    path: String,
    line: NonZeroU32,
}

/// `src/webhook.ts`, or with a line `src/webhook.ts:12`.
impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (path, line) = match text.rsplit_once(':') {
            Some((path, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => {
                (path, line.parse().map_err(|_| InvalidPlace("lines are counted from 1"))?)
            }
            _ => (text, NonZeroU32::MIN),
        };
        let path = path.strip_prefix("./").unwrap_or(path);
        let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !is_inside || path.contains(['\\', ':']) || path.chars().any(char::is_control) {
            return Err(InvalidPlace(
                "write it as it stands in the repository, such as src/webhook.ts or src/webhook.ts:12",
            ));
        }
        Ok(Place { path: path.to_owned(), line })
    }
}

impl Place {
    /// As a `physicalLocation` of SARIF (section 3.29). GitHub wants all four numbers.
    pub(super) fn physical(&self) -> Value {
        json!({
            "artifactLocation": { "uri": encoded(&self.path) },
            "region": { "startLine": self.line, "startColumn": 1, "endLine": self.line, "endColumn": 2 },
        })
    }
}

/// A path as a relative reference (RFC 3986 section 3.3).
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b'=' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Why a text is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPlace(&'static str);

impl fmt::Display for InvalidPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidPlace {}
