//! Whose turn it is: endpoints share the senders, whatever each of them has waiting.
//!
//! Nothing here grows with what waits. An endpoint stands in the queue of a lane while it has work
//! that is due, among the timers while it has work that will be, and nowhere while it has none or is
//! at its cap. Each turn takes a few deliveries of one endpoint and puts it behind the others.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::ClaimRules;

/// A sender that comes late may make up for so many microseconds of a rate at once.
const CATCH_UP: f64 = 10_000.0;
/// What is due and cannot be taken is looked for again after so many microseconds.
const LATER: i64 = 1_000_000;
/// A clock that goes back by more microseconds was set.
const SET_BACK: i64 = 1_000_000;

/// The number of an endpoint in its outbox.
pub(super) type EndpointId = i64;

/// Fresh work goes before retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Lane {
    Fresh,
    Retries,
}

/// What is to be taken in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// Of the fresh ones, in their order.
    Fresh,
    /// Of the retries, the longest due first.
    Retries,
    /// The oldest of all, fresh or not.
    Oldest,
}

/// What a turn has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) count: u32,
    /// When there is more of the same to take, in microseconds.
    pub(super) next: Option<i64>,
    /// Whether nobody is to take any more for now.
    pub(super) is_enough: bool,
}

/// Where an endpoint stands in a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Queued,
    At(i64),
    /// It has work, and is at its cap.
    Capped,
}

#[derive(Debug, Default)]
struct Seat {
    fresh: Place,
    retries: Place,
    lent: u32,
    /// When the next one may be lent by the rate, in microseconds: the theoretical arrival time of GCRA.
    allowed: i64,
}

impl Seat {
    fn place(&mut self, lane: Lane) -> &mut Place {
        match lane {
            Lane::Fresh => &mut self.fresh,
            Lane::Retries => &mut self.retries,
        }
    }
}

/// The turns of all endpoints.
#[derive(Debug, Default)]
pub(super) struct Turns {
    seats: HashMap<EndpointId, Seat>,
    fresh: VecDeque<EndpointId>,
    retries: VecDeque<EndpointId>,
    timers: BTreeSet<(i64, EndpointId, Lane)>,
    /// What time it was last.
    seen: i64,
}

impl Turns {
    /// There is work of this endpoint, due at this instant.
    pub(super) fn due(&mut self, endpoint: EndpointId, lane: Lane, at: i64) {
        let place = *self.seats.entry(endpoint).or_default().place(lane);
        match place {
            Place::Queued | Place::Capped => {}
            Place::At(before) if before <= at => {}
            Place::At(_) | Place::Nowhere => self.put(endpoint, lane, Place::At(at)),
        }
    }

    /// When the work of this endpoint is due, asked anew: there may be less of it than was thought.
    pub(super) fn stands(&mut self, endpoint: EndpointId, lane: Lane, at: Option<i64>) {
        match (*self.seats.entry(endpoint).or_default().place(lane), at) {
            // The next turn finds out.
            (Place::Queued | Place::Capped, _) => {}
            (_, None) => self.put(endpoint, lane, Place::Nowhere),
            (_, Some(at)) => self.put(endpoint, lane, Place::At(at)),
        }
    }

    /// So many of an endpoint are lent, by somebody before.
    pub(super) fn lent(&mut self, endpoint: EndpointId, count: u32) {
        self.seats.entry(endpoint).or_default().lent += count;
    }

    /// One that was lent is back.
    pub(super) fn is_back(&mut self, endpoint: EndpointId) {
        let seat = self.seats.entry(endpoint).or_default();
        seat.lent = seat.lent.saturating_sub(1);
        for lane in [Lane::Fresh, Lane::Retries] {
            if self.seats.get_mut(&endpoint).is_some_and(|seat| *seat.place(lane) == Place::Capped) {
                self.put(endpoint, lane, Place::Queued);
            }
        }
    }

    /// When somebody's turn comes by time alone.
    pub(super) fn next(&self) -> Option<i64> {
        self.timers.first().map(|(at, ..)| *at)
    }

    /// Gives turns until `limit` deliveries are taken or nobody has one that is due. `take` takes at most so many
    /// of an endpoint.
    pub(super) fn claim<E>(
        &mut self,
        now: i64,
        rules: &ClaimRules,
        limit: usize,
        mut take: impl FnMut(EndpointId, Pick, u32) -> Result<Taken, E>,
    ) -> Result<(), E> {
        self.call(now);
        let mut left = u32::try_from(limit).unwrap_or(u32::MAX);
        for lane in [Lane::Fresh, Lane::Retries] {
            // A round gives each that stands there now an equal share.
            let (mut round, mut share) = (0, 0);
            while left > 0
                && let Some(endpoint) = self.queue(lane).pop_front()
            {
                if round == 0 {
                    round = u32::try_from(self.queue(lane).len()).unwrap_or(u32::MAX).saturating_add(1);
                    share = left.div_ceil(round);
                }
                round -= 1;
                let taken = self.turn(endpoint, lane, now, rules, share.min(left), &mut take)?;
                left = if taken.is_enough { 0 } else { left - taken.count };
            }
        }
        Ok(())
    }

