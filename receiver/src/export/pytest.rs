//! pytest: the bytes as they came, and the verdict that they had.

use std::io;

use super::Redaction;
use super::python::literal;
use super::test_case::{Case, Expected, Reader};
use crate::journal::Capture;

pub(super) fn begin(out: &mut impl io::Write, redaction: Option<&Redaction>) -> io::Result<()> {
    let (run, webhook) = match redaction {
        Some(redaction) => ("pytest", format!("Webhook({})", literal(redaction.text().as_bytes(), "b"))),
        None => ("CHATISLAV_WEBHOOK_SECRET=... pytest", "Webhook.from_env()".to_owned()),
    };
    write!(
        out,
        r#""""Requests as they arrived, each with the verdict that it had.

    pip install chatislav-webhooks pytest
    {run}
"""

import pytest

from chatislav_webhooks import Unsigned, Webhook, WebhookError


@pytest.fixture
def webhook() -> Webhook:
    return {webhook}


@pytest.fixture
def unsigned() -> Unsigned:
    return Unsigned()
"#
    )
}

pub(super) fn write(out: &mut impl io::Write, capture: &Capture) -> io::Result<()> {
    let Some(case) = Case::of(capture) else {
        return writeln!(out, "\n\n# {}: {} is no verdict on a body and its headers.", capture.id(), capture.verdict);
    };
    let (reader, class, call) = match case.reader {
        Reader::Webhook => ("webhook", "Webhook", "webhook.verify(body, headers)"),
        Reader::Unsigned => ("unsigned", "Unsigned", "unsigned.read(body, headers)"),
    };
    let name = capture.id().replace('-', "_");
    writeln!(out, "\n\ndef test_{name}({reader}: {class}) -> None:\n    body = {}", literal(&capture.body, "b"))?;
    writeln!(out, "    headers = [")?;
    for (name, value) in &case.headers {
        writeln!(out, "        ({}, {}),", literal(name.as_bytes(), ""), literal(value, ""))?;
    }
    writeln!(out, "    ]")?;
    match case.expected {
        Expected::Event(event) => {
            // A name can have any letters, so it is compared by its bytes.
            writeln!(out, "    assert {call}.event.encode() == {}", literal(event.as_bytes(), "b"))
        }
        Expected::Code(code) => {
            writeln!(out, "    with pytest.raises(WebhookError) as refused:\n        {call}")?;
            writeln!(out, "    assert refused.value.code == {}", literal(code.as_bytes(), ""))
        }
    }
}
