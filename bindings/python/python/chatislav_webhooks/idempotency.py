"""Each delivery once, although the sender may send it again.

    >>> from chatislav_webhooks.idempotency import Deduplicator
    >>> deduplicator = Deduplicator()
    >>> claim = deduplicator.claim("e3b0c442")
    >>> claim.state
    <State.NEW: 'new'>
    >>> deduplicator.claim("e3b0c442").state
    <State.IN_FLIGHT: 'in_flight'>
    >>> claim.complete()
    >>> deduplicator.claim("e3b0c442").state
    <State.DONE: 'done'>

A claim that is neither completed nor released, because its process died, expires after `lease`.
"""

import contextlib
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from ._native import Event, UnverifiedEvent

__all__ = ["Claim", "Deduplicator", "MemoryStore", "SQLiteStore", "State", "Store"]


class State(Enum):
    """What is known of a delivery at the moment of a claim."""

    NEW = "new"
    """It is yours: work, then complete or release it."""
    IN_FLIGHT = "in_flight"
    """Somebody is at it: answer 503, so that the sender comes again and learns how it went."""
    DONE = "done"
    """It was completed before: answer 200."""


class Store(Protocol):
    """Where claims are kept. Each method is atomic, also among processes that share the store."""

    def claim(self, key: str, token: str, now: float, expires: float) -> State:
        """Takes the key for this token until `expires` if it is free or has expired at `now`."""
        ...

    def complete(self, key: str, token: str, expires: float) -> None:
        """Marks the key as done until `expires`, whoever holds it: the work has been done."""

    def release(self, key: str, token: str) -> None:
        """Frees the key if this token still holds it and it is not done."""


class Claim:
    """One attempt to work on a delivery."""

    def __init__(self, deduplicator: "Deduplicator", key: str, token: str, state: State) -> None:
        self._deduplicator, self._key, self._token = deduplicator, key, token
        self.state = state

    def complete(self) -> None:
        """The work is done: every duplicate from now on is `State.DONE`."""
        if self.state is State.NEW:
            self._deduplicator._complete(self._key, self._token)

    def release(self) -> None:
        """The work failed: the next attempt of the sender may try again."""
        if self.state is State.NEW:
            self._deduplicator._release(self._key, self._token)


