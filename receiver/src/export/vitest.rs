//! vitest: the same tests for Node.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Redaction;
use super::node::quoted;
use super::test_case::{Case, Expected, Reader};
use crate::journal::Capture;

pub(super) fn begin(out: &mut impl io::Write, redaction: Option<&Redaction>) -> io::Result<()> {
    let (run, webhook) = match redaction {
        Some(redaction) => ("npx vitest run", format!("new Webhook({})", quoted(redaction.text()))),
        None => ("CHATISLAV_WEBHOOK_SECRET=... npx vitest run", "Webhook.fromEnv()".to_owned()),
    };
    write!(
        out,
        r"// Requests as they arrived, each with the verdict that it had.
//
//     npm install chatislav-webhooks vitest
//     {run}

import {{ Unsigned, Webhook }} from 'chatislav-webhooks'
import {{ expect, test }} from 'vitest'

const webhook = {webhook}
const unsigned = new Unsigned()
"
    )
}

pub(super) fn write(out: &mut impl io::Write, capture: &Capture) -> io::Result<()> {
    let Some(case) = Case::of(capture) else {
        return writeln!(out, "\n// {}: {} is no verdict on a body and its headers.", capture.id(), capture.verdict);
    };
    let call = match case.reader {
        Reader::Webhook => "webhook.verify(body, headers)",
        Reader::Unsigned => "unsigned.read(body, headers)",
    };
    writeln!(out, "\ntest('{}: {}', () => {{", capture.id(), capture.verdict)?;
    writeln!(out, "  const body = Buffer.from('{}', 'base64')", STANDARD.encode(&capture.body))?;
    writeln!(out, "  const headers: [string, string][] = [")?;
    for (name, value) in &case.headers {
        // Each byte is one character, as Node hands on headers.
        let value: String = value.iter().copied().map(char::from).collect();
        writeln!(out, "    [{}, {}],", quoted(name), quoted(&value))?;
    }
    writeln!(out, "  ]")?;
    match case.expected {
        Expected::Event(event) => writeln!(out, "  expect({call}.event).toBe({})", quoted(event))?,
        Expected::Code(code) => {
            writeln!(out, "  expect(() => {call}).toThrow(expect.objectContaining({{ code: '{code}' }}))")?;
        }
    }
    writeln!(out, "}})")
}
