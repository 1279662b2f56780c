"""Every adapter behind its real server, and real requests: `chatislav send`, and curl with openssl."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks.testing import Sender

from conftest import ROOT, free_port, serving

SECRET = "whsec server tests"
TESTS = Path(__file__).parent
PORT = "{port}"
PYTHON = [sys.executable, "-m"]
GUNICORN = [*PYTHON, "gunicorn", "--bind", f"127.0.0.1:{PORT}", "--threads", "8", "--log-level", "error"]
UVICORN = [*PYTHON, "uvicorn", "--port", PORT, "--log-level", "error"]

# Name: the modules it needs, the command, and where its handlers are if not at /hook and /once.
SERVERS: dict[str, tuple[list[str], list[str], dict[str, str]]] = {
    "fastapi on uvicorn": (["fastapi", "uvicorn"], [*UVICORN, "apps.fastapi_app:app"], {}),
    "starlette on uvicorn": (["starlette", "uvicorn"], [*UVICORN, "apps.starlette_app:app"], {}),
    "flask on gunicorn": (["flask", "gunicorn"], [*GUNICORN, "apps.flask_app:app"], {}),
    "django on gunicorn": (["django", "gunicorn"], [*GUNICORN, "apps.django_app:application"], {}),
    "django on gunicorn, async view": (
        ["django", "gunicorn"], [*GUNICORN, "apps.django_app:application"], {"/hook": "/ahook", "/once": "/aonce"}
    ),
    "django on uvicorn": (["django", "uvicorn"], [*UVICORN, "apps.django_app:asgi"], {}),
    "django on uvicorn, async view": (
        ["django", "uvicorn"], [*UVICORN, "apps.django_app:asgi"], {"/hook": "/ahook", "/once": "/aonce"}
    ),
    "django's own server": (
        ["django"],
        [sys.executable, "-c", "import apps.django_app; from django.core.management import execute_from_command_line as run;"
         f" run(['manage', 'runserver', '{PORT}', '--noreload', '--skip-checks'])"],
        {},
    ),
    "aiohttp": (["aiohttp"], [*PYTHON, "apps.aiohttp_app", PORT], {}),
}  # fmt: skip


class Server:
    def __init__(self, name: str, port: int, errors: Path, places: dict[str, str]) -> None:
        self.name, self.port, self.errors, self.places = name, port, errors, places
        self.takes_chunks = name != "django's own server"
        self.work = errors.parent

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.places.get(path, path)}"

    def handled(self) -> list[dict[str, Any]]:
        """What the handlers saw since the last look."""
        log = self.work / "handled"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def curl(self, path: str, body: bytes, *options: str, signed: bool = True) -> tuple[int, str, str]:
        """Status, head and body of the answer; the signature is openssl's."""
        file = self.work / f"body-{time.monotonic_ns()}"
        file.write_bytes(body)
        if signed:
            digest = subprocess.run(
                ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-hex", file], check=True, capture_output=True, text=True
            ).stdout.split()[-1]
            options = ("-H", f"x-chatislav-signature: {digest}", *options)
        answer = subprocess.run(
            ["curl", "-s", "-i", "-m", "30", "-H", "Expect:", "-H", "Content-Type: application/json", *options,
             "--data-binary", f"@{file}", self.url(path)],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        head, _, rest = answer.partition("\r\n\r\n" if "\r\n\r\n" in answer else "\n\n")
        return int(head.split()[1]), head.lower(), rest


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    modules, command, places = SERVERS[request.param]
    for module in [*modules, "typing_extensions", "pydantic"]:
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    work, port = tmp_path_factory.mktemp("server"), free_port()
    environment = os.environ | {
        "CHATISLAV_WEBHOOK_SECRET": SECRET,
        "CHATISLAV_TEST_WORK": str(work),
        "PYTHONPATH": str(TESTS),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("CHATISLAV_WEBHOOK_SECRET_OLD", None)
    command = [part.replace(PORT, str(port)) for part in command]
    with serving(command, port, work, environment) as errors:
        yield Server(request.param, port, errors, places)


@pytest.fixture
def sender() -> Sender:
    return Sender(SECRET, seed=time.monotonic_ns())


def padded(sender: Sender, size: int) -> bytes:
    """A summary of about this many bytes, escapes included."""
    text = "Zażółć gęślą jaźń 🚚 " * 16
    one = len(json.dumps({"role": "user", "content": text})) + 2
    messages = [{"role": "user", "content": text} for _ in range(max(1, (size - 600) // one))]
    return sender.summary(messages=messages).body


def send(server: Server, path: str, body: bytes, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the last line of `chatislav send`."""
    binary = os.environ.get("CHATISLAV_BIN", str(ROOT / "target" / "debug" / "chatislav"))
    file = server.work / "sent"
    file.write_bytes(body)
    done = subprocess.run(
        [binary, "send", "--body", file, "--to", server.url(path), "--secret", SECRET, "--allow-local", "--output", "json",
         "--no-retry", *options],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    attempt = next(line for line in lines if line["type"] == "attempt")
    return done.returncode, attempt | {"outcome": lines[-1]["outcome"]}


@pytest.mark.parametrize("size", [2 * 1024, 3 * 1024 * 1024], ids=["2 KiB", "3 MiB"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_good_and_forged(server: Server, sender: Sender, method: str, size: int) -> None:
    server.handled()
    body = padded(sender, size)
    code, attempt = send(server, "/hook", body, "--method", method)
    assert (code, attempt["status"], attempt["outcome"]) == (0, 204, "delivered"), server.errors.read_text()
    status, _, answer = server.curl("/hook", body, "-X", method)
    assert (status, answer) == (204, "")
    assert [line["bytes"] for line in server.handled()] == [len(body)] * 2

    code, attempt = send(server, "/hook", body, "--method", method, "--tamper", "body")
    assert (code, attempt["status"], attempt["outcome"]) == (1, 401, "failed")
    for options, reason in (
        (["-H", "x-chatislav-signature: " + "0" * 64], "signature_mismatch"),
        ([], "signature_missing"),
        (["-H", "x-chatislav-signature: sha256=" + "0" * 64], "signature_malformed"),
        (["-H", "x-chatislav-signature: " + "0" * 64, "-H", "x-chatislav-signature: " + "1" * 64], "signature_ambiguous"),
    ):
        status, head, answer = server.curl("/hook", body, "-X", method, *options, signed=False)
        assert (status, answer) == (401, f'{{"error": "{reason}"}}')
        assert "content-type: application/json" in head
    assert server.handled() == []


def test_a_chunked_body(server: Server, sender: Sender) -> None:
    server.handled()
    # Who does not read it may close before a long one is sent, and then curl sees no answer.
    body = padded(sender, 1024 * 1024 if server.takes_chunks else 4096)
    status, _, answer = server.curl("/hook", body, "-H", "Transfer-Encoding: chunked", "-H", "Content-Length:")
    if not server.takes_chunks:
        # wsgiref hands no chunked body on: nobody's forgery, so it may come again.
        assert (status, answer) == (500, '{"error": "body_not_raw"}')
        return
    assert (status, answer) == (204, ""), server.errors.read_text()
    assert [line["bytes"] for line in server.handled()] == [len(body)]


def test_too_large(server: Server) -> None:
    server.handled()
    body = b'{"event": "x"}' + b" " * (8 * 1024 * 1024)
    for options in ([], ["-H", "Transfer-Encoding: chunked"] if server.takes_chunks else []):
        status, _, answer = server.curl("/hook", body, *options)
        assert (status, answer) == (413, '{"error": "body_too_large"}')
    assert server.handled() == []


def test_two_lengths(server: Server) -> None:
    """Under a Content-Length that says little no more than `max_body` is kept of a chunked body."""
    if "uvicorn" not in server.name or "django" in server.name:
        pytest.skip("django spools to the disk, and the others refuse the two or take the first")
    chunk, sent = b"100000\r\n" + bytes(0x100000) + b"\r\n", 0
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent < 64 and not select.select([connection], [], [], 0)[0]:
            connection.sendall(chunk)
            sent += 1
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
    assert sent < 32


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods(server: Server, method: str) -> None:
    options = ["-I"] if method == "HEAD" else ["-X", method]
    answer = subprocess.run(
        ["curl", "-s", "-i", "-m", "10", *options, server.url("/hook")], check=True, capture_output=True, text=True
    ).stdout
    head, _, rest = answer.partition("\r\n\r\n" if "\r\n\r\n" in answer else "\n\n")
    assert head.split()[1] == "405"
    assert "allow: post, put" in head.lower()
    assert rest == ("" if method == "HEAD" else '{"error": "method_not_allowed"}')


def test_what_the_handler_does(server: Server, sender: Sender) -> None:
    server.handled()
    assert server.curl("/hook", sender.event({"event": "voice_call_ended"}).body)[0] == 204
    assert server.curl("/hook", sender.event({"event": "x", "raise": True}).body)[0] == 500
    assert server.curl("/hook", sender.event({"event": "x", "status": 503}).body)[0] == 503
    assert server.curl("/hook", sender.event({"event": "x", "status": 404}).body)[0] == 404
    assert [line["event"] for line in server.handled()] == ["voice_call_ended", "x", "x", "x"]
    assert server.curl("/hook", b"[]")[0::2] == (400, '{"error": "payload_invalid"}')
    assert server.curl("/hook", b"")[0::2] == (400, '{"error": "payload_not_json"}')
    assert server.handled() == []


def test_models(server: Server, sender: Sender) -> None:
    status, _, answer = server.curl("/typed", sender.summary({"title": "T"}).body)
    assert status == 200 and answer.strip('"') == "T"
    status, _, answer = server.curl("/typed", sender.summary({"title": 7}).body)
    assert (status, answer) == (500, '{"error": "schema_mismatch"}')


def test_duplicates(server: Server, sender: Sender) -> None:
    server.handled()
    body = sender.lead().body
    put = ["-X", "PUT"]
    assert [server.curl("/once", body, *put)[0] for _ in range(3)] == [204, 200, 200]
    assert len(server.handled()) == 1
    # A failure frees the delivery, whether raised or answered.
    for failing, status in (({"raise": True}, 500), ({"status": 503}, 503), ({"status": 429}, 429)):
        body = sender.lead(**failing).body
        assert [server.curl("/once", body, *put)[0] for _ in range(2)] == [status, status]
        assert len(server.handled()) == 2
    # A forgery never claims what the genuine one needs.
    body = sender.lead().body
    assert server.curl("/once", body, *put, "-H", "x-chatislav-signature: " + "0" * 64, signed=False)[0] == 401
    assert server.curl("/once", body, *put)[0] == 204


def test_a_duplicate_in_flight(server: Server, sender: Sender) -> None:
    server.handled()
    body = sender.lead(sleep=1).body
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: server.curl("/once", body, "-X", "PUT"), range(3)))
    statuses = sorted(status for status, _, _ in answers)
    assert statuses == [204, 503, 503], server.errors.read_text()
    assert len(server.handled()) == 1
    assert server.curl("/once", body, "-X", "PUT")[0] == 200


def test_nothing_private_is_logged(server: Server, sender: Sender) -> None:
    body = sender.lead(form={"marker-field": "marker-value"}).body
    server.curl("/hook", body, "-H", "x-chatislav-signature: marker-signature", signed=False)
    server.curl("/typed", sender.summary({"marker-title": "marker"}).body)
    logged = server.errors.read_text()
    assert "marker" not in logged and SECRET not in logged
