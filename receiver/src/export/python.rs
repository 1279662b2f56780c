//! Python: the same bytes again, with nothing beside the standard library.

use std::io;

use super::Redaction;
use super::request::{Address, Request};
use super::shell;
use crate::journal::Capture;

pub(super) fn begin(out: &mut impl io::Write, redaction: Option<&Redaction>) -> io::Result<()> {
    shell::begin(out, "#", redaction)?;
    out.write_all(
        br#"import http.client


def send(connection, method, target, headers, body):
    """The same bytes; the headers in the order and case in which they came."""
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", len(body))
    connection.endheaders(body)
    answer = connection.getresponse()
    print(answer.status, answer.reason, answer.read())
"#,
    )
}

pub(super) fn write(out: &mut impl io::Write, capture: &Capture, target: Option<&str>) -> io::Result<()> {
    write!(out, "\n\n")?;
    shell::comment(out, "#", capture)?;
    let Some(request) = Request::of(capture, target) else {
        return writeln!(out, "# This is not HTTP, and cannot be sent.");
    };
    let Some(address) = request.address() else {
        return writeln!(out, "# The target is no http or https URL.");
    };
    if request.target.is_some() {
        writeln!(out, "# Its target had characters that no URL has; here they are percent-encoded.")?;
    }
    let (sayable, others): (Vec<_>, Vec<_>) = request.lines.iter().partition(|line| line.is_sayable());
    for line in others {
        writeln!(out, "# Python cannot say the value of {}; curl can.", line.name)?;
    }
    let Address { is_tls, host, port, target } = address;
    let class = if is_tls { "HTTPSConnection" } else { "HTTPConnection" };
    writeln!(out, "send(\n    http.client.{class}({}, {port}, timeout=60),", literal(host.as_bytes(), ""))?;
    writeln!(out, "    {},", literal(request.method.as_bytes(), ""))?;
    writeln!(out, "    {},\n    [", literal(target.as_bytes(), ""))?;
    for line in sayable {
        writeln!(out, "        ({}, {}),", literal(line.name.as_bytes(), ""), literal(line.value, "b"))?;
    }
    let body = request.body.map_or_else(|| "None".to_owned(), |body| literal(body, "b"));
    writeln!(out, "    ],\n    {body},\n)")
}

/// A literal of bytes with the prefix `b`. Without, it is the text of which each byte is one
/// character (Latin-1), as servers hand on headers.
pub(super) fn literal(bytes: &[u8], prefix: &str) -> String {
    let mut literal = String::with_capacity(bytes.len() + 16);
    literal.push_str(prefix);
    literal.push('\'');
    for byte in bytes {
        match byte {
            b'\'' | b'\\' => {
                literal.push('\\');
                literal.push(char::from(*byte));
            }
            b'\n' => literal.push_str("\\n"),
            b'\r' => literal.push_str("\\r"),
            b' '..=b'~' => literal.push(char::from(*byte)),
            _ => literal.push_str(&format!("\\x{byte:02x}")),
        }
    }
    literal.push('\'');
    literal
}
