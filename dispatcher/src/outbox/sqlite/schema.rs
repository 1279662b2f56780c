//! The tables, as a person with `sqlite3` sees them.

use chatislav_sqlite::Kind;

pub(super) const KIND: Kind = Kind {
    name: "outbox",
    owner: "dispatcher",
    holds: "what customers wrote",
    // "Chwo"
    application: 0x4368_776F,
    create: CREATE,
    changes: &[],
    // Whatever a claim walks through.
    probe: &[
        "SELECT * FROM endpoints ORDER BY id DESC LIMIT 1",
        "SELECT * FROM deliveries ORDER BY id DESC LIMIT 1",
        "SELECT id FROM deliveries WHERE state = 'leased'",
    ],
    waits_for_disk: true,
    page: 8192,
    checkpoint: 4096,
};

/// Instants are microseconds since 1970: `datetime(due_us / 1e6, 'unixepoch')` shows one.
///
/// Each index is there for one question of a claim, and holds only what can be its answer, so a claim
/// costs the same whatever waits or has ended. A delivery that succeeds at once passes through `fresh`
/// and `leased`, and through no other.
const CREATE: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('run', 0);
CREATE TABLE endpoints (
    id         INTEGER PRIMARY KEY,
    url        TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    timeout_us INTEGER NOT NULL,
    headers    TEXT    NOT NULL,
    UNIQUE (url, method, timeout_us, headers)
) STRICT;
CREATE TABLE deliveries (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint INTEGER NOT NULL,
    state    TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    sends    INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    due_us   INTEGER NOT NULL,
    lease    INTEGER,
    lent_us  INTEGER,
    at_us    INTEGER NOT NULL,
    ended_us INTEGER,
    event    TEXT    NOT NULL,
    key      BLOB    NOT NULL
) STRICT;
CREATE INDEX fresh ON deliveries (endpoint) WHERE state = 'waiting' AND attempts = 0;
CREATE INDEX retries ON deliveries (endpoint, due_us) WHERE state = 'waiting' AND attempts > 0;
CREATE INDEX retries_in_order ON deliveries (endpoint) WHERE state = 'waiting' AND attempts > 0;
CREATE INDEX leased ON deliveries (endpoint) WHERE state = 'leased';
CREATE TABLE payloads (
    delivery  INTEGER PRIMARY KEY,
    signature TEXT,
    body      BLOB NOT NULL
) STRICT;
CREATE TABLE attempts (
    delivery    INTEGER NOT NULL,
    send        INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    started_us  INTEGER NOT NULL,
    duration_us INTEGER,
    status      INTEGER,
    phase       TEXT,
    error       TEXT,
    phases      TEXT    NOT NULL,
    profile     TEXT    NOT NULL,
    decision    TEXT    NOT NULL,
    PRIMARY KEY (delivery, send)
) STRICT, WITHOUT ROWID;
CREATE TABLE imports (
    name   TEXT PRIMARY KEY,
    lines  INTEGER NOT NULL,
    digest TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
";
