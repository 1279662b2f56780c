//! Node: the same bytes again, without a package.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::sample::JsonStyle;

use super::Redaction;
use super::request::{Address, Request};
use super::shell;
use crate::journal::Capture;

/// Methods for which Node announces no body by itself.
const WITHOUT_BODY: [&str; 6] = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

pub(super) fn begin(out: &mut impl io::Write, redaction: Option<&Redaction>) -> io::Result<()> {
    shell::begin(out, "//", redaction)?;
    out.write_all(
        br"import http from 'node:http'
import https from 'node:https'

// The same bytes; the headers in the order and case in which they came.
function send(client, to, method, headers, body) {
  if (body !== undefined) headers.push(['Content-Length', String(body.length)])
  return new Promise((resolve, reject) => {
    const request = client.request({ ...to, method, headers: headers.flat(), agent: false }, (answer) => {
      console.log(answer.statusCode, answer.statusMessage)
      answer.on('end', resolve).on('error', reject).pipe(process.stdout, { end: false })
    })
    request.on('error', reject).end(body)
  })
}
",
    )
}

pub(super) fn write(out: &mut impl io::Write, capture: &Capture, target: Option<&str>) -> io::Result<()> {
    writeln!(out)?;
    shell::comment(out, "//", capture)?;
    let Some(request) = Request::of(capture, target) else {
        return writeln!(out, "// This is not HTTP, and cannot be sent.");
    };
    let Some(address) = request.address() else {
        return writeln!(out, "// The target is no http or https URL.");
    };
    if request.target.is_some() {
        writeln!(out, "// Its target had characters that no URL has; here they are percent-encoded.")?;
    }
    let (sayable, others): (Vec<_>, Vec<_>) = request.lines.iter().partition(|line| line.is_sayable());
    for line in others {
        writeln!(out, "// Node cannot say the value of {}; curl can.", line.name)?;
    }
    let Address { is_tls, host, port, target } = &address;
    let client = if *is_tls { "https" } else { "http" };
    let (host, path) = (quoted(host), quoted(target));
    writeln!(
        out,
        "await send({client}, {{ host: {host}, port: {port}, path: {path} }}, {}, [",
        quoted(&request.method)
    )?;
    // Beside a list of headers Node says no Host of its own.
    writeln!(out, "  ['Host', {}],", quoted(&address.authority()))?;
    for line in sayable {
        // Each byte is one character to Node.
        let value: String = line.value.iter().copied().map(char::from).collect();
        writeln!(out, "  [{}, {}],", quoted(line.name), quoted(&value))?;
    }
    // It would send an empty body in chunks.
    let announces = !WITHOUT_BODY.contains(&request.method.as_ref());
    let body = match request.body.or(announces.then_some(b"")) {
        None => "undefined".to_owned(),
        Some(body) => match str::from_utf8(body) {
            Ok(text) => format!("Buffer.from({})", quoted(text)),
            Err(_) => format!("Buffer.from('{}', 'base64')", STANDARD.encode(body)),
        },
    };
    writeln!(out, "], {body})")
}

/// JSON in ASCII is a literal of the language.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::new();
    JsonStyle::Python.quote(text, &mut literal);
    literal
}
