"""The test kit itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from chatislav_webhooks import ConversationSummary, LeadCollection, Webhook
from chatislav_webhooks.testing import Sender


def test_samples_are_the_sender_s_own_style() -> None:
    sender = Sender(seed=1)
    webhook = Webhook(sender.secret)
    lead, summary = sender.lead(form={"name": "Zoë", "age": 7}), sender.summary({"title": "T"}, messages=None)
    event = webhook.verify(lead.body, lead.headers)
    assert isinstance(event, LeadCollection) and event.form == {"name": "Zoë", "age": 7}
    assert b'": "' in lead.body and b"Zo\\u00eb" in lead.body
    event = webhook.verify(summary.body, dict(summary.headers))
    assert isinstance(event, ConversationSummary) and event.summary == {"title": "T"} and event.messages is None
    assert event.sent_at is not None
    assert sender.lead(timestamp="").body != sender.lead(timestamp="").body
    # Each sample is a delivery of its own; the same seed gives the same ids.
    ids = [json.loads(Sender(seed=3).lead().body)["data"] for _ in range(2)]
    assert ids[0] == ids[1] != json.loads(Sender(seed=4).lead().body)["data"]


def test_knobs_change_one_thing() -> None:
    request = Sender().raw(b'{"event":"x"}')
    assert request.reserialised().body == b'{"event":"x"}\n'
    assert request.tampered().headers == request.headers and request.tampered().body != request.body
    assert len(request.tampered().body) == len(request.body)
    assert Sender().raw(b"").tampered().body == b" "
    assert request.put().method == "PUT" and request.put().body == request.body
    assert request.repeated().signatures == 2 * request.signatures and len(request.repeated().signatures) == 2
    assert "x-chatislav-signature" not in dict(request.unsigned().headers)
    assert repr(request) == "<SignedRequest, POST, 13 bytes>" and "secret" not in repr(Sender())


def test_the_plugin_is_found_by_itself(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "from chatislav_webhooks import Webhook\n"
        "def test_it(chatislav_sender):\n"
        "    request = chatislav_sender.lead()\n"
        "    assert Webhook.from_env().verify(request.body, request.headers).form\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CHATISLAV", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        capture_output=True, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_fixture_cleans_up(chatislav_sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    assert os.environ["CHATISLAV_WEBHOOK_SECRET"] == chatislav_sender.secret
    monkeypatch.undo()
    assert os.environ.get("CHATISLAV_WEBHOOK_SECRET") != chatislav_sender.secret
