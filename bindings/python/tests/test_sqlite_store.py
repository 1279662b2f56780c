"""The store in a file: shared by threads, processes and forks, and readable by its owner alone."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from chatislav_webhooks.idempotency import Deduplicator, SQLiteStore, State

from conftest import Clock

def test_the_file_is_its_owner_s_alone_and_survives(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "claims.db"
    store = SQLiteStore(path)
    Deduplicator(store, clock=clock).claim("k").complete()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()
    assert Deduplicator(SQLiteStore(path), clock=clock).claim("k").state is State.DONE
    assert Deduplicator(store, clock=clock).claim("k").state is State.DONE
    # Expired rows are swept when the file is opened, and now and then after.
    clock.now += 8 * 86_400
    Deduplicator(SQLiteStore(path), clock=clock).claim("new")
    rows = sqlite3.connect(path).execute("SELECT key FROM deliveries").fetchall()
    assert rows == [("0::new",)]


WORKER = """
import sys
from chatislav_webhooks.idempotency import Deduplicator, SQLiteStore
deduplicator = Deduplicator(SQLiteStore(sys.argv[1]))
print(sum(deduplicator.claim(str(key)).state.value == "new" for key in range(100)))
"""


def test_processes_share_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path / "claims.db")]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(worker.communicate()[0]) for worker in workers) == 100


def elsewhere(path: Path, key: str) -> str:
    """What another process, which ends then, learns of a key."""
    script = (
        "import sys; from chatislav_webhooks.idempotency import Deduplicator, SQLiteStore;"
        "print(Deduplicator(SQLiteStore(sys.argv[1])).claim(sys.argv[2]).state.value)"
    )
    command = [sys.executable, "-c", script, str(path), key]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_two_stores_of_a_process_share_a_file(tmp_path: Path) -> None:
    """A descriptor that is closed takes the locks of the whole process with it, and then another
    process, thinking itself alone, removes the log from under this one."""
    path = tmp_path / "claims.db"
    one = Deduplicator(SQLiteStore(path))
    one.claim("first")
    Deduplicator(SQLiteStore(path)).claim("second")
    assert elsewhere(path, "third") == "new"
    one.claim("k").complete()
    assert elsewhere(path, "k") == "done"


def test_a_new_file_that_another_is_writing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "claims.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE elsewhere (x)")
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, other.execute, ["COMMIT"])
    timer.start()
    try:
        assert Deduplicator(SQLiteStore(path)).claim("k").state is State.NEW
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            Deduplicator(SQLiteStore(path, timeout=0.1)).claim("l")
    finally:
        timer.join()
        other.close()


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

FORKS = """
import os, signal, sys, threading
from chatislav_webhooks.idempotency import Deduplicator, SQLiteStore, State

deduplicator = Deduplicator(SQLiteStore(sys.argv[1], timeout=15))
ended = threading.Event()

def busy():
    number = 0
    # A pause, since SQLite lets whoever never pauses overtake whoever waits.
    while not ended.wait(0.001):
        deduplicator.claim(f"busy {number}")
        number += 1

thread = threading.Thread(target=busy)
thread.start()
children = []
for _ in range(40):
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # which ends it, should it hang
        claimed = [str(key) for key in range(30) if deduplicator.claim(f"shared {key}").state is State.NEW]
        os.write(1, "".join(f"{key}\\n" for key in claimed).encode())
        os._exit(0)
    children.append(child)
statuses = [os.waitpid(child, 0)[1] for child in children]
ended.set()
thread.join()
sys.exit(any(statuses))
"""


@needs_fork
def test_forks_beside_a_thread_that_claims(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKS, str(tmp_path / "claims.db")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"a child hung or failed: {done.stderr}"
    assert sorted(map(int, done.stdout.split())) == list(range(30))


@needs_fork
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_carries_no_connection_over(tmp_path: Path) -> None:
    path = tmp_path / "claims.db"
    store = SQLiteStore(path)
    deduplicator = Deduplicator(store)
    deduplicator.claim("before").complete()
    claimed, closed = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        right = deduplicator.claim("before").state is State.DONE and deduplicator.claim("child").state is State.NEW
        os.write(claimed[1], b".")
        os.read(closed[0], 1)
        right = right and deduplicator.claim("child later").state is State.NEW
        os._exit(0 if right else 1)
    os.read(claimed[0], 1)
    store.close()
    assert elsewhere(path, "child") == "in_flight"
    os.write(closed[1], b".")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert deduplicator.claim("child").state is State.IN_FLIGHT
    assert deduplicator.claim("child later").state is State.IN_FLIGHT


def test_a_failed_commit_does_not_spoil_the_store(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "claims.db")
    deduplicator = Deduplicator(store)
    deduplicator.claim("before").complete()
    assert store._connection is not None
    trigger = "CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(FAIL, 'disk full'); END"
    store._connection.execute(trigger)
    with pytest.raises(sqlite3.Error, match="disk full"):
        deduplicator.claim("k")
    store._connection.execute("DROP TRIGGER full")
    assert deduplicator.claim("k").state is State.NEW