class Deduplicator:
    """Claims deliveries by their `delivery_key`.

    store: a `MemoryStore` for one process, unless said otherwise, or a `SQLiteStore` for all the
    processes of a machine.
    scope: keeps endpoints apart that share a store and may receive the same bytes.
    lease: after how long a claim of a crashed process expires, in seconds or as a `timedelta`. It must
    exceed the longest run of your handler.
    keep: for how long a completed delivery is remembered. It must exceed the sender's whole retry
    window.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        scope: str = "",
        lease: float | timedelta = 300,
        keep: float | timedelta = 7 * 86_400,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store: Store = MemoryStore() if store is None else store
        self._scope, self._clock = scope, clock
        self._lease, self._keep = _seconds(lease), _seconds(keep)

    def claim(self, delivery: Event | UnverifiedEvent | str) -> Claim:
        """Claims an event, or a delivery key."""
        key = delivery if isinstance(delivery, str) else delivery.delivery_key
        # With its length, so that a colon in the scope is not taken for its end.
        key = f"{len(self._scope)}:{self._scope}:{key}"
        token, now = secrets.token_hex(8), self._clock()
        return Claim(self, key, token, self._store.claim(key, token, now, now + self._lease))

    def _complete(self, key: str, token: str) -> None:
        self._store.complete(key, token, self._clock() + self._keep)

    def _release(self, key: str, token: str) -> None:
        self._store.release(key, token)


def _seconds(span: float | timedelta) -> float:
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    # So written, it refuses what is not a number too.
    if not seconds > 0:
        raise ValueError("lease and keep are seconds or a timedelta, above 0")
    return seconds


class MemoryStore(Store):
    """Claims of one process; with its end they are forgotten.

    limit: how many deliveries are remembered, 1 or more; beyond, the oldest are forgotten, and those
    that are done before those in flight.
    """

    def __init__(self, limit: int = 100_000) -> None:
        if limit < 1:
            raise ValueError("limit is a number of deliveries, 1 or more")
        self._limit = limit
        self._lock = threading.Lock()
        # In the order in which they came: key to expires, and to token and expires.
        self._done: dict[str, float] = {}
        self._in_flight: dict[str, tuple[str, float]] = {}

    def claim(self, key: str, token: str, now: float, expires: float) -> State:
        with self._lock:
            if self._done.get(key, now) > now:
                return State.DONE
            if key in self._in_flight and self._in_flight[key][1] > now:
                return State.IN_FLIGHT
            self._forget(key)
            self._in_flight[key] = (token, expires)
            self._trim()
            return State.NEW

    def complete(self, key: str, token: str, expires: float) -> None:
        with self._lock:
            self._forget(key)
            self._done[key] = expires
            self._trim()

    def release(self, key: str, token: str) -> None:
        with self._lock:
            if key in self._in_flight and self._in_flight[key][0] == token:
                del self._in_flight[key]

    def _forget(self, key: str) -> None:
        self._done.pop(key, None)
        self._in_flight.pop(key, None)

    def _trim(self) -> None:
        while len(self._done) + len(self._in_flight) > self._limit:
            self._forget(next(iter(self._done or self._in_flight)))


class SQLiteStore(Store):
    """Claims in a SQLite file, shared by the threads and processes of a machine.

    A new file is readable by its owner alone. It holds hashes, and nothing of a payload.
    """

    _PRUNE_EVERY = 1_000

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 5) -> None:
        self._path, self._timeout = Path(path).absolute(), timeout
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._claims = 0
        with _forking:
            _stores.add(self)

    def claim(self, key: str, token: str, now: float, expires: float) -> State:
        with self._lock, self._transaction() as rows:
            if self._claims % self._PRUNE_EVERY == 0:
                rows.execute("DELETE FROM deliveries WHERE expires <= ?", (now,))
            self._claims += 1
            taken = rows.execute(
                "INSERT INTO deliveries (key, token, done, expires) VALUES (?, ?, 0, ?)"
                " ON CONFLICT (key) DO UPDATE SET token = excluded.token, done = 0, expires = excluded.expires"
                " WHERE deliveries.expires <= ?",
                (key, token, expires, now),
            )
            if taken.rowcount == 1:
                return State.NEW
            (done,) = rows.execute("SELECT done FROM deliveries WHERE key = ?", (key,)).fetchone()
            return State.DONE if done else State.IN_FLIGHT

    def complete(self, key: str, token: str, expires: float) -> None:
        with self._lock, self._transaction() as rows:
            rows.execute("INSERT OR REPLACE INTO deliveries VALUES (?, ?, 1, ?)", (key, token, expires))

    def release(self, key: str, token: str) -> None:
        with self._lock, self._transaction() as rows:
            rows.execute("DELETE FROM deliveries WHERE key = ? AND token = ? AND done = 0", (key, token))

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _transaction(self) -> "_Transaction":
        if self._connection is None:
            self._connection = self._open()
        return _Transaction(self._connection)

    def _open(self) -> sqlite3.Connection:
        # Only a file that is not there yet is opened so: whoever closes any descriptor of a database
        # drops the locks of the whole process (sqlite.org/howtocorrupt.html section 2.2).
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(
            self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        try:
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS deliveries"
                " (key TEXT PRIMARY KEY, token TEXT NOT NULL, done INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID"
            )
            connection.execute("CREATE INDEX IF NOT EXISTS deliveries_by_expiry ON deliveries (expires)")
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        # SQLite does not wait, whatever the timeout, when two change a file's journal mode at once.
        until = time.monotonic() + self._timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.01)


class _Transaction:
    """One write transaction: the lock is taken at its start, so that a claim cannot be overtaken."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            # After an error, also one of COMMIT such as a full disk, the connection stays of use.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


# Neither a connection nor what SQLite knows of a file's locks may cross a fork
# (sqlite.org/howtocorrupt.html section 2.6), and servers fork their workers after they import the
# application. So each store is closed before, and held, that no thread be in the middle of a claim.
_stores: WeakSet[SQLiteStore] = WeakSet()
_forking = threading.Lock()
_held: list[SQLiteStore] = []


def _before_fork() -> None:
    _forking.acquire()
    for store in list(_stores):
        store._lock.acquire()
        _held.append(store)
        with contextlib.suppress(sqlite3.Error):
            store._close()


def _after_fork() -> None:
    # A server that forks in C may call this alone.
    if not _forking.locked():
        return
    while _held:
        _held.pop()._lock.release()
    _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
