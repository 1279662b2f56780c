//! Where two bodies part.

use std::fmt::Write;
use std::ops::ControlFlow;

use super::pieces::Pieces;

/// How many bytes are shown before and behind the place.
const CONTEXT: usize = 20;

/// The first byte in which the body that was handed in is not the one that was signed.
///
/// What stands there is the developer's own payload: for eyes at a desk, not for an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    offset: usize,
    line: usize,
    column: usize,
    at_hand: String,
    signed: String,
}

impl Difference {
    /// The first byte that differs, counted from 0. It may be the length of the body, if more was
    /// signed.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Its line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Its place in the line in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The surroundings in the body that was handed in, printable ASCII: other bytes are `\xXX`.
    pub fn at_hand(&self) -> &str {
        &self.at_hand
    }

    /// The surroundings in the bytes that were signed, as [`Difference::at_hand`].
    pub fn signed(&self) -> &str {
        &self.signed
    }

    pub(super) fn between(ours: &[u8], make: impl FnOnce(&mut Pieces<'_>)) -> Option<Self> {
        let (offset, theirs) = first(ours, |pieces| {
            make(pieces);
            true
        })?;
        let (before, behind) = ours.split_at_checked(offset)?;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        // A byte that goes on with a character begins none (RFC 3629 section 3).
        let characters = line.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let start = offset.saturating_sub(CONTEXT);
        let lead = before.get(start..).unwrap_or_default();
        Some(Difference {
            offset,
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: characters + 1,
            at_hand: shown(start > 0, lead, behind),
            signed: shown(start > 0, lead, &theirs),
        })
    }

    /// The same place without what stands there.
    pub(super) fn silent(self) -> Self {
        Difference { at_hand: String::new(), signed: String::new(), ..self }
    }
}

/// Neither an error nor a log shows a body by accident.
impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Difference(byte {})", self.offset)
    }
}

/// Where what is made first differs from `ours`, and what it goes on with; `None` if it never does.
pub(super) fn first(ours: &[u8], make: impl FnOnce(&mut Pieces<'_>) -> bool) -> Option<(usize, Vec<u8>)> {
    let mut at = 0;
    let mut found: Option<(usize, Vec<u8>)> = None;
    let mut take = |piece: &[u8]| {
        if let Some((_, theirs)) = &mut found {
            theirs.extend(piece.iter().take((CONTEXT + 1).saturating_sub(theirs.len())));
            return if theirs.len() > CONTEXT { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        }
        let rest = ours.get(at..).unwrap_or_default();
        let same = if rest.starts_with(piece) {
            piece.len()
        } else {
            rest.iter().zip(piece).take_while(|(one, other)| one == other).count()
        };
        at += same;
        if same < piece.len() {
            let theirs = piece.iter().skip(same).take(CONTEXT + 1).copied().collect();
            found = Some((at, theirs));
        }
        ControlFlow::Continue(())
    };
    let mut pieces = Pieces::new(&mut take);
    make(&mut pieces);
    pieces.end();
    found.or((at < ours.len()).then(|| (at, Vec::new())))
}

/// Bytes as printable ASCII. JSON has no `\x`, so that the escapes are not taken for the payload's.
fn shown(is_cut: bool, lead: &[u8], behind: &[u8]) -> String {
    let mut text = String::from(if is_cut { "..." } else { "" });
    for byte in lead.iter().chain(behind.iter().take(CONTEXT)) {
        match byte {
            b' '..=b'~' => text.push(char::from(*byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(text, "\\x{byte:02x}")),
        }
    }
    text.push_str(if behind.is_empty() {
        " (the end)"
    } else if behind.len() > CONTEXT {
        "..."
    } else {
        ""
    });
    text
}
