"""What several test files need: the shared vectors, and a sample event with its signature."""

import json
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks import SIGNATURE_HEADER, Webhook

ROOT = Path(__file__).parents[3]
SECRET = "It's a Secret to Everybody"
BODY = b'{"event": "lead_collection", "data": {"form_data": [{"field": "email", "value": "ada@example.com"}]}}'


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
