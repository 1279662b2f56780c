//! What an operator asks of the tables.

use std::fmt::Write;
use std::time::Duration;

use chatislav_webhooks::Phase;
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, Error, OptionalExtension, Row, params, params_from_iter};

use super::queue::Stop;
use super::tables::{Tables, integer};
use crate::outbox::delivery::instant;
use crate::outbox::turns::Lane;
use crate::outbox::{DeliveryId, Import, OutboxError, Query, Record, State, Stored};

/// How many are forgotten in one transaction, so that others who write do not wait.
const SLICE: u32 = 500;

impl Tables {
    pub(super) fn retry(&mut self, id: DeliveryId, now: i64) -> Result<(), Stop> {
        match self.state(id)? {
            State::Waiting => {}
            State::Failed | State::Exhausted | State::Blocked | State::Cancelled => {
                self.prepare("UPDATE deliveries SET attempts = 0 WHERE id = ?1")?.execute([integer(id.0)])?;
            }
            state @ (State::Leased | State::Delivered) => {
                return Err(Stop::Refused(OutboxError::refused(id, state, "sent again")));
            }
        }
        let sql = "UPDATE deliveries SET state = 'waiting', due_us = ?2, ended_us = NULL WHERE id = ?1 \
                   RETURNING endpoint, attempts";
        let (endpoint, attempts) = self
            .prepare(sql)?
            .query_row(params![integer(id.0), now], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?)))?;
        if let Some(turns) = &mut self.turns {
            turns.due(endpoint, if attempts == 0 { Lane::Fresh } else { Lane::Retries }, now);
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, id: DeliveryId, now: i64) -> Result<(), Stop> {
        match self.state(id)? {
            State::Waiting => {}
            state => return Err(Stop::Refused(OutboxError::refused(id, state, "cancelled"))),
        }
        let sql = "UPDATE deliveries SET state = 'cancelled', ended_us = ?2 WHERE id = ?1 RETURNING endpoint";
        let endpoint = self.prepare(sql)?.query_row(params![integer(id.0), now], |row| row.get(0))?;
        if let Some(mut turns) = self.turns.take() {
            self.give_turn(&mut turns, endpoint)?;
            self.turns = Some(turns);
        }
        Ok(())
    }

    fn state(&self, id: DeliveryId) -> Result<State, Stop> {
        let state = self.prepare("SELECT state FROM deliveries WHERE id = ?1")?.query_row([integer(id.0)], state);
        state.optional()?.ok_or_else(|| Stop::Refused(OutboxError::absent(id)))
    }

    /// Forgets some of those that ended before, beyond this one, and gives back how many and the last of them.
    pub(super) fn prune(&mut self, before: i64, beyond: i64) -> Result<(u64, i64), Stop> {
        let sql = "SELECT id FROM deliveries WHERE id > ?1 AND ended_us < ?2 ORDER BY id LIMIT ?3";
        let mut select = self.prepare(sql)?;
        let ids = select.query_map(params![beyond, before, SLICE], |row| row.get(0))?;
        let ids = ids.collect::<Result<Vec<i64>, _>>()?;
        drop(select);
        for id in &ids {
            self.prepare("DELETE FROM attempts WHERE delivery = ?1")?.execute([id])?;
            self.prepare("DELETE FROM payloads WHERE delivery = ?1")?.execute([id])?;
            self.prepare("DELETE FROM deliveries WHERE id = ?1")?.execute([id])?;
        }
        Ok((ids.len() as u64, ids.last().copied().unwrap_or(i64::MAX)))
    }
}

