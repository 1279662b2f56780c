//! What is heard of the sending: counted, and told where the operator must know.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatislav_dispatcher::Attempt;
use chatislav_dispatcher::engine::{Clock, Kept, Notice};
use chatislav_webhooks::target::Pass;
use chatislav_webhooks::{Outcome, Profile, Step, Target};
use indicatif::ProgressBar;

use super::book::Book;
use super::steady::SteadyClock;
use super::tally::Tally;
use crate::guard::{advice, note_blocked, note_pass, reason};
use crate::output::Output;

/// That the outbox cannot be written, among what was told.
const STUCK: &str = "stuck";

/// Everything is behind locks that nobody waits for: one thread hears and shows.
pub(super) struct Watch<'a> {
    tally: Mutex<Tally>,
    book: &'a Book,
    profile: &'a Profile,
    clock: SteadyClock,
    in_flight: Mutex<u64>,
    /// What was told, once for each host or URL.
    told: Mutex<HashSet<(String, &'static str)>>,
    bar: Option<ProgressBar>,
    output: Output,
}

impl<'a> Watch<'a> {
    pub(super) fn new(tally: Tally, book: &'a Book, profile: &'a Profile, clock: SteadyClock, output: Output) -> Self {
        let bar = output.shows_progress().then(crate::tell::waiting_bar);
        Watch {
            tally: Mutex::new(tally),
            book,
            profile,
            clock,
            in_flight: Mutex::default(),
            told: Mutex::default(),
            bar,
            output,
        }
    }

    pub(super) fn hear(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Recovered(_) => {}
            Notice::Sending(_) => *lock(&self.in_flight) += 1,
            Notice::Sent(_) => *lock(&self.in_flight) -= 1,
            Notice::Kept(kept) => self.kept(kept),
            Notice::Fenced(delivery) => lock(&self.tally).fenced(&delivery.endpoint),
            Notice::Stuck(error) => {
                let sentence = format!("{error}; nothing more is sent until it can be");
                self.once(&error.to_string(), STUCK, || self.output.error(&sentence));
            }
            Notice::Unreadable(what) => self.aside(|| self.output.error(what)),
            Notice::GoesOn => {
                lock(&self.told).retain(|(_, what)| *what != STUCK);
                self.aside(|| self.output.note("note: the outbox can be written again"));
            }
        }
    }

    fn kept(&self, kept: &Kept) {
        lock(&self.tally).kept(kept, self.clock.now());
        let target = &kept.delivery.endpoint.target;
        match &kept.attempt {
            Ok(attempt) => self.attempt(target, attempt, kept.step),
            Err(error) => self.once(&target.to_string(), "invalid", || self.output.error(&error.to_string())),
        }
        if !matches!(kept.step, Step::Retry { .. }) {
            self.book.end(kept.delivery.id);
        }
    }

    fn attempt(&self, target: &Target, attempt: &Attempt, step: Step) {
        if let Outcome::Blocked(rule) = attempt.outcome {
            return self.once(&target.host_header(), rule.name(), || {
                note_blocked(target, attempt.blocked_address, self.output);
                self.output.note(&advice(target, rule));
            });
        }
        let pass = attempt.pass.unwrap_or(Pass::Public);
        if pass != Pass::Public {
            self.once(&target.host_header(), reason(pass), || note_pass(target, pass, self.output));
        }
        if step != Step::Delivered {
            self.once(&target.to_string(), "first", || {
                let why = crate::tell::reason(attempt, self.profile);
                self.output.note(&format!("note: the first that {target} did not take: {why}"));
            });
        }
    }

    /// The progress line.
    pub(super) fn show(&self, elapsed: Duration) {
        let Some(bar) = &self.bar else { return };
        let (offered, in_flight) = (self.book.offered(), *lock(&self.in_flight));
        let tally = lock(&self.tally);
        let (delivered, p99) = (tally.all.delivered, tally.all.latency.value_at_quantile(0.99) as f64 / 1e3);
        let rate = delivered as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        bar.set_message(format!(
            "{offered} offered  {delivered} delivered  {in_flight} in flight  {rate:.1}/s  p99 {p99:.1} ms"
        ));
    }

    /// What was counted, and the end of the progress line.
    pub(super) fn end(self) -> Tally {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.tally.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn once(&self, who: &str, what: &'static str, tell: impl FnOnce()) {
        if lock(&self.told).insert((who.to_owned(), what)) {
            self.aside(tell);
        }
    }

    /// Tells something beside the progress line.
    fn aside(&self, tell: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(tell),
            None => tell(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in between can panic and leave it half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
