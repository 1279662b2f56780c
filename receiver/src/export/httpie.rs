//! httpie: the same request again, as far as its own notation goes.

use std::io;

use super::request::{Line, Request};
use super::shell::{self, Body, quote};
use crate::journal::Capture;

/// What httpie says by itself unless told not to.
const ITS_OWN: [&str; 4] = ["User-Agent", "Accept", "Accept-Encoding", "Content-Type"];

pub(super) fn write(out: &mut impl io::Write, capture: &Capture, target: Option<&str>) -> io::Result<()> {
    shell::comment(out, "#", capture)?;
    let request =
        Request::of(capture, target).filter(|request| request.method.bytes().all(|b| b.is_ascii_alphabetic()));
    let Some(request) = request else {
        return writeln!(out, "# httpie cannot send this.");
    };
    for line in request.lines.iter().filter(|line| !is_sayable(line)) {
        writeln!(out, "# httpie cannot say the value of {}; curl can.", line.name)?;
    }
    let from = match request.body {
        Some(body) if !body.is_empty() => match Body::piped(body) {
            Body::Pipe(command) | Body::Word(command) => {
                write!(out, "{command}")?;
                ""
            }
        },
        _ => " --ignore-stdin",
    };
    // Behind `--` nothing is an option.
    write!(out, "http{from} --path-as-is -- {} {}", request.method, quote(request.url.as_bytes()))?;
    for name in ITS_OWN.iter().filter(|name| !request.has(name)) {
        write!(out, " \\\n  '{name}:'")?;
    }
    for line in request.lines.iter().filter(|line| is_sayable(line)) {
        let item = match line.value {
            [] => format!("{};", line.name).into_bytes(),
            // The blank parts the colon from `@` and `=`, before which it would mean a file or JSON.
            value => [line.name.as_bytes(), b": ", value].concat(),
        };
        write!(out, " \\\n  {}", quote(&item))?;
    }
    writeln!(out)
}

/// A backslash before one of its separators is always an escape to httpie, and arguments are text.
fn is_sayable(line: &Line<'_>) -> bool {
    let is_escape = |pair: &[u8]| matches!(pair, [b'\\', b':' | b';' | b'=' | b'@']);
    str::from_utf8(line.value).is_ok() && !line.value.windows(2).any(is_escape)
}