pub(super) fn list(connection: &Connection, query: &Query) -> Result<Vec<Stored>, Error> {
    let mut sql =
        "SELECT deliveries.id, key, event, url, state, attempts, sends, at_us, due_us, ended_us FROM deliveries \
                   LEFT JOIN endpoints ON endpoints.id = endpoint WHERE TRUE"
            .to_owned();
    let mut values: Vec<Value> = Vec::new();
    if !query.states.is_empty() {
        // The words are ours.
        let words: Vec<String> = query.states.iter().map(|state| format!("'{}'", state.name())).collect();
        let _ = write!(sql, " AND state IN ({})", words.join(", "));
    }
    if let Some(event) = &query.event {
        sql.push_str(" AND event = ?");
        values.push(event.clone().into());
    }
    if let Some(url) = &query.url {
        sql.push_str(" AND instr(url, ?)");
        values.push(url.clone().into());
    }
    if let Some(before) = query.before {
        sql.push_str(" AND deliveries.id < ?");
        values.push(integer(before.0).into());
    }
    sql.push_str(" ORDER BY deliveries.id DESC LIMIT ?");
    values.push(i64::try_from(query.limit).unwrap_or(i64::MAX).into());
    let mut select = connection.prepare(&sql)?;
    let rows = select.query_map(params_from_iter(values), stored)?;
    rows.collect()
}

fn stored(row: &Row<'_>) -> Result<Stored, Error> {
    Ok(Stored {
        id: DeliveryId(row.get::<_, i64>(0)?.unsigned_abs()),
        key: row.get::<_, [u8; 32]>(1)?.into(),
        event: row.get(2)?,
        url: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        state: word(row, 4, State::parse)?,
        attempts: row.get(5)?,
        sends: row.get(6)?,
        at: instant(row.get(7)?),
        due: instant(row.get(8)?),
        ended: row.get::<_, Option<i64>>(9)?.map(instant),
    })
}

pub(super) fn attempts(connection: &Connection, id: DeliveryId) -> Result<Vec<Record>, Error> {
    let sql = "SELECT attempt, send, started_us, duration_us, status, phase, error, phases, profile, decision \
               FROM attempts WHERE delivery = ?1 ORDER BY send";
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map([integer(id.0)], |row| {
        Ok(Record {
            attempt: row.get(0)?,
            send: row.get(1)?,
            started: instant(row.get(2)?),
            duration: row.get::<_, Option<i64>>(3)?.map(|micros| Duration::from_micros(micros.unsigned_abs())),
            status: row.get(4)?,
            phase: match row.get::<_, Option<String>>(5)? {
                Some(_) => Some(word(row, 5, phase)?),
                None => None,
            },
            error: row.get(6)?,
            phases: row.get(7)?,
            profile: row.get(8)?,
            decision: row.get(9)?,
        })
    })?;
    rows.collect()
}

pub(super) fn body(connection: &Connection, id: DeliveryId) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT body FROM payloads WHERE delivery = ?1";
    connection.prepare_cached(sql)?.query_row([integer(id.0)], |row| row.get(0)).optional()
}

pub(super) fn counts(connection: &Connection) -> Result<Vec<(State, u64)>, Error> {
    let mut select = connection.prepare_cached("SELECT state, count(*) FROM deliveries GROUP BY state")?;
    let rows = select.query_map([], |row| Ok((state(row)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    let mut counts = rows.collect::<Result<Vec<_>, _>>()?;
    counts.sort_unstable();
    Ok(counts)
}

pub(super) fn import(connection: &Connection, name: &str) -> Result<Option<Import>, Error> {
    let sql = "SELECT lines, digest FROM imports WHERE name = ?1";
    let found = connection.prepare_cached(sql)?.query_row([name], |row| {
        let lines = row.get::<_, i64>(0)?.unsigned_abs();
        Ok(Import { name: name.to_owned(), lines_before: lines, lines, digest: row.get(1)? })
    });
    found.optional()
}

fn state(row: &Row<'_>) -> Result<State, Error> {
    word(row, 0, State::parse)
}

fn phase(name: &str) -> Option<Phase> {
    let all = [Phase::Dns, Phase::Connect, Phase::Tls, Phase::Write, Phase::Headers, Phase::Body];
    all.into_iter().find(|phase| phase.name() == name)
}

/// Reads a word of a closed list.
fn word<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
    let text: String = row.get(column)?;
    let unknown = || Error::FromSqlConversionFailure(column, Type::Text, format!("what is `{text}`?").into());
    parse(&text).ok_or_else(unknown)
}
