//! The journal in memory: the newest captures, bounded by count and bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::blocks::Blocks;
use super::{Capture, Limits};

/// Invariant: numbers rise by one from front to back.
#[derive(Debug)]
pub(super) struct Ring {
    captures: VecDeque<Arc<Capture>>,
    blocks: Blocks,
    bytes: usize,
    limits: Limits,
    next: u64,
}

impl Ring {
    pub(super) fn new(limits: Limits) -> Self {
        Ring { captures: VecDeque::new(), blocks: Blocks::default(), bytes: 0, limits, next: 1 }
    }

    /// Gives it its number and keeps it, unless it alone is over the limit.
    pub(super) fn push(&mut self, mut capture: Arc<Capture>) -> Arc<Capture> {
        let Capture { number, head, body, .. } = Arc::make_mut(&mut capture);
        *number = self.next;
        self.next += 1;
        (*head, *body) = (self.blocks.keep(head), self.blocks.keep(body));
        self.bytes += capture.size();
        self.captures.push_back(Arc::clone(&capture));
        while self.captures.len() > self.limits.count || self.bytes > self.limits.bytes {
            let Some(oldest) = self.captures.pop_front() else { break };
            self.bytes -= oldest.size();
        }
        capture
    }

    pub(super) fn get(&self, number: u64) -> Option<Arc<Capture>> {
        let first = self.captures.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.captures.get(index).cloned()
    }

    /// Those after a number, oldest first.
    pub(super) fn after(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let start = self.captures.partition_point(|capture| capture.number <= number);
        self.captures.iter().skip(start).take(limit).cloned().collect()
    }

    /// Those before a number, newest first.
    pub(super) fn before(&self, number: u64, limit: usize) -> Vec<Arc<Capture>> {
        let end = self.captures.partition_point(|capture| capture.number < number);
        self.captures.iter().take(end).rev().take(limit).cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.captures.clear();
        self.blocks = Blocks::default();
        self.bytes = 0;
    }

    /// How many were made, and how many of them are no more here.
    pub(super) fn counts(&self) -> (u64, u64) {
        let made = self.next - 1;
        (made, made - self.captures.len() as u64)
    }
}
