"""The verdicts are core's: every shared vector, with its code, through the Python surface."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chatislav_webhooks import ConversationSummary, LeadCollection, UnknownEvent, Webhook, WebhookError
from chatislav_webhooks._native import ERROR_CODES, error
from chatislav_webhooks.errors import CODES

from conftest import SECRET, each, raw, signed, vectors


def given(literal: str | dict[str, Any]) -> str | bytes:
    """Text as text, and only other bytes as bytes: as a user has them."""
    return literal if isinstance(literal, str) else raw(literal)


pytestmark = pytest.mark.filterwarnings("ignore:webhook secret")


@each("hmac")
def test_sign(case: dict[str, Any]) -> None:
    key, body = raw(case["key"]), raw(case["body"])
    assert Webhook(key).sign(body) == case["expect"]
    Webhook(key).verify_signature(body, case["expect"])


@each("fingerprint")
def test_fingerprint(case: dict[str, Any]) -> None:
    assert Webhook(case["secret"]).fingerprints == [case["expect"]]


@each("secret")
def test_secrets(case: dict[str, Any]) -> None:
    try:
        Webhook([given(secret) for secret in case["secrets"]])
        got = "ok"
    except WebhookError as refused:
        got = refused.code
    assert got == case["expect"]


@each("signature")
def test_signature(case: dict[str, Any]) -> None:
    webhook = Webhook([SECRET, "whsec old"])
    body, values = raw(case["body"]), [given(value) for value in case["values"]]
    shapes: list[Any] = [
        {"X-Chatislav-Signature": values},
        {b"x-chatislav-signature": tuple(values)},
        [("x-chatislav-signature", value) for value in values],
        {"HTTP_X_CHATISLAV_SIGNATURE": values},
    ]
    for headers in shapes:
        try:
            event = webhook.verify(body, headers)
            assert event.secret_index == case.get("secret", 0)
            got = "verified"
        except WebhookError as refused:
            got = refused.code
        assert got == case["expect"], headers
    try:
        webhook.verify_signature(body, values)
        got = "verified"
    except WebhookError as refused:
        got = refused.code
    assert got == (case["expect"] if case["expect"].startswith("signature_") else "verified")


@each("event")
def test_event(case: dict[str, Any], webhook: Webhook) -> None:
    body = raw(case["body"])
    kinds = {ConversationSummary: "conversation_summary", LeadCollection: "lead_collection", UnknownEvent: "unknown"}
    try:
        event = webhook.verify(body, signed(webhook, body))
    except WebhookError as refused:
        assert (refused.code, refused.path) == (case["expect"], case.get("path", refused.path))
        return
    assert kinds[type(event)] == case["expect"]
    assert event.raw == body
    # Python's own parser agrees on every value, and so does the order of the names.
    assert json.dumps(event.payload) == json.dumps(json.loads(body))
    assert event.event == event.payload["event"]
    assert event.timestamp == case.get("timestamp")
    sent_at = event.sent_at
    assert (sent_at and round(sent_at.timestamp() * 1e6)) == case.get("sent_at")
    if "messages" in case:
        assert event.messages is event.payload["messages"]
        assert event.messages == json.loads(case["messages"])
    else:
        assert event.messages is None
    match event:
        case ConversationSummary(summary=subject) | LeadCollection(data=subject):
            assert subject is event.payload["summary" if isinstance(event, ConversationSummary) else "data"]
            assert "subject" not in case or subject == json.loads(case["subject"])
    if isinstance(event, LeadCollection) and "form" in case:
        assert event.form == {field: json.loads(value) for field, value in case["form"].items()}


@each("timestamp")
def test_timestamp(case: dict[str, Any], webhook: Webhook) -> None:
    body = json.dumps({"event": "x", "timestamp": case["text"]}).encode()
    sent_at = webhook.verify(body, signed(webhook, body)).sent_at
    if case["expect"] is None or case["text"].startswith("0000"):
        # Python's calendar begins with the year 1.
        assert sent_at is None
    else:
        assert sent_at is not None
        assert (sent_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) == case["expect"]


def test_codes_are_core_s() -> None:
    assert list(CODES) == ERROR_CODES, f"write into errors.py:\n{json.dumps(ERROR_CODES, indent=4)}"
    statuses = {code: error(code).http_status for code in CODES}
    assert statuses == {case["code"]: case["expect"] for case in vectors("errors")}
