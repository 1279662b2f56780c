"""Ratios of this package to what a user writes or installs today, each in one run.

Every contender takes its turn in each round, so that a noisy machine is noisy for all of them; the
figure is the median over the rounds. A ratio above 1 says how many times faster this package is.
"""

import hashlib
import hmac
import json
import statistics
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from importlib.metadata import version

import standardwebhooks
import svix.webhooks

from chatislav_webhooks import ConversationSummary, Webhook
from transcripts import transcript

SECRET = "whsec_bench_0123456789abcdef0123456789abcdef"
KEY = SECRET.encode()
ROUNDS = 15
SECONDS = 0.03


def times(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Nanoseconds for one call of each."""
    loops = {}
    for name, call in contenders.items():
        call()
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS:
            call()
            count += 1
        loops[name] = max(1, count)
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, call in contenders.items():
            start = time.perf_counter_ns()
            for _ in range(loops[name]):
                call()
            taken[name].append((time.perf_counter_ns() - start) / loops[name])
    return {name: statistics.median(values) for name, values in taken.items()}


def row(label: str, figures: dict[str, float], gates: dict[str, float]) -> None:
    ours = figures.pop("ours")
    cells = []
    for name, value in figures.items():
        gate = f" (gate {gates[name]:g})" if name in gates else ""
        cells.append(f"{name} {value / ours:.2f}x{gate}")
    print(f"  {label:>8}  {ours / 1000:9.2f} us   " + "   ".join(cells))


def size(count: int) -> str:
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count // unit} {name}"
    return f"{count} B"


def idiom(body: bytes, signature: str) -> None:
    expected = hmac.new(KEY, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise ValueError


def signatures(webhook: Webhook) -> None:
    print("verify_signature, to hmac.new(...).hexdigest() + compare_digest")
    gates = {256: 4, 1024: 2.5, 4096: 1.5, 16384: 1, 256 * 1024: 1, 4 * 1024 * 1024: 1}
    for count, gate in gates.items():
        body = transcript(count)
        signature = webhook.sign(body)
        figures = times({"ours": lambda: webhook.verify_signature(body, signature), "hmac": lambda: idiom(body, signature)})
        row(size(count), figures, {"hmac": gate})


def read(event: object) -> None:
    """Every field of a summary."""
    assert isinstance(event, ConversationSummary)
    _ = event.event, event.timestamp, event.sent_at, event.messages, event.summary, event.payload
    _ = event.raw, event.secret_index, event.delivery_key


def events(webhook: Webhook) -> None:
    print("verify and read every field, to the same idiom + json.loads; the packages doing their own")
    standard = standardwebhooks.Webhook(b64encode(KEY).decode())
    svixed = svix.webhooks.Webhook("whsec_" + b64encode(KEY).decode())
    for style in ("ascii", "escaped"):
        for count in (1024, 16 * 1024, 256 * 1024):
            body = transcript(count, escaped=style == "escaped")
            headers = {
                "host": "example.com",
                "user-agent": "bench",
                "content-type": "application/json",
                "content-length": str(len(body)),
                "x-chatislav-signature": webhook.sign(body),
            }
            signature = headers["x-chatislav-signature"]

            def by_hand() -> object:
                idiom(body, signature)
                return json.loads(body)

            moment = standardwebhooks.webhooks.datetime.now(tz=standardwebhooks.webhooks.timezone.utc)
            stamp = str(int(moment.timestamp()))
            theirs = {
                name: {
                    f"{name}-id": "msg_1",
                    f"{name}-timestamp": stamp,
                    f"{name}-signature": standard.sign("msg_1", moment, body.decode()),
                }
                for name in ("webhook", "svix")
            }
            figures = times(
                {
                    "ours": lambda: read(webhook.verify(body, headers)),
                    "hmac+json": by_hand,
                    "standardwebhooks": lambda: standard.verify(body, theirs["webhook"]),
                    "svix": lambda: svixed.verify(body, theirs["svix"]),
                }
            )
            gates = {"hmac+json": 1, "standardwebhooks": 2.5, "svix": 2 if count == 1024 else 1}
            row(f"{size(count)} {style}", figures, gates)


def beside_a_busy_thread(webhook: Webhook) -> None:
    print("verify_signature at 2 KiB with one busy Python thread, calls in a second")
    body = transcript(2048)
    signature = webhook.sign(body)
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(100))

    busy = threading.Thread(target=spin, daemon=True)
    busy.start()

    def calls(call: Callable[[], object]) -> float:
        start, count = time.perf_counter(), 0
        while (taken := time.perf_counter() - start) < 1:
            call()
            count += 1
        return count / taken

    rates = {"ours": 0.0, "hmac": 0.0}
    for _ in range(3):
        rates["ours"] = max(rates["ours"], calls(lambda: webhook.verify_signature(body, signature)))
        rates["hmac"] = max(rates["hmac"], calls(lambda: idiom(body, signature)))
    stop.set()
    busy.join()
    print(f"  {rates['ours']:12,.0f} to {rates['hmac']:,.0f}: {rates['ours'] / rates['hmac']:.1f}x (gate 20)")


if __name__ == "__main__":
    print(f"chatislav-webhooks {version('chatislav-webhooks')}, standardwebhooks {version('standardwebhooks')}, svix {version('svix')}")
    hook = Webhook(SECRET)
    signatures(hook)
    events(hook)
    beside_a_busy_thread(hook)
