//! What the bodies that are on their way may hold together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Up to so many bytes a body is small, and finds room when large ones have taken theirs.
const SMALL: usize = 64 * 1024;

/// How many bytes bodies hold that are not in the journal yet.
#[derive(Debug)]
pub(crate) struct Budget {
    held: AtomicUsize,
    /// For all; a quarter more for small ones, so that a few large ones do not shut everybody out.
    limit: usize,
}

/// What one body holds of it; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Budget { held: AtomicUsize::new(0), limit })
    }
}

impl Share {
    pub(crate) fn of(budget: &Arc<Budget>) -> Self {
        Share { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Takes so many bytes more, if they are there.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let Budget { held, limit } = &*self.budget;
        let bytes = self.bytes.saturating_add(more);
        let limit = if bytes <= SMALL { limit.saturating_add(limit / 4) } else { *limit };
        let room = |held: usize| held.checked_add(more).filter(|all| *all <= limit);
        let is_there = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok();
        if is_there {
            self.bytes = bytes;
        }
        is_there
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
