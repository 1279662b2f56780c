"""Ratios of this package to what a user writes or installs today, each in one run.

Every contender takes its turn in each round, so that a noisy machine is noisy for all of them; the
figure is the median over the rounds. A ratio above 1 says how many times faster this package is.
"""

import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
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
    print(f"  {label:>17}  {ours / 1000:9.2f} us   " + "   ".join(cells))


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
    """Every field of a summary, and none that is computed beyond them."""
    assert isinstance(event, ConversationSummary)
    _ = event.event, event.timestamp, event.sent_at, event.messages, event.summary, event.payload, event.raw


def events(webhook: Webhook) -> None:
    print("verify and read, to the same idiom + json.loads: every field; with the delivery key, another SHA-256")
    print("verify alone, to standardwebhooks, which verifies and parses; verify_signature, to svix, which verifies")
    standard = standardwebhooks.Webhook(b64encode(KEY).decode())
    svixed = svix.webhooks.Webhook("whsec_" + b64encode(KEY).decode())
    moment = datetime.now(tz=UTC)
    for escaped in (False, True):
        for count in (1024, 16 * 1024, 256 * 1024):
            body = transcript(count, escaped)
            signature = webhook.sign(body)
            headers = {
                "host": "example.com",
                "user-agent": "bench",
                "content-type": "application/json",
                "content-length": str(len(body)),
                "x-chatislav-signature": signature,
            }
            theirs = {
                "webhook-id": "msg_1",
                "webhook-timestamp": str(int(moment.timestamp())),
                "webhook-signature": standard.sign("msg_1", moment, body.decode()),
            }

            def by_hand() -> object:
                idiom(body, signature)
                return json.loads(body)

            def with_key() -> object:
                event = webhook.verify(body, headers)
                read(event)
                return event.delivery_key

            label = f"{size(count)}{', escapes' if escaped else ''}"
            fields = {"ours": lambda: read(webhook.verify(body, headers)), "hmac + json.loads": by_hand}
            row(label, times(fields), {"hmac + json.loads": 1})
            row("with key", times({"ours": with_key, "hmac + json.loads": by_hand}), {})
            alone = {"ours": lambda: webhook.verify(body, headers), "standardwebhooks": lambda: standard.verify(body, theirs)}
            row("alone", times(alone), {"standardwebhooks": 2.5})
            signed = {"ours": lambda: webhook.verify_signature(body, signature), "svix": lambda: svixed.verify(body, theirs)}
            row("signature", times(signed), {"svix": 2 if count == 1024 else 1})


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


IMPORT = """
import os, time
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
before = resident()
start = time.perf_counter()
import chatislav_webhooks
print((time.perf_counter() - start) * 1000, resident() - before)
"""


def importing() -> None:
    runs = [subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True) for _ in range(11)]
    took, grew = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    print(f"import: {statistics.median(took):.1f} ms (gate 20), {statistics.median(grew):.1f} MiB (gate 5)")


if __name__ == "__main__":
    ours, *others = (f"{name} {version(name)}" for name in ("chatislav-webhooks", "standardwebhooks", "svix"))
    print(f"{ours}, {', '.join(others)}, Python {sys.version.split()[0]}")
    hook = Webhook(SECRET)
    importing()
    signatures(hook)
    events(hook)
    beside_a_busy_thread(hook)
