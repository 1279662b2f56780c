//! The connection that writes, and what is put into the tables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chatislav_webhooks::{CustomHeader, DeliveryKey, Target};
use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::queue::Stop;
use crate::outbox::delivery::micros;
use crate::outbox::turns::{EndpointId, Lane, Turns};
use crate::outbox::{DeliveryId, Endpoint, Import, Lease, NewDelivery, OutboxError};
use chatislav_webhooks::Method;

/// The tables, with what is known of them without asking.
pub(super) struct Tables {
    connection: Connection,
    endpoints: HashMap<EndpointId, Arc<Endpoint>>,
    ids: HashMap<Address, EndpointId>,
    /// The endpoints of which it was told that they cannot be read.
    unreadable: HashSet<EndpointId>,
    /// `None` until a claim asks, and after a transaction that failed.
    pub(super) turns: Option<Turns>,
    /// The lease given last, which says which run of the owner this is; `None` for who owns nothing.
    pub(super) lease: Option<Lease>,
    data_version: i64,
}

/// What tells one endpoint from another: URL, method, timeout, headers.
type Address = (String, &'static str, i64, String);

impl Tables {
    /// For the one who owns the file, which may claim.
    pub(super) fn owned(connection: Connection) -> Result<Self, rusqlite::Error> {
        let sql = "UPDATE meta SET value = value + 1 WHERE key = 'run' RETURNING value";
        let run = connection.query_row(sql, [], |row| row.get(0))?;
        Ok(Tables { lease: Some(Lease::of_run(run)), ..Tables::joined(connection) })
    }

    /// For one of those beside the owner.
    pub(super) fn joined(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        let (endpoints, ids, unreadable) = (HashMap::new(), HashMap::new(), HashSet::new());
        Tables { connection, endpoints, ids, unreadable, turns: None, lease: None, data_version: 0 }
    }

    pub(super) fn begin(&self) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
    }

    pub(super) fn commit(&self) -> Result<(), rusqlite::Error> {
        let committed = self.connection.prepare_cached("COMMIT")?.execute([]);
        if committed.is_err() {
            self.roll_back();
        }
        committed.map(drop)
    }

    pub(super) fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            // The transaction is over whatever it says.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// What was found in memory may not be what the file says.
    pub(super) fn forget_turns(&mut self) {
        self.turns = None;
        self.ids.clear();
        self.endpoints.clear();
    }

    /// Whether another program has written since this was asked last. Then its work gets its turns.
    pub(super) fn others_have_written(&mut self) -> Result<bool, rusqlite::Error> {
        let version = self.prepare("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version == self.data_version {
            return Ok(false);
        }
        if let Some(mut turns) = self.turns.take() {
            self.give_turns(&mut turns)?;
            self.turns = Some(turns);
        }
        // Not before it has been read: else nobody would be told.
        self.data_version = version;
        Ok(true)
    }

    /// Brings what is in the log to its places, so that the log begins anew, as far as nobody reads it.
    pub(super) fn put_log_away(&self) {
        // Where there is no room for that either, the log stays as it is.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
    }

    /// Brings the log to its end.
    pub(super) fn end(self) {
        // What a reader holds back stays in the log, where the next one finds it.
        let _ = self.connection.busy_timeout(Duration::ZERO);
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    pub(super) fn enqueue(
        &mut self,
        deliveries: &[NewDelivery],
        import: Option<&Import>,
    ) -> Result<Vec<DeliveryId>, Stop> {
        if let Some(import) = import {
            let sql = "SELECT lines FROM imports WHERE name = ?1";
            let stands = self.prepare(sql)?.query_row([&import.name], |row| row.get::<_, i64>(0)).optional()?;
            if stands.unwrap_or_default().unsigned_abs() != import.lines_before {
                return Err(Stop::Refused(OutboxError::import_moved(&import.name)));
            }
            let sql = "INSERT OR REPLACE INTO imports (name, lines, digest) VALUES (?1, ?2, ?3)";
            self.prepare(sql)?.execute(params![import.name, integer(import.lines), import.digest])?;
        }
        deliveries.iter().map(|delivery| Ok(self.add(delivery)?)).collect()
    }

    fn add(&mut self, delivery: &NewDelivery) -> Result<DeliveryId, rusqlite::Error> {
        let endpoint = self.endpoint_id(&delivery.endpoint)?;
        let key = DeliveryKey::of(&delivery.body);
        let sql = "INSERT INTO deliveries (endpoint, state, attempts, sends, in_doubt, due_us, at_us, event, key) \
                   VALUES (?1, 'waiting', 0, 0, 0, ?2, ?2, ?3, ?4)";
        let row = params![endpoint, micros(delivery.at), delivery.event, key.as_bytes()];
        let id = self.prepare(sql)?.insert(row)?;
        let sql = "INSERT INTO payloads (delivery, signature, body) VALUES (?1, ?2, ?3)";
        self.prepare(sql)?.execute(params![id, delivery.signature, &delivery.body[..]])?;
        if let Some(turns) = &mut self.turns {
            turns.due(endpoint, Lane::Fresh, i64::MIN);
        }
        Ok(DeliveryId(id.unsigned_abs()))
    }

    fn endpoint_id(&mut self, endpoint: &Endpoint) -> Result<EndpointId, rusqlite::Error> {
        let address = address(endpoint);
        if let Some(id) = self.ids.get(&address) {
            return Ok(*id);
        }
        let (url, method, timeout, headers) = &address;
        let sql = "INSERT OR IGNORE INTO endpoints (url, method, timeout_us, headers) VALUES (?1, ?2, ?3, ?4)";
        self.prepare(sql)?.execute(params![url, method, timeout, headers])?;
        let sql = "SELECT id FROM endpoints WHERE url = ?1 AND method = ?2 AND timeout_us = ?3 AND headers = ?4";
        let id = self.prepare(sql)?.query_row(params![url, method, timeout, headers], |row| row.get(0))?;
        self.ids.insert(address, id);
        Ok(id)
    }

    pub(super) fn endpoint(&mut self, id: EndpointId) -> Result<Arc<Endpoint>, rusqlite::Error> {
        if let Some(endpoint) = self.endpoints.get(&id) {
            return Ok(Arc::clone(endpoint));
        }
        let endpoint = Arc::new(read_endpoint(&self.connection, id)?);
        self.endpoints.insert(id, Arc::clone(&endpoint));
        Ok(endpoint)
    }

    /// That an endpoint cannot be read, if it was not told yet.
    pub(super) fn cannot_read(&mut self, id: EndpointId, error: &rusqlite::Error) -> Option<String> {
        self.unreadable.insert(id).then(|| {
            format!("endpoint {id} of the outbox cannot be read ({error}): what goes there waits until it is mended")
        })
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, rusqlite::Error> {
        self.connection.prepare_cached(sql)
    }
}

/// The endpoint of this number.
fn read_endpoint(connection: &Connection, id: EndpointId) -> Result<Endpoint, rusqlite::Error> {
    let sql = "SELECT url, method, timeout_us, headers FROM endpoints WHERE id = ?1";
    connection.prepare_cached(sql)?.query_row([id], |row| {
        let wrong = |column, what: &str| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into());
        let target = Target::parse(&row.get::<_, String>(0)?).map_err(|error| wrong(0, &error.to_string()))?;
        let method = match &*row.get::<_, String>(1)? {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            _ => return Err(wrong(1, "the method is POST or PUT")),
        };
        let timeout = Duration::from_micros(row.get::<_, i64>(2)?.unsigned_abs());
        let headers = row.get::<_, String>(3)?;
        let headers = headers.lines().map(CustomHeader::parse).collect::<Result<_, _>>();
        let headers = headers.map_err(|error| wrong(3, &error.to_string()))?;
        Ok(Endpoint { target, method, headers, timeout })
    })
}

fn address(endpoint: &Endpoint) -> Address {
    let method = match endpoint.method {
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    let headers = endpoint.headers.iter().map(|header| format!("{}: {}\n", header.name(), header.value()));
    (endpoint.target.to_string(), method, length(endpoint.timeout), headers.collect())
}

/// A time in microseconds.
pub(super) fn length(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// SQLite's integers have a sign; none of ours comes near where it would matter.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
