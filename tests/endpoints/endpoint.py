"""An endpoint of the table: how it is started, and what `check` must find."""

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SECRET = "whsec endpoints"


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """name: how the matrix calls it. fault: a sentence, or empty where there is none.
    start: the command, `node FILE`, `uvicorn APP`, `gunicorn APP`, `python FILE`, `next` or `axum`.
    start_fixed: the command that mends it, where it is the command that does.
    fails: the cases that must fail, and none other may: ids, numbers, or with `!` what does not belong to a number.
    stops: the preflight's word for it, where it ends the check before any case.
    says: what stands in the cause or the fix that is told with a failure.
    check: further arguments of `chatislav check`; {origin} is the endpoint's.
    slow: whether the cases that take seconds are among them.
    """

    name: str
    start: str
    start_fixed: str = ""
    path: str = "/hook"
    fault: str = ""
    fails: tuple[str, ...] = ()
    stops: str = ""
    says: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    slow: bool = False
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


def table() -> list[Endpoint]:
    with (HERE / "table.toml").open("rb") as file:
        rows = tomllib.load(file)["endpoint"]
    lists = ("fails", "says", "check")
    return [Endpoint(**{key: tuple(value) if key in lists else value for key, value in row.items()}) for row in rows]


def command(start: str, port: int, project: Path, axum: Path) -> tuple[list[str], Path]:
    """What starts it, and the folder to start it in."""
    server, *what = start.split()
    python, node = HERE / "python", project / "endpoints"
    match server:
        case "uvicorn":
            return [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "error", *what], python
        case "gunicorn":
            return [sys.executable, "-m", "gunicorn", *what], python
        case "python":
            return [sys.executable, *what], python
        case "node":
            return ["node", *what], node
        case "next":
            next_ = project / "node_modules" / "next" / "dist" / "bin" / "next"
            return ["node", str(next_), "start", "--hostname", "127.0.0.1", "--port", str(port)], node / "next"
        case "axum":
            return [str(axum)], HERE
    raise ValueError(f"nothing is known of {server}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(endpoint: Endpoint, fixed: bool, project: Path, axum: Path) -> Iterator[str]:
    """Runs it until the block ends; gives its origin, `http://127.0.0.1:PORT`."""
    port = free_port()
    arguments, folder = command(fixed and endpoint.start_fixed or endpoint.start, port, project, axum)
    environment = os.environ | {
        "CHATISLAV_WEBHOOK_SECRET": SECRET,
        "FIXED": "1" if fixed else "0",
        "NEXT_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production",
        "PORT": str(port),
        "PYTHONDONTWRITEBYTECODE": "1",
    } | endpoint.environment  # fmt: skip
    environment.pop("CHATISLAV_WEBHOOK_SECRET_OLD", None)
    with tempfile.TemporaryFile() as said:
        # A group of its own, since gunicorn and Next.js have children.
        process = subprocess.Popen(
            arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 60
            while not listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    said.seek(0)
                    raise RuntimeError(f"{endpoint.name} does not start: {said.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    for wish in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, wish)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
