//! What is lent and taken back, within a transaction.

use std::sync::Arc;

use bytes::Bytes;
use chatislav_webhooks::{Phase, Step};
use rusqlite::{OptionalExtension, Row, params};

use super::queue::Stop;
use super::tables::{Tables, integer, length};
use crate::outbox::delivery::{instant, micros};
use crate::outbox::turns::{EndpointId, Lane, Pick, Taken, Turns};
use crate::outbox::{
    ClaimRules, Claimed, Claims, DeliveryId, ENOUGH, Endpoint, Lease, OutboxError, Record, Settlement, State,
};

/// What a claim has lent so far.
struct Lent {
    now: i64,
    /// The one given last.
    lease: Lease,
    deliveries: Vec<Claimed>,
    bytes: usize,
}

impl Lent {
    fn is_enough(&self) -> bool {
        self.bytes >= ENOUGH
    }
}

impl Tables {
    pub(super) fn claim(&mut self, now: i64, rules: &ClaimRules, limit: usize) -> Result<Claims, Stop> {
        let Some(lease) = self.lease else { return Err(Stop::Refused(OutboxError::not_owner())) };
        let mut turns = match self.turns.take() {
            Some(turns) => turns,
            None => self.turns_of_the_file()?,
        };
        let mut lent = Lent { now, lease, deliveries: Vec::new(), bytes: 0 };
        let mut unreadable = Vec::new();
        turns.claim(now, rules, limit, |endpoint, pick, most| {
            let to = match self.endpoint(endpoint) {
                Ok(to) => to,
                // It is the row that is wrong, and the others go on.
                Err(error @ rusqlite::Error::FromSqlConversionFailure(..)) => {
                    unreadable.extend(self.cannot_read(endpoint, &error));
                    return Ok(Taken::default());
                }
                Err(error) => return Err(error),
            };
            let before = lent.deliveries.len();
            self.pick(endpoint, &to, pick, most, &mut lent)?;
            let count = u32::try_from(lent.deliveries.len() - before).unwrap_or(u32::MAX);
            Ok(Taken { count, next: self.next(endpoint, pick)?, is_enough: lent.is_enough() })
        })?;
        let next = turns.next().map(instant);
        (self.turns, self.lease) = (Some(turns), Some(lent.lease));
        let is_full = lent.deliveries.len() >= limit || lent.is_enough();
        Ok(Claims { deliveries: lent.deliveries, next, is_full, unreadable })
    }

    /// Lends at most so many of an endpoint.
    fn pick(
        &self,
        endpoint: EndpointId,
        to: &Arc<Endpoint>,
        pick: Pick,
        most: u32,
        lent: &mut Lent,
    ) -> Result<(), rusqlite::Error> {
        macro_rules! waiting {
            ($rest:literal) => {
                concat!(
                    "SELECT id, attempts, sends, in_doubt, due_us, key, signature, body FROM deliveries \
                     JOIN payloads ON delivery = id WHERE endpoint = ?1 AND state = 'waiting' AND ",
                    $rest
                )
            };
        }
        let now = lent.now;
        let sql = match pick {
            Pick::Fresh => waiting!("attempts = 0 AND ?3 IS NOT NULL ORDER BY id LIMIT ?2"),
            Pick::Retries => waiting!("attempts > 0 AND due_us <= ?3 ORDER BY due_us LIMIT ?2"),
            Pick::Oldest => match self.oldest(endpoint)? {
                Some((id, is_fresh, due)) if is_fresh || due <= now => {
                    let sql = waiting!("id = ?2 AND ?3 IS NOT NULL");
                    return self.lend(sql, params![endpoint, id, now], to, lent);
                }
                _ => return Ok(()),
            },
        };
        self.lend(sql, params![endpoint, most, now], to, lent)
    }

    fn lend(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        to: &Arc<Endpoint>,
        lent: &mut Lent,
    ) -> Result<(), rusqlite::Error> {
        let first = lent.deliveries.len();
        let mut select = self.prepare(sql)?;
        let mut rows = select.query(values)?;
        while !lent.is_enough()
            && let Some(row) = rows.next()?
        {
            let claimed = claimed(row, lent.lease.next(), to)?;
            lent.bytes += claimed.body.len();
            lent.deliveries.push(claimed);
        }
        drop(rows);
        let sql = "UPDATE deliveries SET state = 'leased', sends = ?2, lease = ?3, lent_us = ?4 WHERE id = ?1";
        let mut update = self.prepare(sql)?;
        for claimed in lent.deliveries.iter().skip(first) {
            update.execute(params![integer(claimed.id.0), claimed.send, integer(claimed.lease.0), lent.now])?;
        }
        Ok(())
    }

