"""A delivery is worked on once, whatever crashes, and whoever shares the store."""

import asyncio
import math
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks import Unsigned, Webhook
from chatislav_webhooks.idempotency import Deduplicator, MemoryStore, SQLiteStore, State, Store

from conftest import BODY, signed


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "claims.db")


def test_claim_complete_release(store: Store, clock: Clock) -> None:
    deduplicator = Deduplicator(store, clock=clock)
    first = deduplicator.claim("k")
    assert first.state is State.NEW
    assert deduplicator.claim("k").state is State.IN_FLIGHT
    assert deduplicator.claim("other").state is State.NEW
    first.release()
    second = deduplicator.claim("k")
    assert second.state is State.NEW
    second.complete()
    assert deduplicator.claim("k").state is State.DONE
    # What was not granted settles nothing.
    deduplicator.claim("k").release()
    second.release()
    assert deduplicator.claim("k").state is State.DONE


def test_a_crashed_claim_expires(store: Store, clock: Clock) -> None:
    deduplicator = Deduplicator(store, lease=10, clock=clock)
    crashed = deduplicator.claim("k")
    clock.now += 9.9
    assert deduplicator.claim("k").state is State.IN_FLIGHT
    clock.now += 0.1
    again = deduplicator.claim("k")
    assert again.state is State.NEW
    # The first was only slow: its failure does not free what is another's by now.
    crashed.release()
    assert deduplicator.claim("k").state is State.IN_FLIGHT
    # But its success is a success.
    crashed.complete()
    again.release()
    assert deduplicator.claim("k").state is State.DONE


def test_a_completed_delivery_is_forgotten_in_the_end(store: Store, clock: Clock) -> None:
    deduplicator = Deduplicator(store, keep=100, clock=clock)
    deduplicator.claim("k").complete()
    clock.now += 99
    assert deduplicator.claim("k").state is State.DONE
    clock.now += 1
    assert deduplicator.claim("k").state is State.NEW


def test_scopes_are_apart(store: Store) -> None:
    one, other = Deduplicator(store, scope="one"), Deduplicator(store, scope="other")
    assert one.claim("k").state is State.NEW
    assert other.claim("k").state is State.NEW
    assert one.claim("k").state is State.IN_FLIGHT
    assert Deduplicator(store, scope="a").claim("b:c").state is State.NEW
    assert Deduplicator(store, scope="a:b").claim("c").state is State.NEW


def test_events_are_claimed_by_their_key(store: Store, webhook: Webhook) -> None:
    deduplicator = Deduplicator(store)
    event = webhook.verify(BODY, signed(webhook, BODY))
    assert deduplicator.claim(event).state is State.NEW
    assert deduplicator.claim(Unsigned().read(BODY, {})).state is State.IN_FLIGHT
    assert deduplicator.claim(event.delivery_key).state is State.IN_FLIGHT


def test_many_threads_and_one_claim(store: Store) -> None:
    deduplicator = Deduplicator(store)
    barrier, states = threading.Barrier(16), []

    def claim() -> None:
        barrier.wait()
        for key in range(20):
            states.append((key, deduplicator.claim(str(key)).state))

    threads = [threading.Thread(target=claim) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(states) == 16 * 20, "a thread failed"
    for key in range(20):
        assert [state for k, state in states if k == key].count(State.NEW) == 1


def test_memory_is_bounded(clock: Clock) -> None:
    deduplicator = Deduplicator(MemoryStore(limit=3), clock=clock)
    for key in "abcd":
        deduplicator.claim(key).complete()
    assert [deduplicator.claim(key).state for key in "bcd"] == [State.DONE] * 3
    assert deduplicator.claim("a").state is State.NEW


def test_memory_forgets_what_is_done_before_what_is_in_flight() -> None:
    deduplicator = Deduplicator(MemoryStore(limit=3))
    deduplicator.claim("at work")
    for key in "abcd":
        deduplicator.claim(key).complete()
    states = [deduplicator.claim(key).state for key in ("at work", "d", "c")]
    assert states == [State.IN_FLIGHT, State.DONE, State.DONE]
    # Beyond the limit of those alone, the oldest goes.
    for key in "efg":
        deduplicator.claim(key)
    assert [deduplicator.claim(key).state for key in "efg"] == [State.IN_FLIGHT] * 3
    assert deduplicator.claim("at work").state is State.NEW


@pytest.mark.parametrize(
    "options", [{"lease": 0}, {"lease": -1}, {"keep": 0}, {"lease": math.nan}, {"keep": math.nan}, {"keep": timedelta(0)}]
)
def test_options(options: Any) -> None:
    with pytest.raises(ValueError):
        Deduplicator(**options)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_memory_of_nothing(limit: int) -> None:
    with pytest.raises(ValueError):
        MemoryStore(limit)


def test_spans_of_time(store: Store, clock: Clock) -> None:
    deduplicator = Deduplicator(store, lease=timedelta(minutes=1), keep=timedelta(hours=1), clock=clock)
    deduplicator.claim("crashed")
    deduplicator.claim("k").complete()
    clock.now += 60
    assert deduplicator.claim("crashed").state is State.NEW
    clock.now += 3539
    assert deduplicator.claim("k").state is State.DONE
    clock.now += 1
    assert deduplicator.claim("k").state is State.NEW
    forever = Deduplicator(store, scope="forever", keep=math.inf, clock=clock)
    forever.claim("k").complete()
    assert forever.claim("k").state is State.DONE


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


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_request_cancelled_while_it_claims_gives_back(times: int, webhook: Webhook) -> None:
    from chatislav_webhooks._gate import Gate

    started, go_on = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def claim(self, key: str, token: str, now: float, expires: float) -> State:
            started.set()
            go_on.wait(10)
            return super().claim(key, token, now, expires)

    deduplicator = Deduplicator(Slow())
    gate = Gate(webhook, deduplicator, {})

    async def request() -> None:
        async with gate.admit(BODY, signed(webhook, BODY)):
            raise AssertionError("it was cancelled before")

    async def run() -> None:
        task = asyncio.create_task(request())
        await asyncio.to_thread(started.wait, 10)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0.01)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert deduplicator.claim(webhook.verify(BODY, signed(webhook, BODY))).state is State.NEW


def test_a_broken_store_is_loud_at_the_claim_and_quiet_at_the_end(caplog: pytest.LogCaptureFixture, webhook: Webhook) -> None:
    from chatislav_webhooks._gate import Gate

    class Broken(MemoryStore):
        def complete(self, key: str, token: str, expires: float) -> None:
            raise OSError("disk full")

    gate = Gate(webhook, Deduplicator(Broken()), {})
    with gate.admit(BODY, signed(webhook, BODY)) as passage:
        passage.finish(204)
    assert "could not be settled" in caplog.text
    unreachable = Gate(webhook, Deduplicator(SQLiteStore("/nonexistent/claims.db")), {})
    with pytest.raises(OSError):
        unreachable.admit(BODY, signed(webhook, BODY)).__enter__()
