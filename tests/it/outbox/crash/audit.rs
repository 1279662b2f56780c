//! Whether what was seen of the deliveries is what was promised.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chatislav_dispatcher::outbox::{Record, State};

use super::end_of;
use super::facts::{Arrived, Seen};

/// What was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Broken {
    /// It has not ended as it had to, or not once.
    Lost,
    /// It was sent before it was due.
    Early,
    /// It was sent after its end.
    AfterEnd,
    /// It was sent again, and nobody said so.
    Unmarked,
    /// Outbox and receiver tell two stories.
    Untrue,
}

/// What came of an audit.
#[derive(Debug, Default)]
pub(super) struct Audit {
    pub(super) deliveries: usize,
    pub(super) delivered: usize,
    /// How many requests came, whole.
    pub(super) requests: usize,
    /// How many came in part.
    pub(super) parts: usize,
    /// How many of the whole ones were the same attempt once more.
    pub(super) twice: usize,
    /// How many sends the outbox has recorded as interrupted.
    pub(super) interrupted: usize,
    pub(super) broken: BTreeMap<Broken, Vec<String>>,
}

impl Audit {
    pub(super) fn of(all: &[Seen], delays: &[Duration]) -> Self {
        let mut audit = Audit { deliveries: all.len(), ..Audit::default() };
        all.iter().for_each(|seen| audit.delivery(seen, delays));
        audit
    }

    pub(super) fn count(&self, broken: Broken) -> usize {
        self.broken.get(&broken).map_or(0, Vec::len)
    }

    /// Says which sentence is not true, where it is not.
    fn holds(&mut self, is_true: bool, broken: Broken, seen: &Seen, what: fmt::Arguments<'_>) {
        if !is_true {
            let line = format!("{broken:?}: delivery {}: {what}: {seen:?}", seen.stored.id);
            self.broken.entry(broken).or_default().push(line);
        }
    }

    fn delivery(&mut self, seen: &Seen, delays: &[Duration]) {
        let Seen { stored, records, requests, .. } = seen;
        self.delivered += usize::from(stored.state == State::Delivered);
        self.requests += requests.iter().filter(|request| request.is_whole).count();
        self.parts += requests.iter().filter(|request| !request.is_whole).count();
        self.interrupted += records.iter().filter(|record| is_interrupted(record)).count();
        self.end(seen);
        self.sends(seen, delays);

        let first = records.first().map(|record| record.started);
        let before = requests.iter().filter(|request| first.is_none_or(|first| request.at < first)).count();
        self.holds(before == 0, Broken::Early, seen, format_args!("it came before it was sent"));
        let mut whole: BTreeMap<u32, usize> = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            let until = records.get(index + 1).map(|next| next.started);
            let came: Vec<Arrived> = requests
                .iter()
                .filter(|request| request.at >= record.started && until.is_none_or(|until| request.at < until))
                .copied()
                .collect();
            *whole.entry(record.attempt).or_default() += came.iter().filter(|request| request.is_whole).count();
            self.record(seen, record, &came, index + 1 == records.len());
        }
        self.twice += whole.values().map(|count| count.saturating_sub(1)).sum::<usize>();
    }

    /// It ended once, in the way in which it had to.
    fn end(&mut self, seen: &Seen) {
        let Seen { stored, records, .. } = seen;
        let expected = end_of(&stored.event);
        let has_ended = stored.state == expected && stored.ended.is_some();
        self.holds(has_ended, Broken::Lost, seen, format_args!("it is not {}", expected.name()));
        let ends: Vec<usize> = (0..records.len()).filter(|index| records[*index].decision == expected.name()).collect();
        let ended_once = ends.len() == 1 && ends[0] + 1 == records.len();
        self.holds(ended_once, Broken::Lost, seen, format_args!("its end does not stand once, at the end"));
        let others = ["retry", "interrupted"];
        let are_known = records.iter().rev().skip(1).all(|record| others.contains(&&*record.decision));
        self.holds(are_known, Broken::Lost, seen, format_args!("it has ended in two ways"));
    }

    /// Each send stands in the outbox once, numbered, at its time, and a second one of an attempt is marked.
    fn sends(&mut self, seen: &Seen, delays: &[Duration]) {
        let Seen { stored, records, begun, .. } = seen;
        let counted: Vec<u32> = records.iter().filter(|record| !is_interrupted(record)).map(|r| r.attempt).collect();
        let is_numbered = records.iter().map(|record| record.send).eq(1..=stored.sends)
            && counted.iter().copied().eq(1..=stored.attempts);
        self.holds(is_numbered, Broken::Untrue, seen, format_args!("its records are not numbered"));
        let in_order = begun.windows(2).all(|pair| pair[0].send < pair[1].send);
        self.holds(in_order, Broken::Unmarked, seen, format_args!("a send was begun twice"));
        for one in begun {
            let Some(record) = records.iter().find(|record| record.send == one.send) else {
                self.holds(false, Broken::Unmarked, seen, format_args!("send {} has no record", one.send));
                continue;
            };
            let before = records.iter().find(|record| record.send + 1 == one.send);
            let is_marked = one.is_resent == before.is_some_and(is_interrupted) && one.attempt == record.attempt;
            self.holds(is_marked, Broken::Unmarked, seen, format_args!("send {} does not say what it is", one.send));
            self.holds(record.started >= one.due, Broken::Early, seen, format_args!("send {}", one.send));
            // The delay counts from the end of the attempt before, which was not before its beginning.
            let last = records.iter().rfind(|record| !is_interrupted(record) && record.attempt + 1 == one.attempt);
            if let Some(last) = last {
                let due = last.started + delays[last.attempt as usize - 1];
                self.holds(one.due >= due, Broken::Early, seen, format_args!("send {} is due early", one.send));
            }
        }
        for record in records.iter().filter(|record| !is_interrupted(record)) {
            let was_begun = begun.iter().any(|one| one.send == record.send);
            self.holds(was_begun, Broken::Untrue, seen, format_args!("nobody has begun send {}", record.send));
        }
    }

    /// A record, and what came between its beginning and that of the next one.
    fn record(&mut self, seen: &Seen, record: &Record, came: &[Arrived], is_last: bool) {
        let send = record.send;
        if is_interrupted(record) {
            let once = came.len() <= 1;
            return self.holds(once, Broken::Unmarked, seen, format_args!("interrupted send {send} came twice"));
        }
        let is_final = |status: u16| !(500..600).contains(&status);
        let has_ended = is_last || !came.iter().any(|request| request.status.is_some_and(is_final));
        self.holds(has_ended, Broken::AfterEnd, seen, format_args!("after send {send}, which was the end"));
        let second = came.get(1).map(|_| if is_last { Broken::AfterEnd } else { Broken::Unmarked });
        if let Some(broken) = second {
            self.holds(false, broken, seen, format_args!("send {send} came {} times", came.len()));
        }
        let is_true = came.first().is_some_and(|first| first.is_whole && first.status == record.status);
        self.holds(is_true, Broken::Untrue, seen, format_args!("send {send} is not what came"));
    }
}

pub(super) fn is_interrupted(record: &Record) -> bool {
    record.decision == "interrupted"
}

mod tests;