    /// When there is another one to pick.
    fn next(&self, endpoint: EndpointId, pick: Pick) -> Result<Option<i64>, rusqlite::Error> {
        match pick {
            Pick::Fresh => Ok(self.oldest_fresh(endpoint)?.map(|_| i64::MIN)),
            Pick::Retries => self.next_retry(endpoint),
            Pick::Oldest => Ok(self.oldest(endpoint)?.map(|(_, is_fresh, due)| if is_fresh { i64::MIN } else { due })),
        }
    }

    fn next_retry(&self, endpoint: EndpointId) -> Result<Option<i64>, rusqlite::Error> {
        let sql = "SELECT due_us FROM deliveries WHERE endpoint = ?1 AND state = 'waiting' AND attempts > 0 \
                   ORDER BY due_us LIMIT 1";
        self.prepare(sql)?.query_row([endpoint], |row| row.get(0)).optional()
    }

    fn oldest_fresh(&self, endpoint: EndpointId) -> Result<Option<i64>, rusqlite::Error> {
        let sql = "SELECT id FROM deliveries WHERE endpoint = ?1 AND state = 'waiting' AND attempts = 0 \
                   ORDER BY id LIMIT 1";
        self.prepare(sql)?.query_row([endpoint], |row| row.get(0)).optional()
    }

