"""What type checkers say: the stub is the module, and misuse does not pass."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from conftest import ROOT

STRICT = ["--strict", "--no-incremental", "--cache-dir", "/dev/null"]
HERE = Path(__file__).parent
README = (ROOT / "bindings" / "python" / "README.md").read_text()


def run(module: str, *arguments: object, cwd: Path = HERE) -> tuple[int, str]:
    if find_spec(module.partition(".")[0]) is None:
        pytest.skip(f"{module} is not installed")
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    return done.returncode, done.stdout + done.stderr


def test_the_stub_is_the_module() -> None:
    code, said = run("mypy.stubtest", "chatislav_webhooks._native")
    assert code == 0, said


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_package_is_clean(checker: str) -> None:
    pytest.importorskip("django")
    package = ROOT / "bindings" / "python" / "python"
    if checker == "mypy":
        code, said = run("mypy", *STRICT, "-p", "chatislav_webhooks", cwd=package)
    else:
        code, said = run("pyright", "--pythonpath", sys.executable, "chatislav_webhooks", cwd=package)
    assert code == 0, said


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_test_applications_are_clean(checker: str) -> None:
    pytest.importorskip("django")
    applications = sorted((HERE / "apps").glob("*_app.py"))
    if checker == "mypy":
        code, said = run("mypy", *STRICT, *applications)
    else:
        code, said = run("pyright", "--pythonpath", sys.executable, *applications)
    assert code == 0, said


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_examples_of_the_readme_are_clean(checker: str, tmp_path: Path) -> None:
    for module in ("fastapi", "flask", "django"):
        pytest.importorskip(module)
    files = []
    for block in re.findall(r"^```python\n(# (\w+\.py):.*?)^```$", README, re.MULTILINE | re.DOTALL):
        files.append(block[1])
        (tmp_path / block[1]).write_text(block[0])
    assert len(files) == 3
    arguments = STRICT if checker == "mypy" else ["--pythonpath", sys.executable]
    code, said = run(checker, *arguments, *files, cwd=tmp_path)
    assert code == 0, said


GOOD = """
from dataclasses import dataclass
from typing import Any, assert_never, assert_type

from chatislav_webhooks import AnyEvent, ConversationSummary, Event, LeadCollection, UnknownEvent, Unsigned, Webhook

@dataclass
class Summary:
    title: str

webhook = Webhook(["new", b"old"], max_age=60)
event = webhook.verify(b"", [("a", "b")], summary_type=Summary)
match event:
    case ConversationSummary():
        assert_type(event.summary, Summary)
    case LeadCollection():
        assert_type(event.form, dict[str, Any])
    case UnknownEvent():
        assert_type(event.event, str)
    case _:
        assert_never(event)

def on_any(event: Event) -> None: ...
def on_union(event: AnyEvent) -> None: ...
def on_summary(event: ConversationSummary[Summary]) -> str:
    return event.summary.title

on_any(event)
on_union(event)
webhook.verify(bytearray(), {"a": ["b"]})
webhook.verify(memoryview(b""), {b"a": b"b"})
assert_type(Unsigned().read(b"", {}).form, dict[str, Any])
"""

BAD = {
    "an unverified event for a verified handler": "on(Unsigned().read(b'', {}))",
    "an unverified event for the union": "on_any(Unsigned().read(b'', {}))",
    "text for a body": "webhook.verify('', {})",
    "a parsed body": "webhook.verify({}, {})",
    "an event made by hand": "LeadCollection.form = {}",
    "a lead's form of any event": "webhook.verify(b'', {}).form",
}

# Adapter: what comes before the event in its handlers, and in the methods of its classes.
HANDLERS = {
    "flask": ("", "self: MethodView, "),
    "django": ("request: HttpRequest, ", None),
    "starlette": ("request: Request, ", "self: HTTPEndpoint, request: Request, "),
    "aiohttp": ("request: web.Request, ", "self: web.View, "),
    "aws_lambda": (None, None),
}
IMPORTS = """
from typing import Any

from aiohttp import web
from chatislav_webhooks import AnyEvent, Event, LeadCollection, Unsigned, UnverifiedEvent, Webhook
from chatislav_webhooks.{adapter} import verified
from django.http import HttpRequest
from flask.views import MethodView
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request

webhook = Webhook("s")
"""


def handler(adapter: str, event: str, before: str | None) -> str:
    if adapter == "aws_lambda":
        return f"@verified(webhook)\ndef on(event: {event}, context: Any) -> None: ...\n"
    # An async one is taken by each of them.
    return f"@verified(webhook)\nasync def on({before}event: {event}) -> None: ...\n"


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.parametrize("adapter", HANDLERS)
def test_handlers(adapter: str, checker: str, tmp_path: Path) -> None:
    for module in ("flask", "django", "starlette", "aiohttp"):
        pytest.importorskip(module)
    shapes = [before for before in HANDLERS[adapter] if before is not None] or [None]
    good = [handler(adapter, event, before) for before in shapes for event in ("AnyEvent", "Event")]
    bad = [handler(adapter, event, before) for before in shapes for event in ("UnverifiedEvent", "LeadCollection")]
    bad += ["verified(Unsigned())\n", "verified(webhook, summary=dict)\n"]
    files = {f"good{number}.py": text for number, text in enumerate(good)}
    files |= {f"bad{number}.py": text for number, text in enumerate(bad)}
    for name, text in files.items():
        (tmp_path / name).write_text(IMPORTS.format(adapter=adapter) + text)
    _, said = run(checker, *(STRICT if checker == "mypy" else ["--pythonpath", sys.executable]), *files, cwd=tmp_path)
    for name, text in files.items():
        found = re.search(rf"{name}:\d+:.*error", said) is not None
        assert found == name.startswith("bad"), f"{text}\n{said}"


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_use_and_misuse(checker: str, tmp_path: Path) -> None:
    head = (
        "from chatislav_webhooks import AnyEvent, Event, LeadCollection, Unsigned, Webhook\n"
        "webhook = Webhook('s')\n"
        "def on(event: Event) -> None: ...\n"
        "def on_any(event: AnyEvent) -> None: ...\n"
    )
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(head + "".join(f"{line}  # {why}\n" for why, line in BAD.items()))
    arguments = STRICT if checker == "mypy" else ["--pythonpath", sys.executable]
    code, said = run(checker, *arguments, "good.py", cwd=tmp_path)
    assert code == 0, said
    code, said = run(checker, *arguments, "bad.py", cwd=tmp_path)
    first = head.count("\n") + 1
    for number, why in enumerate(BAD, first):
        assert f"bad.py:{number}:" in said, f"{checker} lets pass: {why}\n{said}"
    assert all(f"bad.py:{number}:" not in said for number in range(1, first)), said
