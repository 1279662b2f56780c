//! Captures as other tools read them: for a bug report, a shell, a test of the user's own.

mod curl;
mod har;
mod httpie;
mod node;
mod pytest;
mod python;
mod redact;
mod request;
mod shell;
mod test_case;
mod vitest;

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::io;
use std::str::FromStr;

pub use redact::Redaction;
pub use shell::quote;

use crate::journal::{self, Capture};

/// The secret of redacted exports, where nobody chooses another: everybody knows it.
pub const THROW_AWAY: &str = "throw-away";

/// What captures are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The record of [`journal::to_json`], one a line: nothing is lost.
    Ndjson,
    /// HAR 1.2, with what is ours in `_chatislav`.
    Har,
    /// A script for a POSIX shell that sends the same requests.
    Curl,
    /// The same with httpie.
    Httpie,
    /// A script for Python that sends them, with the standard library alone.
    Python,
    /// The same for Node, without a package.
    Node,
    /// Tests in Python: each request has the verdict that it had.
    Pytest,
    /// The same for Node.
    Vitest,
}

/// What is no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are the formats ndjson, har, curl, httpie, python, node, pytest and vitest")
    }
}

impl std::error::Error for UnknownFormat {}

impl Format {
    /// Every format, in the order in which the documentation lists them.
    pub const ALL: [Format; 8] = [
        Format::Ndjson,
        Format::Har,
        Format::Curl,
        Format::Httpie,
        Format::Python,
        Format::Node,
        Format::Pytest,
        Format::Vitest,
    ];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Ndjson => "ndjson",
            Format::Har => "har",
            Format::Curl => "curl",
            Format::Httpie => "httpie",
            Format::Python => "python",
            Format::Node => "node",
            Format::Pytest => "pytest",
            Format::Vitest => "vitest",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

/// How captures are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The URL to send to. Without one it is made of the captured `Host` and target, so whoever
    /// sent the request chose where an export would send it.
    pub target: Option<&'a str>,
    /// Takes out what is personal or opens something, and says the throw-away secret.
    pub redaction: Option<&'a Redaction>,
}

/// Writes captures, one after the other, and keeps none of them.
///
/// `curl` and `httpie` send the header lines in order and case as they came, without those that
/// belong to one connection and one client: `Host`, `Content-Length`, `Transfer-Encoding`,
/// `Connection`, `Keep-Alive`, `Proxy-Connection`, `TE`, `Trailer`, `Upgrade`, `Expect`. `python` and
/// `node` send the same names and values. What has no such form, like a head that is not HTTP, is a comment with its id.
///
/// # Errors
/// What writing gives.
pub fn export(
    mut out: impl io::Write,
    format: Format,
    captures: impl IntoIterator<Item = impl Borrow<Capture>>,
    options: Options<'_>,
) -> io::Result<()> {
    match format {
        Format::Ndjson => {}
        Format::Har => har::begin(&mut out)?,
        Format::Curl | Format::Httpie => shell::begin(&mut out, "#", options.redaction)?,
        Format::Python => python::begin(&mut out, options.redaction)?,
        Format::Node => node::begin(&mut out, options.redaction)?,
        Format::Pytest => pytest::begin(&mut out, options.redaction)?,
        Format::Vitest => vitest::begin(&mut out, options.redaction)?,
    }
    let mut is_first = true;
    for capture in captures {
        let capture = match options.redaction {
            Some(redaction) => Cow::Owned(redaction.redact(capture.borrow())),
            None => Cow::Borrowed(capture.borrow()),
        };
        match format {
            Format::Ndjson => writeln!(out, "{}", journal::to_json(&capture))?,
            Format::Har => har::write(&mut out, &capture, options.target, is_first)?,
            Format::Curl => curl::write(&mut out, &capture, options.target)?,
            Format::Httpie => httpie::write(&mut out, &capture, options.target)?,
            Format::Python => python::write(&mut out, &capture, options.target)?,
            Format::Node => node::write(&mut out, &capture, options.target)?,
            Format::Pytest => pytest::write(&mut out, &capture)?,
            Format::Vitest => vitest::write(&mut out, &capture)?,
        }
        is_first = false;
    }
    if format == Format::Har {
        har::end(&mut out)?;
    }
    out.flush()
}

/// The same as bytes.
pub fn to_bytes(
    format: Format,
    captures: impl IntoIterator<Item = impl Borrow<Capture>>,
    options: Options<'_>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = export(&mut bytes, format, captures, options);
    bytes
}