    /// Of all that wait: its id, whether it is fresh, when it is due.
    fn oldest(&self, endpoint: EndpointId) -> Result<Option<(i64, bool, i64)>, rusqlite::Error> {
        let sql = "SELECT id, due_us FROM deliveries INDEXED BY retries_in_order \
                   WHERE endpoint = ?1 AND state = 'waiting' AND attempts > 0 ORDER BY id LIMIT 1";
        let retry = self.prepare(sql)?.query_row([endpoint], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(match (self.oldest_fresh(endpoint)?, retry) {
            (Some(fresh), Some((id, due))) if id < fresh => Some((id, false, due)),
            (Some(fresh), _) => Some((fresh, true, i64::MIN)),
            (None, Some((id, due))) => Some((id, false, due)),
            (None, None) => None,
        })
    }

    pub(super) fn settle(&mut self, settlement: &Settlement) -> Result<(), Stop> {
        let Settlement { id, lease, record, step, at } = settlement;
        let (due, ended) = match step {
            Step::Retry { at, .. } => (Some(micros(*at)), None),
            _ => (None, Some(micros(*at))),
        };
        let sql = "UPDATE deliveries SET state = ?3, attempts = ?4, due_us = ifnull(?5, due_us), ended_us = ?6, \
                   in_doubt = 0, lease = NULL, lent_us = NULL WHERE id = ?1 AND lease = ?2 RETURNING endpoint";
        let state = State::after(*step).name();
        let row = params![integer(id.0), integer(lease.0), state, record.attempt, due, ended];
        let endpoint = self.prepare(sql)?.query_row(row, |row| row.get(0)).optional()?;
        let endpoint = endpoint.ok_or_else(|| Stop::Refused(OutboxError::fenced()))?;
        self.keep_record(*id, record)?;
        self.is_back(endpoint, due.map(|due| (Lane::Retries, due)));
        Ok(())
    }

    pub(super) fn give_back(&mut self, id: DeliveryId, lease: Lease) -> Result<(), Stop> {
        let sql = "UPDATE deliveries SET state = 'waiting', sends = sends - 1, lease = NULL, lent_us = NULL \
                   WHERE id = ?1 AND lease = ?2 RETURNING endpoint, attempts, due_us";
        let row = params![integer(id.0), integer(lease.0)];
        let found = self.prepare(sql)?.query_row(row, |row| {
            let lane = if row.get::<_, u32>(1)? == 0 { Lane::Fresh } else { Lane::Retries };
            Ok((row.get(0)?, (lane, row.get(2)?)))
        });
        let (endpoint, waits) = found.optional()?.ok_or_else(|| Stop::Refused(OutboxError::fenced()))?;
        self.is_back(endpoint, Some(waits));
        Ok(())
    }

    fn is_back(&mut self, endpoint: EndpointId, waits: Option<(Lane, i64)>) {
        if let Some(turns) = &mut self.turns {
            turns.is_back(endpoint);
            if let Some((lane, due)) = waits {
                turns.due(endpoint, lane, due);
            }
        }
    }

    fn keep_record(&self, id: DeliveryId, record: &Record) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO attempts (delivery, send, attempt, started_us, duration_us, status, phase, error, \
                   phases, profile, decision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let Record { attempt, send, started, duration, status, phase, error, phases, profile, decision } = record;
        let duration = duration.map(length);
        let phase = phase.map(Phase::name);
        let row = params![
            integer(id.0),
            send,
            attempt,
            micros(*started),
            duration,
            status,
            phase,
            error,
            phases,
            profile,
            decision
        ];
        self.prepare(sql)?.execute(row).map(drop)
    }

    /// Takes back what earlier runs of the owner had lent.
    pub(super) fn recover(&mut self) -> Result<u64, Stop> {
        let run = self.lease.unwrap_or_default();
        let sql = "SELECT id, attempts, sends, lent_us, lease FROM deliveries WHERE state = 'leased'";
        let mut select = self.prepare(sql)?;
        let rows = select.query_map([], |row| {
            let (id, lease) =
                (DeliveryId(row.get::<_, i64>(0)?.unsigned_abs()), Lease(row.get::<_, i64>(4)?.unsigned_abs()));
            Ok((id, lease, Record::interrupted(row.get::<_, u32>(1)? + 1, row.get(2)?, instant(row.get(3)?))))
        })?;
        let lent = rows.collect::<Result<Vec<_>, _>>()?;
        drop(select);
        let sql = "UPDATE deliveries SET state = 'waiting', in_doubt = 1, lease = NULL, lent_us = NULL WHERE id = ?1";
        let mut count = 0;
        for (id, _, record) in lent.iter().filter(|(_, lease, _)| !lease.is_of_run(run)) {
            self.keep_record(*id, record)?;
            self.prepare(sql)?.execute([integer(id.0)])?;
            count += 1;
        }
        self.turns = None;
        Ok(count)
    }

    pub(super) fn turns_of_the_file(&mut self) -> Result<Turns, rusqlite::Error> {
        let mut turns = Turns::default();
        let sql = "SELECT endpoint, count(*) FROM deliveries WHERE state = 'leased' GROUP BY endpoint";
        let mut select = self.prepare(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            turns.lent(row.get(0)?, row.get(1)?);
        }
        drop(rows);
        drop(select);
        self.give_turns(&mut turns)?;
        Ok(turns)
    }

    /// Whatever waits in the file gets its turn.
    pub(super) fn give_turns(&self, turns: &mut Turns) -> Result<(), rusqlite::Error> {
        let mut select = self.prepare("SELECT id FROM endpoints")?;
        let ids = select.query_map([], |row| row.get(0))?.collect::<Result<Vec<EndpointId>, _>>()?;
        ids.into_iter().try_for_each(|id| self.give_turn(turns, id))
    }

    /// Whatever waits of this endpoint gets its turn, and nothing else.
    pub(super) fn give_turn(&self, turns: &mut Turns, endpoint: EndpointId) -> Result<(), rusqlite::Error> {
        let fresh = self.oldest_fresh(endpoint)?.map(|_| i64::MIN);
        turns.stands(endpoint, Lane::Fresh, fresh);
        turns.stands(endpoint, Lane::Retries, self.next_retry(endpoint)?);
        Ok(())
    }
}

/// A row of a claim, lent under this lease.
fn claimed(row: &Row<'_>, lease: Lease, endpoint: &Arc<Endpoint>) -> Result<Claimed, rusqlite::Error> {
    Ok(Claimed {
        id: DeliveryId(row.get::<_, i64>(0)?.unsigned_abs()),
        lease,
        endpoint: Arc::clone(endpoint),
        attempts: row.get(1)?,
        send: row.get::<_, u32>(2)?.saturating_add(1),
        is_resent: row.get(3)?,
        due: instant(row.get(4)?),
        key: row.get::<_, [u8; 32]>(5)?.into(),
        signature: row.get(6)?,
        body: Bytes::from(row.get::<_, Vec<u8>>(7)?),
    })
}
