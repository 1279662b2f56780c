//! A body in the making, handed on piece by piece: no change of a body is ever held whole.

use std::ops::ControlFlow;

/// So many bytes are handed on together: they stay in the processor's nearest cache while one hash
/// after the other goes over them.
const FULL: usize = 16 * 1024;

/// Gathers what is written and hands it on, until whoever takes it has seen enough.
pub(super) struct Pieces<'a> {
    waiting: Vec<u8>,
    take: &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    is_refused: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(take: &'a mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Self {
        Pieces { waiting: Vec::with_capacity(2 * FULL), take, is_refused: false }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        if piece.len() >= FULL {
            self.hand_on();
            for chunk in piece.chunks(FULL) {
                self.give(chunk);
            }
        } else {
            self.waiting.extend_from_slice(piece);
            if self.waiting.len() >= FULL {
                self.hand_on();
            }
        }
    }

    /// Whether nobody wants more, so that there is no point in making it.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Hands on the rest; whether all of it was taken.
    pub(super) fn end(mut self) -> bool {
        self.hand_on();
        !self.is_refused
    }

    fn hand_on(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.give(&waiting);
        self.waiting = waiting;
        self.waiting.clear();
    }

    fn give(&mut self, piece: &[u8]) {
        if !self.is_refused && !piece.is_empty() {
            self.is_refused = (self.take)(piece).is_break();
        }
    }
}
