//! What the outbox in memory holds, and what is done with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use chatislav_webhooks::{DeliveryKey, Step};

use crate::outbox::delivery::{instant, micros};
use crate::outbox::turns::{EndpointId, Lane, Pick, Taken, Turns};
use crate::outbox::{
    ClaimRules, Claimed, Claims, DeliveryId, ENOUGH, Endpoint, Import, Lease, NewDelivery, OutboxError, Query, Record,
    Settlement, State, Stored,
};

#[derive(Default)]
pub(super) struct Inner {
    pub(super) rows: BTreeMap<DeliveryId, Row>,
    endpoints: Vec<Seat>,
    turns: Turns,
    newest: u64,
    pub(super) lease: Lease,
    pub(super) imports: HashMap<String, Import>,
}

/// What waits of an endpoint.
struct Seat {
    endpoint: Arc<Endpoint>,
    fresh: BTreeSet<DeliveryId>,
    retries: BTreeSet<(i64, DeliveryId)>,
}

pub(super) struct Row {
    endpoint: EndpointId,
    pub(super) body: Bytes,
    signature: Option<String>,
    event: String,
    key: DeliveryKey,
    pub(super) state: State,
    attempts: u32,
    pub(super) sends: u32,
    at: i64,
    pub(super) due: i64,
    pub(super) ended: Option<i64>,
    /// The lease, and since when.
    lease: Option<(Lease, i64)>,
    /// Whether it was lent to somebody who is gone.
    is_in_doubt: bool,
    pub(super) records: Vec<Record>,
}

impl Inner {
    pub(super) fn enqueue(
        &mut self,
        deliveries: Vec<NewDelivery>,
        import: Option<Import>,
    ) -> Result<Vec<DeliveryId>, OutboxError> {
        if let Some(import) = import {
            let stands = self.imports.get(&import.name).map_or(0, |before| before.lines);
            if stands != import.lines_before {
                return Err(OutboxError::import_moved(&import.name));
            }
            self.imports.insert(import.name.clone(), import);
        }
        Ok(deliveries.into_iter().map(|delivery| self.add(delivery)).collect())
    }

    fn add(&mut self, delivery: NewDelivery) -> DeliveryId {
        self.newest += 1;
        let id = DeliveryId(self.newest);
        let at = micros(delivery.at);
        let key = DeliveryKey::of(&delivery.body);
        let NewDelivery { endpoint, body, signature, event, .. } = delivery;
        let endpoint = self.endpoint(endpoint);
        let row = Row {
            endpoint,
            body,
            signature,
            event,
            key,
            state: State::Waiting,
            attempts: 0,
            sends: 0,
            at,
            due: at,
            ended: None,
            lease: None,
            is_in_doubt: false,
            records: Vec::new(),
        };
        self.rows.insert(id, row);
        self.wait(id, at);
        id
    }

    fn endpoint(&mut self, endpoint: Arc<Endpoint>) -> EndpointId {
        let found = self.endpoints.iter().position(|seat| seat.endpoint == endpoint);
        let index = found.unwrap_or_else(|| {
            self.endpoints.push(Seat { endpoint, fresh: BTreeSet::new(), retries: BTreeSet::new() });
            self.endpoints.len() - 1
        });
        EndpointId::try_from(index).unwrap_or(EndpointId::MAX)
    }

    fn seat(&mut self, endpoint: EndpointId) -> Option<&mut Seat> {
        self.endpoints.get_mut(usize::try_from(endpoint).ok()?)
    }

