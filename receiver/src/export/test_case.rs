//! What a test of the user's own can expect of a captured request.

use chatislav_webhooks::SIGNATURE_HEADER;

use super::request::{Line, lines};
use crate::journal::Capture;

/// A capture as a case of a test.
pub(super) struct Case<'a> {
    pub(super) headers: Vec<(&'a str, &'a [u8])>,
    pub(super) reader: Reader,
    pub(super) expected: Expected<'a>,
}

/// Who reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Webhook,
    Unsigned,
}

pub(super) enum Expected<'a> {
    /// An event of this name.
    Event(&'a str),
    /// A refusal with this code.
    Code(&'a str),
}

impl<'a> Case<'a> {
    /// `None` where the verdict was not one on a whole body and its headers, as for a method.
    pub(super) fn of(capture: &'a Capture) -> Option<Self> {
        let is_signature = |line: &Line<'_>| line.name.eq_ignore_ascii_case(SIGNATURE_HEADER);
        let verdict = capture.verdict.as_ref();
        let (reader, expected) = match verdict {
            "verified" => (Reader::Webhook, Expected::Event(&capture.event)),
            "unsigned" => (Reader::Unsigned, Expected::Event(&capture.event)),
            "signature_missing" | "signature_malformed" | "signature_ambiguous" | "signature_mismatch" => {
                (Reader::Webhook, Expected::Code(verdict))
            }
            "payload_not_json" | "payload_too_deep" | "payload_invalid" => {
                // A payload is judged after a signature, so without one nobody asked for it.
                let is_signed = lines(&capture.head).any(|line| is_signature(&line));
                (if is_signed { Reader::Webhook } else { Reader::Unsigned }, Expected::Code(verdict))
            }
            _ => return None,
        };
        let headers = lines(&capture.head).map(|line| (line.name, line.value)).collect();
        Some(Case { headers, reader, expected })
    }
}
