"""A delivery is worked on once, whatever crashes, and whoever shares the store."""

import asyncio
import math
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks import Unsigned, Webhook
from chatislav_webhooks.idempotency import Deduplicator, MemoryStore, SQLiteStore, State, Store

from conftest import BODY, Clock, signed


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
