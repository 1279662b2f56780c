"""What an event gives, and what nobody can do to it."""

import hashlib
import math
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from chatislav_webhooks import (
    ConversationSummary,
    Event,
    LeadCollection,
    PayloadError,
    UnknownEvent,
    Unsigned,
    UnverifiedEvent,
    Webhook,
    WebhookError,
)

from conftest import BODY, SECRET, signed


def read(webhook: Webhook, body: bytes) -> Any:
    return webhook.verify(body, signed(webhook, body))


def test_values_lose_nothing(webhook: Webhook) -> None:
    body = (
        rb'{"event": "conversation_summary", "summary": {"big": 12345678901234567890, "neg": -98765432109876543210, '
        rb'"one": 1.0, "zero": -0.0, "minus": -0, "huge": 1e400, "tiny": 5e-324, "long": 9007199254740993, '
        rb'"tenth": 0.1, "exp": 1E2, "true": true, "null": null, "empty": [{}, [], ""], '
        rb'"text": "\u00e9\ud83d\ude9a\n\u0000\"\\\/\b\f\r\t", "caf\u00e9": 1, "digits": ' + b"9" * 999 + b"}}"
    )
    summary = read(webhook, body).summary
    assert summary["big"] == 12345678901234567890 and summary["neg"] == -98765432109876543210
    assert type(summary["one"]) is float and type(summary["exp"]) is float and summary["exp"] == 100.0
    assert math.copysign(1, summary["zero"]) == -1 and type(summary["minus"]) is int
    assert summary["huge"] == math.inf and summary["tiny"] == 5e-324 and summary["long"] == 9007199254740993
    assert summary["tenth"] == 0.1 and summary["true"] is True and summary["null"] is None
    assert summary["empty"] == [{}, [], ""]
    assert summary["text"] == 'é🚚\n\0"\\/\b\f\r\t' and summary["café"] == 1
    assert str(summary["digits"]) == "9" * 999


def test_integers_longer_than_python_reads(webhook: Webhook) -> None:
    """Python's own limit, which an application may lower to 640 digits, is on reading text."""
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        for digits in (640, 641, 900, 999):
            body = b'{"event": "lead_collection", "data": {"form_data": [{"field": "a", "value": -%s}]}, "b": %s}'
            event = read(webhook, body % (b"9" * digits, b"1" + b"0" * (digits - 1)))
            assert event.form == {"a": 1 - 10**digits} and event.payload["b"] == 10 ** (digits - 1)
    finally:
        sys.set_int_max_str_digits(before)


def test_the_same_objects_each_time(webhook: Webhook) -> None:
    event = read(webhook, BODY)
    assert event.payload is event.payload and event.data is event.payload["data"] and event.form is event.form


def test_match(webhook: Webhook) -> None:
    def what(event: Event) -> str:
        match event:
            case LeadCollection(form={"email": email}):
                return f"lead {email}"
            case ConversationSummary(summary={"title": title}):
                return f"summary {title}"
            case UnknownEvent(event=name):
                return f"unknown {name}"
        return "?"

    assert what(read(webhook, BODY)) == "lead ada@example.com"
    assert what(read(webhook, b'{"event": "conversation_summary", "summary": {"title": "T"}}')) == "summary T"
    assert what(read(webhook, b'{"event": "voice_call"}')) == "unknown voice_call"


def test_the_last_of_a_repeated_field_counts_and_the_order_stays(webhook: Webhook) -> None:
    items = b'{"field": "b", "value": 1}, {"field": "a", "value": [2]}, {"field": "b", "value": 3}, 7, {"field": 8}'
    event = read(webhook, b'{"event": "lead_collection", "data": {"form_data": [' + items + b"]}}")
    assert list(event.form.items()) == [("b", 3), ("a", [2])]


def test_delivery_key_and_time(webhook: Webhook) -> None:
    body = b'{"event": "x", "timestamp": "2026-06-23T12:00:00.000001"}'
    event = read(webhook, body)
    assert event.delivery_key == hashlib.sha256(body).hexdigest()
    assert event.sent_at == datetime(2026, 6, 23, 12, 0, 0, 1, tzinfo=UTC)
    assert event.sent_at.utcoffset() == timedelta(0)


def test_events_cannot_be_changed_or_forged(webhook: Webhook) -> None:
    event = read(webhook, BODY)
    for name in ("form", "data", "raw", "anything"):
        with pytest.raises(AttributeError):
            setattr(event, name, 1)
    for kind in (Event, ConversationSummary, LeadCollection, UnknownEvent, UnverifiedEvent):
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(TypeError):
            object.__new__(kind)
    with pytest.raises(TypeError):
        type("Fake", (Event,), {})()
    for final in (LeadCollection, Webhook, Unsigned):
        with pytest.raises(TypeError):
            type("Fake", (final,), {})
    assert repr(event) == f"<LeadCollection, {len(BODY)} bytes>"


def test_an_unverified_event_is_no_event() -> None:
    event = Unsigned().read(BODY, {})
    assert not isinstance(event, Event) and not hasattr(event, "secret_index")
    assert event.form == {"email": "ada@example.com"} and event.data is event.payload["data"] and event.summary is None
    other = Unsigned().read(b'{"event": "x", "messages": [1]}', {})
    assert (other.form, other.data, other.messages) == ({}, None, [1])


def test_max_age() -> None:
    body = b'{"event": "x", "timestamp": "2026-06-23T12:00:00.000000"}'
    noon = datetime(2026, 6, 23, 12, tzinfo=UTC)
    for age in (60, 60.0, timedelta(minutes=1)):
        webhook = Webhook(SECRET, max_age=age)
        for seconds, fresh in ((0, True), (60, True), (61, False), (-300, True), (-301, False)):
            moment = noon + timedelta(seconds=seconds)
            for now in (moment, moment.timestamp(), moment.astimezone(timezone(timedelta(hours=5)))):
                if fresh:
                    webhook.verify(body, signed(webhook, body), now=now)
                else:
                    with pytest.raises(PayloadError) as caught:
                        webhook.verify(body, signed(webhook, body), now=now)
                    assert (caught.value.code, caught.value.http_status) == ("event_stale", 400)
    with pytest.raises(PayloadError) as caught:
        webhook.verify(BODY, signed(webhook, BODY), now=noon)
    assert (caught.value.code, caught.value.path) == ("payload_invalid", "timestamp")
    # Without max_age nothing looks at the time, and with it the clock does.
    Webhook(SECRET).verify(BODY, signed(webhook, BODY))
    with pytest.raises(PayloadError):
        webhook.verify(body, signed(webhook, body))


@pytest.mark.parametrize(
    "now", ["x", b"", object(), math.nan, math.inf, -math.inf, 1e300, datetime(2026, 6, 23, 12), [], {}], ids=repr
)
def test_a_time_that_is_none_is_our_own_fault(now: Any) -> None:
    """So that the event comes again: a 400 would lose it."""
    webhook = Webhook(SECRET, max_age=10**9)
    body = b'{"event": "x", "timestamp": "2026-06-23T12:00:00.000000"}'
    with pytest.raises(WebhookError) as caught:
        webhook.verify(body, signed(webhook, body), now=now)
    refused = caught.value
    assert (refused.code, refused.http_status, refused.path) == ("schema_mismatch", 500, "now")
    assert refused.hint == "now is an aware datetime or seconds since 1970"
