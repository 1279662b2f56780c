//! Text with wildcards, looked for in linear time.

/// Pieces of text that stand in this order, with anything between them.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// Invariant: never empty; only the first and the last may be empty themselves.
    pieces: Vec<Needle>,
    /// Whether the first piece stands at the start and the last at the end.
    is_anchored: bool,
}

impl Pattern {
    /// The whole text is as the pieces say, with `*` between them.
    pub(super) fn whole(pieces: Vec<Vec<u8>>) -> Self {
        Pattern { pieces: pieces.into_iter().map(Needle::new).collect(), is_anchored: true }
    }

    /// Somewhere in the text stand the pieces.
    pub(super) fn within(pieces: Vec<Vec<u8>>) -> Self {
        Pattern { is_anchored: false, ..Pattern::whole(pieces) }
    }

    /// Whether the text is so. Each piece is taken where it is found first: whatever is possible
    /// behind a later place is possible behind an earlier one, so there is no way back to try.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        if !self.is_anchored {
            return found_in_order(&self.pieces, text);
        }
        match self.pieces.as_slice() {
            [] => text.is_empty(),
            [only] => only.bytes == text,
            [first, between @ .., last] => text
                .strip_prefix(first.bytes.as_slice())
                .and_then(|rest| rest.strip_suffix(last.bytes.as_slice()))
                .is_some_and(|rest| found_in_order(between, rest)),
        }
    }
}

fn found_in_order(pieces: &[Needle], text: &[u8]) -> bool {
    let mut rest = text;
    pieces.iter().all(|needle| match needle.find_end(rest).and_then(|end| rest.get(end..)) {
        Some(behind) => {
            rest = behind;
            true
        }
        None => false,
    })
}

/// A text that is looked for (Knuth, Morris, Pratt 1977). A comparison at every place would let a
/// body of one letter repeated make the search quadratic.
#[derive(Clone, Debug)]
struct Needle {
    bytes: Vec<u8>,
    /// For each length of a match, how long the next shorter one is that it ends with.
    shorter: Vec<usize>,
}

impl Needle {
    fn new(bytes: Vec<u8>) -> Self {
        let mut needle = Needle { shorter: vec![0; 2], bytes };
        for at in 1..needle.bytes.len() {
            let byte = needle.bytes.get(at).copied().unwrap_or_default();
            let matched = needle.shorter.get(at).copied().unwrap_or_default();
            let next = needle.longer(matched, byte);
            needle.shorter.push(next);
        }
        needle
    }

    /// Where the first match ends.
    fn find_end(&self, text: &[u8]) -> Option<usize> {
        let Some(first) = self.bytes.first() else { return Some(0) };
        let mut matched = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            if matched == 0 {
                at += rest.iter().position(|byte| byte == first)?;
            }
            matched = self.longer(matched, *text.get(at)?);
            at += 1;
            if matched == self.bytes.len() {
                return Some(at);
            }
        }
        None
    }

    /// How much is matched when `byte` comes behind a match of that length.
    fn longer(&self, mut matched: usize, byte: u8) -> usize {
        loop {
            if self.bytes.get(matched) == Some(&byte) {
                return matched + 1;
            }
            if matched == 0 {
                return 0;
            }
            matched = self.shorter.get(matched).copied().unwrap_or_default();
        }
    }
}
