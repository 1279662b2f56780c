//! curl: the same bytes again.

use std::io;

use super::request::Request;
use super::shell::{self, Body, quote};
use crate::journal::Capture;

/// What curl says by itself unless told not to.
const ITS_OWN: [&str; 3] = ["User-Agent", "Accept", "Content-Type"];
/// Older versions ask for `100 Continue` from here on.
const EXPECTS: usize = 1024;

pub(super) fn write(out: &mut impl io::Write, capture: &Capture, target: Option<&str>) -> io::Result<()> {
    shell::comment(out, "#", capture)?;
    let Some(request) = Request::of(capture, target) else {
        return writeln!(out, "# This is not HTTP, and curl cannot send it.");
    };
    let body = request.body.map(Body::of);
    if let Some(Body::Pipe(command)) = &body {
        write!(out, "{command}")?;
    }
    write!(out, "curl")?;
    if request.method == "HEAD" && request.body.is_none() {
        write!(out, " --head")?;
    } else {
        write!(out, " -X {}", quote(request.method.as_bytes()))?;
    }
    if capture.head.split(|byte| *byte == b'\n').next().is_some_and(|line| line.trim_ascii().ends_with(b"HTTP/1.0")) {
        write!(out, " --http1.0")?;
    }
    // curl would take brackets in an address for a range, and walk up at `..`.
    write!(out, " --globoff --path-as-is {}", quote(request.url.as_bytes()))?;
    if let Some(target) = &request.target {
        write!(out, " \\\n  --request-target {}", quote(target))?;
    }
    for name in ITS_OWN {
        if !request.has(name) && (name != "Content-Type" || body.is_some()) {
            write!(out, " \\\n  -H '{name}:'")?;
        }
    }
    for line in &request.lines {
        // `Name:` would take a header away, `Name;` sends it empty.
        let word = if line.value.is_empty() { quote(format!("{};", line.name).as_bytes()) } else { quote(line.whole) };
        write!(out, " \\\n  -H {word}")?;
    }
    if request.body.is_some_and(|body| body.len() > EXPECTS) {
        write!(out, " \\\n  -H 'Expect:'")?;
    }
    match &body {
        // Not `--data-binary`, to which a leading `@` is the name of a file.
        Some(Body::Word(word)) => write!(out, " \\\n  --data-raw {word}")?,
        Some(Body::Pipe(_)) => write!(out, " \\\n  --data-binary @-")?,
        None => {}
    }
    writeln!(out)
}
