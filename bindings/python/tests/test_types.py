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
    "a handler of unverified events": "flask_verified(webhook)(on_unverified)",
    "a handler of one kind of event alone": "flask_verified(webhook)(on_lead)",
    "an Unsigned for an adapter": "flask_verified(Unsigned())",
    "an event made by hand": "LeadCollection.form = {}",
    "a lead's form of any event": "webhook.verify(b'', {}).form",
    "an option that does not exist": "flask_verified(webhook, summary=dict)",
}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_use_and_misuse(checker: str, tmp_path: Path) -> None:
    pytest.importorskip("flask")
    head = (
        "from chatislav_webhooks import AnyEvent, Event, LeadCollection, Unsigned, UnverifiedEvent, Webhook\n"
        "from chatislav_webhooks.flask import verified as flask_verified\n"
        "webhook = Webhook('s')\n"
        "def on(event: Event) -> None: ...\n"
        "def on_any(event: AnyEvent) -> None: ...\n"
        "def on_unverified(event: UnverifiedEvent) -> None: ...\n"
        "def on_lead(event: LeadCollection) -> None: ...\n"
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
