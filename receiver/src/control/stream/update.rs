//! What a reader is told who wants the newest and not each: gathered from the newest backwards.

use std::sync::Arc;

use chatislav_webhooks::filter::Filter;

use super::{missing, told};
use crate::journal::{Capture, matches};

/// The newest requests after a number. It is shown the journal page by page, newest first, and keeps
/// lines and no captures: with their bodies these may be large.
pub(super) struct Update {
    last: u64,
    /// How many may still be told.
    left: usize,
    newest: Option<u64>,
    /// The smallest number that was seen.
    seen: u64,
    /// Events, newest first.
    events: Vec<String>,
    is_over: bool,
}

impl Update {
    pub(super) fn after(last: u64, latest: usize) -> Self {
        Update { last, left: latest, newest: None, seen: u64::MAX, events: Vec::new(), is_over: false }
    }

    /// Before which number the journal is to be read on, if it is.
    pub(super) fn wants(&self) -> Option<u64> {
        (!self.is_over).then_some(self.seen)
    }

    /// The page before that number. An empty one is the journal's end.
    pub(super) fn look_at(&mut self, page: &[Arc<Capture>], filter: &Filter) {
        let last = self.last;
        for capture in page.iter().take_while(|capture| capture.number > last) {
            if self.left == 0 {
                return self.end("skip");
            }
            self.lost_above(capture.number);
            self.newest.get_or_insert(capture.number);
            self.seen = capture.number;
            if matches(filter, capture) {
                self.left -= 1;
                self.events.push(told(capture));
            }
        }
        if page.last().is_none_or(|capture| capture.number <= last.saturating_add(1)) {
            self.end("gap");
        }
    }

    /// The number up to which everything is told, passed over or lost.
    pub(super) fn newest(&self) -> u64 {
        self.newest.unwrap_or(self.last)
    }

    /// The oldest first.
    pub(super) fn events(self) -> String {
        self.events.into_iter().rev().collect()
    }

    /// Numbers between this one and those that were seen are kept no more.
    fn lost_above(&mut self, number: u64) {
        if self.newest.is_some() && self.seen > number + 1 {
            self.events.push(missing("gap", number + 1, self.seen - 1));
        }
    }

    /// What was not seen is told in one word.
    fn end(&mut self, kind: &str) {
        self.is_over = true;
        let next = self.last.saturating_add(1);
        if self.newest.is_some() && self.seen > next {
            self.events.push(missing(kind, next, self.seen - 1));
        }
    }
}