    /// One turn, which leaves the endpoint in the place where it belongs then.
    fn turn<E>(
        &mut self,
        endpoint: EndpointId,
        lane: Lane,
        now: i64,
        rules: &ClaimRules,
        share: u32,
        take: &mut impl FnMut(EndpointId, Pick, u32) -> Result<Taken, E>,
    ) -> Result<Taken, E> {
        let seat = self.seats.entry(endpoint).or_default();
        *seat.place(lane) = Place::Nowhere;
        let cap = if rules.ordered { 1 } else { rules.per_endpoint.get() };
        let room = cap.saturating_sub(seat.lent);
        if room == 0 {
            *seat.place(lane) = Place::Capped;
            return Ok(Taken::default());
        }
        let allowed = seat.allowance(now, rules.rate);
        let Some(allowed) = allowed else {
            let at = seat.allowed;
            self.put(endpoint, lane, Place::At(at));
            return Ok(Taken::default());
        };
        let pick = match (rules.ordered, lane) {
            (true, _) => Pick::Oldest,
            (false, Lane::Fresh) => Pick::Fresh,
            (false, Lane::Retries) => Pick::Retries,
        };
        let taken = take(endpoint, pick, share.min(room).min(allowed))?;
        seat.lent += taken.count;
        seat.spend(taken.count, now, rules.rate);
        match taken.next {
            None => {}
            Some(at) if at > now => self.put(endpoint, lane, Place::At(at)),
            Some(_) if taken.count > 0 => self.put(endpoint, lane, Place::Queued),
            // It is due and was not there to take, as a delivery whose body is gone: not at once again.
            Some(_) => self.put(endpoint, lane, Place::At(now.saturating_add(LATER))),
        }
        Ok(taken)
    }

    /// Lets those into the queues whose time has come; all of them after the clock was set back, since
    /// then nobody knows which of them wait for what.
    fn call(&mut self, now: i64) {
        let until = if now < self.seen.saturating_sub(SET_BACK) {
            self.seats.values_mut().for_each(|seat| seat.allowed = seat.allowed.min(now));
            i64::MAX
        } else {
            now
        };
        self.seen = now;
        while let Some((_, endpoint, lane)) = self.timers.first().copied().filter(|(at, ..)| *at <= until) {
            self.put(endpoint, lane, Place::Queued);
        }
    }

    fn put(&mut self, endpoint: EndpointId, lane: Lane, to: Place) {
        let place = self.seats.entry(endpoint).or_default().place(lane);
        let from = std::mem::replace(place, to);
        if let Place::At(at) = from {
            self.timers.remove(&(at, endpoint, lane));
        }
        match to {
            Place::At(at) => {
                self.timers.insert((at, endpoint, lane));
            }
            Place::Queued => self.queue(lane).push_back(endpoint),
            Place::Nowhere | Place::Capped => {}
        }
    }

    fn queue(&mut self, lane: Lane) -> &mut VecDeque<EndpointId> {
        match lane {
            Lane::Fresh => &mut self.fresh,
            Lane::Retries => &mut self.retries,
        }
    }
}

impl Seat {
    /// How many may be lent now by the rate; `None` for not even one, and then `allowed` says when.
    fn allowance(&self, now: i64, rate: Option<f64>) -> Option<u32> {
        let Some(interval) = interval(rate) else { return Some(u32::MAX) };
        if self.allowed > now {
            return None;
        }
        Some(((self.behind(now) / interval) as u32).saturating_add(1))
    }

    fn spend(&mut self, count: u32, now: i64, rate: Option<f64>) {
        if let Some(interval) = interval(rate) {
            let from = (now as f64) - self.behind(now);
            self.allowed = (from + interval * f64::from(count)).ceil() as i64;
        }
    }

    /// By how many microseconds the sender is late; who comes long after had nothing to send.
    fn behind(&self, now: i64) -> f64 {
        let behind = (now as f64) - (self.allowed as f64);
        if behind <= CATCH_UP { behind } else { 0.0 }
    }
}

fn interval(rate: Option<f64>) -> Option<f64> {
    rate.filter(|rate| *rate > 0.0).map(|rate| 1e6 / rate)
}

#[cfg(test)]
mod tests;