    /// Puts a delivery where it waits, and gives up its lease if it had one.
    pub(super) fn wait(&mut self, id: DeliveryId, due: i64) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let was_lent = row.lease.take().is_some();
        (row.state, row.due, row.ended) = (State::Waiting, due, None);
        let (endpoint, is_fresh) = (row.endpoint, row.attempts == 0);
        if was_lent {
            self.turns.is_back(endpoint);
        }
        let Some(seat) = self.seat(endpoint) else { return };
        if is_fresh {
            seat.fresh.insert(id);
            self.turns.due(endpoint, Lane::Fresh, i64::MIN);
        } else {
            seat.retries.insert((due, id));
            self.turns.due(endpoint, Lane::Retries, due);
        }
    }

    pub(super) fn claim(&mut self, now: i64, rules: ClaimRules, limit: usize) -> Claims {
        let mut turns = std::mem::take(&mut self.turns);
        let (mut deliveries, mut bytes) = (Vec::<Claimed>::new(), 0);
        let taken: Result<(), std::convert::Infallible> = turns.claim(now, &rules, limit, |endpoint, pick, most| {
            let mut count = 0;
            while count < most
                && bytes < ENOUGH
                && let Some(id) = self.pick(endpoint, pick, now)
            {
                deliveries.extend(self.lend(id, now));
                bytes += deliveries.last().map_or(0, |claimed| claimed.body.len());
                count += 1;
            }
            Ok(Taken { count, next: self.next(endpoint, pick), is_enough: bytes >= ENOUGH })
        });
        let Ok(()) = taken;
        self.turns = turns;
        let is_full = deliveries.len() >= limit || bytes >= ENOUGH;
        Claims { deliveries, next: self.turns.next().map(instant), is_full, unreadable: Vec::new() }
    }

    /// Takes one from where it waits.
    fn pick(&mut self, endpoint: EndpointId, pick: Pick, now: i64) -> Option<DeliveryId> {
        let seat = self.seat(endpoint)?;
        let due = |seat: &Seat| seat.retries.first().copied().filter(|(due, _)| *due <= now);
        match pick {
            Pick::Fresh => seat.fresh.pop_first(),
            Pick::Retries => {
                let (at, id) = due(seat)?;
                seat.retries.remove(&(at, id));
                Some(id)
            }
            Pick::Oldest => {
                let retry = seat.retries.iter().min_by_key(|(_, id)| *id).copied();
                match (seat.fresh.first().copied(), retry) {
                    (Some(fresh), None) => seat.fresh.take(&fresh),
                    (Some(fresh), Some((_, id))) if fresh < id => seat.fresh.take(&fresh),
                    (_, Some((at, id))) if at <= now => {
                        seat.retries.remove(&(at, id));
                        Some(id)
                    }
                    _ => None,
                }
            }
        }
    }

    /// When there is another one to pick.
    fn next(&mut self, endpoint: EndpointId, pick: Pick) -> Option<i64> {
        let seat = self.seat(endpoint)?;
        let fresh = seat.fresh.first().copied();
        match pick {
            Pick::Fresh => fresh.map(|_| i64::MIN),
            Pick::Retries => seat.retries.first().map(|(due, _)| *due),
            Pick::Oldest => match (fresh, seat.retries.iter().min_by_key(|(_, id)| *id)) {
                (Some(fresh), Some((due, id))) => Some(if fresh < *id { i64::MIN } else { *due }),
                (Some(_), None) => Some(i64::MIN),
                (None, oldest) => oldest.map(|(due, _)| *due),
            },
        }
    }

    fn lend(&mut self, id: DeliveryId, now: i64) -> Option<Claimed> {
        let lease = self.lease.next();
        let row = self.rows.get_mut(&id)?;
        let endpoint =
            self.endpoints.get(usize::try_from(row.endpoint).ok()?).map(|seat| Arc::clone(&seat.endpoint))?;
        row.state = State::Leased;
        row.sends += 1;
        row.lease = Some((lease, now));
        Some(Claimed {
            id,
            lease,
            endpoint,
            body: row.body.clone(),
            signature: row.signature.clone(),
            key: row.key,
            attempts: row.attempts,
            send: row.sends,
            is_resent: row.is_in_doubt,
            due: instant(row.due),
        })
    }

    pub(super) fn leased(&mut self, id: DeliveryId, lease: Lease) -> Result<&mut Row, OutboxError> {
        let row = self.rows.get_mut(&id).filter(|row| row.lease.is_some_and(|(in_force, _)| in_force == lease));
        row.ok_or_else(OutboxError::fenced)
    }

    pub(super) fn settle(&mut self, settlement: Settlement) -> Result<(), OutboxError> {
        let Settlement { id, lease, record, step, at } = settlement;
        let row = self.leased(id, lease)?;
        (row.attempts, row.is_in_doubt) = (record.attempt, false);
        row.records.push(record);
        if let Step::Retry { at, .. } = step {
            self.wait(id, micros(at));
        } else {
            (row.state, row.ended, row.lease) = (State::after(step), Some(micros(at)), None);
            let endpoint = row.endpoint;
            self.turns.is_back(endpoint);
        }
        Ok(())
    }

    pub(super) fn recover(&mut self) -> u64 {
        let run = self.lease;
        let gone = self.rows.iter().filter_map(|(id, row)| {
            let (lease, since) = row.lease?;
            (!lease.is_of_run(run)).then_some((*id, since))
        });
        let gone: Vec<(DeliveryId, i64)> = gone.collect();
        for (id, since) in &gone {
            if let Some(row) = self.rows.get_mut(id) {
                row.records.push(Record::interrupted(row.attempts + 1, row.sends, instant(*since)));
                row.is_in_doubt = true;
                let due = row.due;
                self.wait(*id, due);
            }
        }
        gone.len() as u64
    }

    pub(super) fn retry(&mut self, id: DeliveryId, now: i64) -> Result<(), OutboxError> {
        let row = self.rows.get_mut(&id).ok_or_else(|| OutboxError::absent(id))?;
        match row.state {
            State::Leased | State::Delivered => return Err(OutboxError::refused(id, row.state, "sent again")),
            State::Waiting => {
                let (endpoint, due) = (row.endpoint, row.due);
                if let Some(seat) = self.seat(endpoint) {
                    seat.retries.remove(&(due, id));
                }
            }
            State::Failed | State::Exhausted | State::Blocked | State::Cancelled => row.attempts = 0,
        }
        self.wait(id, now);
        Ok(())
    }

    pub(super) fn cancel(&mut self, id: DeliveryId, now: i64) -> Result<(), OutboxError> {
        let row = self.rows.get_mut(&id).ok_or_else(|| OutboxError::absent(id))?;
        if row.state != State::Waiting {
            return Err(OutboxError::refused(id, row.state, "cancelled"));
        }
        (row.state, row.ended) = (State::Cancelled, Some(now));
        let (endpoint, due) = (row.endpoint, row.due);
        if let Some(seat) = self.seat(endpoint) {
            seat.fresh.remove(&id);
            seat.retries.remove(&(due, id));
            let (fresh, retry) = (seat.fresh.first().map(|_| i64::MIN), seat.retries.first().map(|(due, _)| *due));
            self.turns.stands(endpoint, Lane::Fresh, fresh);
            self.turns.stands(endpoint, Lane::Retries, retry);
        }
        Ok(())
    }

    pub(super) fn list(&self, query: &Query) -> Vec<Stored> {
        let rows = self.rows.iter().rev().filter_map(|(id, row)| {
            let seat = self.endpoints.get(usize::try_from(row.endpoint).ok()?)?;
            let Row { key, ref event, state, attempts, sends, at, due, ended, .. } = *row;
            let url = seat.endpoint.target.to_string();
            let (at, due, ended) = (instant(at), instant(due), ended.map(instant));
            Some(Stored { id: *id, key, event: event.clone(), url, state, attempts, sends, at, due, ended })
        });
        rows.filter(|row| query.holds(row)).take(query.limit).collect()
    }
}
