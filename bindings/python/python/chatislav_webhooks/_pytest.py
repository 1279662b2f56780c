"""The pytest plugin; pytest finds it by itself."""

import pytest

from .testing import Sender


@pytest.fixture
def chatislav_sender(monkeypatch: pytest.MonkeyPatch) -> Sender:
    """Makes signed requests; its secret stands in CHATISLAV_WEBHOOK_SECRET while the test runs."""
    sender = Sender()
    monkeypatch.setenv("CHATISLAV_WEBHOOK_SECRET", sender.secret)
    monkeypatch.delenv("CHATISLAV_WEBHOOK_SECRET_OLD", raising=False)
    return sender
