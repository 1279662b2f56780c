"""The README does what it says: examples are run, and its files served, as they stand."""

import doctest
import inspect
import os
import re
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from chatislav_webhooks.errors import CODES
from chatislav_webhooks.testing import Sender

from conftest import ROOT, free_port, serving

README = (ROOT / "bindings" / "python" / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
FILES = dict(re.findall(r"^# (\w+\.py): (.*)$", README, re.MULTILINE))


def test_every_block_is_run() -> None:
    assert all(block.startswith((">>> ", "# ")) for block in BLOCKS)
    assert set(FILES) == {"main.py", "app.py", "manage.py"}


def test_the_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pydantic")
    pytest.importorskip("flask")
    monkeypatch.chdir(tmp_path)
    sessions = "\n".join(block for block in BLOCKS if block.startswith(">>> "))
    test = doctest.DocTestParser().get_doctest(sessions, {}, "README", "README.md", 0)
    result = doctest.DocTestRunner().run(test)
    assert result.attempted > 15 and result.failed == 0


def test_the_project_s_own_readme() -> None:
    text = (ROOT / "README.md").read_text()
    sessions = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(sessions, {}, "README", "README.md", 0)
    result = doctest.DocTestRunner().run(test)
    assert result.attempted > 3 and result.failed == 0


@pytest.mark.parametrize("name", ["main.py", "app.py", "manage.py"])
def test_the_files(name: str, tmp_path: Path) -> None:
    for module in {"main.py": ["fastapi", "uvicorn"], "app.py": ["flask"], "manage.py": ["django"]}[name]:
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    block = next(block for block in BLOCKS if block.startswith(f"# {name}:"))
    (tmp_path / name).write_text(block)
    port, sender = free_port(), Sender()
    # The command of the file's first line, on a port that is free.
    words = FILES[name].removeprefix("python ").replace(" --port 8000", "").split()
    place = [f"127.0.0.1:{port}"] if name == "manage.py" else ["--port", str(port)]
    command = [sys.executable, *([] if name == "manage.py" else ["-m"]), *words, *place]
    environment = os.environ | {"CHATISLAV_WEBHOOK_SECRET": sender.secret, "PYTHONUNBUFFERED": "1"}
    environment.pop("CHATISLAV_WEBHOOK_SECRET_OLD", None)
    with serving(command, port, tmp_path, environment) as said:
        for method, tampering, expected in (("POST", [], 0), ("PUT", [], 0), ("POST", ["--tamper", "body"], 1)):
            binary = os.environ.get("CHATISLAV_BIN", str(ROOT / "target" / "debug" / "chatislav"))
            url = f"http://127.0.0.1:{port}/webhooks/chatislav"
            sent = subprocess.run(
                [binary, "send", "lead_collection", "--to", url, "--allow-local", "--no-retry", "--method", method, *tampering],
                env=environment, capture_output=True, text=True,
            )  # fmt: skip
            assert sent.returncode == expected, sent.stdout + sent.stderr + said.read_text()
        for _ in range(100):
            if said.read_text().count("a lead: [") == 2:
                break
            time.sleep(0.05)
        assert said.read_text().count("a lead: [") == 2, said.read_text()


def test_every_code_is_in_the_table() -> None:
    for code in CODES:
        assert f"`{code}`" in README


# Each with what must be installed for it.
MODULES = {
    "chatislav_webhooks": "chatislav_webhooks", "errors": "chatislav_webhooks", "idempotency": "chatislav_webhooks",
    "testing": "flask", "aws_lambda": "chatislav_webhooks", "fastapi": "fastapi", "starlette": "starlette",
    "flask": "flask", "django": "django", "aiohttp": "aiohttp",
}  # fmt: skip


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    pytest.importorskip(MODULES[request.param])
    return import_module("chatislav_webhooks" if request.param == "chatislav_webhooks" else f"chatislav_webhooks.{request.param}")


@pytest.mark.filterwarnings("ignore:Using `httpx`")
def test_docstrings(module: ModuleType, chatislav_sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATISLAV_TEST_WORK", str(tmp_path))
    if module.__name__ == "chatislav_webhooks.django":
        # Which configures Django.
        import_module("apps.django_app")
    # Nothing but what the example itself imports.
    result = doctest.testmod(module, globs={"__name__": "__main__"})
    assert not result.failed
    assert result.attempted or module.__name__ == "chatislav_webhooks.errors"


def test_everything_public_has_a_docstring(module: ModuleType) -> None:
    names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    for name in names:
        item = getattr(module, name)
        if not callable(item) or not getattr(item, "__module__", "").startswith("chatislav"):
            continue
        assert item.__doc__ and item.__doc__.strip(), name
        if inspect.isclass(item):
            for attribute, value in vars(item).items():
                if not attribute.startswith("_") and callable(getattr(value, "__get__", None)):
                    documented = inspect.getdoc(getattr(item, attribute))
                    assert documented, f"{name}.{attribute}"
