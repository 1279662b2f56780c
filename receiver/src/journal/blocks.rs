//! Memory for the bytes of captures, which come and go in the same order.

use bytes::{Bytes, BytesMut};

/// How much is taken from the system at once.
const BLOCK: usize = 64 * 1024;
/// What is longer has memory of its own: in a block it would leave too much unused.
pub(crate) const SHORT: usize = BLOCK / 8;

/// Lays bytes side by side in blocks; a block is given back when the last of its bytes is forgotten.
///
/// Each piece in memory of its own costs more than the copy: by the time a journal forgets it, its
/// neighbours have left the processor's caches.
#[derive(Debug, Default)]
pub(super) struct Blocks(BytesMut);

impl Blocks {
    /// The same bytes, in a block if they are short.
    pub(super) fn keep(&mut self, bytes: &Bytes) -> Bytes {
        if bytes.is_empty() {
            return Bytes::new();
        }
        if bytes.len() > SHORT {
            return bytes.clone();
        }
        if self.0.capacity() < bytes.len() {
            self.0 = BytesMut::with_capacity(BLOCK);
        }
        self.0.extend_from_slice(bytes);
        self.0.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ones_stand_side_by_side_and_long_ones_alone() {
        let mut blocks = Blocks::default();
        let connection = Bytes::from(vec![b'x'; 100 * 1024]);
        let kept: Vec<Bytes> = (1..100).map(|size| blocks.keep(&connection.slice(..size))).collect();
        for (kept, size) in kept.iter().zip(1..) {
            assert_eq!(*kept, connection.slice(..size));
        }
        for pair in kept.windows(2) {
            assert_eq!(pair[0].as_ptr().wrapping_add(pair[0].len()), pair[1].as_ptr());
        }
        drop(kept);
        assert!(blocks.keep(&Bytes::new()).is_empty());

        let long = connection.slice(..SHORT + 1);
        assert_eq!(blocks.keep(&long).as_ptr(), long.as_ptr());
        assert_ne!(blocks.keep(&connection.slice(..SHORT)).as_ptr(), connection.as_ptr());
    }
}
