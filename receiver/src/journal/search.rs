//! Finding captures by a filter. Like the journal itself it may read a file, and block meanwhile.

use std::sync::Arc;

use chatislav_webhooks::filter::{Closest, Facts, Filter};

use super::{Capture, Journal};
use crate::log::request_line;

/// How many captures are looked at together: with their bodies they may be large.
const PAGE: usize = 32;

/// Captures that a filter lets through.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Each as the log has it.
    pub lines: Vec<String>,
    /// What to go on before, if there may be more.
    pub next: Option<u64>,
}

/// The newest captures before a number that a filter lets through.
pub fn search(journal: &Journal, filter: &Filter, before: u64, limit: usize) -> Found {
    let mut found = Found::default();
    let mut before = before;
    loop {
        let page = journal.before(before, PAGE);
        for capture in &page {
            before = capture.number;
            if matches(filter, capture) {
                found.lines.push(request_line(capture).trim_end().to_owned());
                if found.lines.len() >= limit {
                    found.next = Some(before);
                    return found;
                }
            }
        }
        if page.len() < PAGE {
            return found;
        }
    }
}

/// How many captures after a number a filter lets through, and what came closest of the others.
pub fn closest(journal: &Journal, filter: &Filter, after: u64) -> (u64, Closest) {
    let (mut matched, mut closest) = (0, Closest::default());
    each_after(journal, after, |capture| {
        with_facts(capture, |facts| {
            if filter.matches(facts) {
                matched += 1;
            } else {
                closest.consider(filter, facts);
            }
        });
    });
    (matched, closest)
}

/// Shows every capture after a number, oldest first.
pub(crate) fn each_after(journal: &Journal, after: u64, mut see: impl FnMut(&Arc<Capture>)) {
    for capture in pages(journal, after).flatten() {
        see(&capture);
    }
}

/// The captures that a filter lets through, oldest first.
pub fn kept<'a>(journal: &'a Journal, filter: &'a Filter) -> impl Iterator<Item = Arc<Capture>> + 'a {
    pages(journal, 0).flatten().filter(|capture| matches(filter, capture))
}

fn pages(journal: &Journal, after: u64) -> impl Iterator<Item = Vec<Arc<Capture>>> + '_ {
    let mut last = after;
    std::iter::from_fn(move || {
        let page = journal.after(last, PAGE);
        last = page.last()?.number;
        Some(page)
    })
}

/// Whether a filter lets a capture through.
pub fn matches(filter: &Filter, capture: &Capture) -> bool {
    filter.is_empty() || with_facts(capture, |facts| filter.matches(facts))
}

fn with_facts<T>(capture: &Capture, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    let id = capture.id();
    let (method, target) = capture.method_and_target();
    let headers: Vec<_> = capture.headers().collect();
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (name.as_ref(), *value)).collect();
    ask(&Facts {
        id: &id,
        method: &method,
        target: &target,
        event: &capture.event,
        verdict: &capture.verdict,
        status: capture.status(),
        delivery: capture.delivery,
        attempt: capture.attempt,
        secret: capture.secret,
        step: capture.step,
        end: capture.end.name(),
        duration: capture.duration,
        headers: &headers,
        body: &capture.body,
    })
}
