"""Nothing but our error comes out, whatever goes in."""

import json
import math
from typing import Any

import pytest
from chatislav_webhooks import ConversationSummary, Unsigned, Webhook, WebhookError

from conftest import SECRET, signed

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as some  # noqa: E402

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=300)
settings.load_profile("repeatable")

scalars = (
    some.none() | some.booleans() | some.integers() | some.floats() | some.text() | some.binary()
    | some.text(alphabet=some.characters(categories=["Cs", "Cc"]))
)  # fmt: skip
anything: Any = some.recursive(
    scalars,
    lambda inner: some.lists(inner) | some.dictionaries(scalars, inner) | some.tuples(inner, inner) | some.sets(scalars),
    max_leaves=10,
) | some.sampled_from([object, Webhook, len, memoryview(b"x"), bytearray(b"x"), Exception("x"), type, NotImplemented])
names = some.sampled_from(["x-chatislav-signature", b"X-CHATISLAV-SIGNATURE", "HTTP_X_CHATISLAV_SIGNATURE"])
headers = anything | some.dictionaries(names, anything) | some.lists(some.tuples(names, anything))


@given(body=anything, headers=headers, now=anything)
def test_verify(body: Any, headers: Any, now: Any) -> None:
    for webhook in (Webhook(SECRET), Webhook([SECRET, "old"], max_age=60, max_body=3)):
        with pytest.raises(WebhookError):
            webhook.verify(body, headers, now=now)


@given(body=some.binary() | anything, signature=anything)
def test_verify_signature(body: Any, signature: Any) -> None:
    with pytest.raises(WebhookError):
        Webhook(SECRET).verify_signature(body, signature)


@given(secret=anything)
@pytest.mark.filterwarnings("ignore:webhook secret")
def test_construction(secret: Any) -> None:
    try:
        Webhook(secret)
    except WebhookError as refused:
        assert refused.code in ("secret_missing", "secret_blank")


@given(body=some.binary() | anything, headers=headers, required=some.none() | some.just(("x-chatislav-signature", "v")))
def test_unsigned(body: Any, headers: Any, required: Any) -> None:
    try:
        Unsigned(required_header=required).read(body, headers)
    except WebhookError:
        pass


values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@given(summary=some.dictionaries(some.text(), values), messages=some.lists(values), ascii_only=some.booleans())
def test_values_are_what_python_s_own_parser_makes(summary: Any, messages: Any, ascii_only: bool) -> None:
    try:
        payload = {"event": "conversation_summary", "summary": summary, "messages": messages}
        body = json.dumps(payload, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    webhook = Webhook(SECRET)
    event = webhook.verify(body, signed(webhook, body))
    assert isinstance(event, ConversationSummary)
    assert repr(event.payload) == repr(json.loads(body))


@given(text=some.text(alphabet=r'{}[]",:\u0123456789abcdefn tre-+.E' + "é\n", max_size=40))
def test_whatever_is_accepted_is_json(text: str) -> None:
    body = b'{"event": "x", "y": ' + text.encode() + b"}"
    webhook = Webhook(SECRET)
    try:
        event = webhook.verify(body, signed(webhook, body))
    except WebhookError as refused:
        assert refused.code.startswith("payload_")
        return
    assert repr(event.payload) == repr(json.loads(body))


@given(number=some.from_regex(r"\A-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?\Z"))
def test_numbers(number: str) -> None:
    body = b'{"event": "x", "y": ' + number.encode() + b"}"
    webhook = Webhook(SECRET)
    ours = webhook.verify(body, signed(webhook, body)).payload["y"]
    theirs = json.loads(number)
    assert type(ours) is type(theirs) and (ours == theirs or math.isnan(theirs))
