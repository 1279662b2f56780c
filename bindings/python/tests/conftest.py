"""What several test files need: the shared vectors, and a sample event with its signature."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks import SIGNATURE_HEADER, Webhook
from chatislav_webhooks.testing import Sender

ROOT = Path(__file__).parents[3]
SECRET = "It's a Secret to Everybody"
BODY = b'{"event": "lead_collection", "data": {"form_data": [{"field": "email", "value": "ada@example.com"}]}}'


class Clock:
    """A clock that a test turns on by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def vectors(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text())
    assert cases
    return cases


def each(name: str) -> pytest.MarkDecorator:
    """Runs a test with each case of a vector file."""
    cases = vectors(name)
    return pytest.mark.parametrize("case", cases, ids=[case.get("why", str(number)) for number, case in enumerate(cases)])


def raw(literal: str | dict[str, Any]) -> bytes:
    """The bytes that a vector means."""
    if isinstance(literal, str):
        return literal.encode()
    if "hex" in literal:
        return bytes.fromhex(literal["hex"])
    text: str = literal["text"]
    return text.encode() * int(literal["times"])


def signed(webhook: Webhook, body: bytes) -> dict[str, str]:
    return {SIGNATURE_HEADER: webhook.sign(body)}


@pytest.fixture
def webhook() -> Webhook:
    return Webhook(SECRET)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: list[str], port: int, work: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Runs a server until the block ends; gives the file with what it says."""
    said = work / "said"
    with said.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=work, stdout=output, stderr=output)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        yield said
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def apps(chatislav_sender: Sender, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has the applications anew, with the sender's secret."""
    monkeypatch.setenv("CHATISLAV_TEST_WORK", str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("apps.") and name != "apps.django_app"]:
        monkeypatch.delitem(sys.modules, name)
    yield


def app(framework: str) -> Any:
    pytest.importorskip(framework)
    return import_module(f"apps.{framework}_app")
