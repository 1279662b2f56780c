"""Why a signature does not fit: core's search through the Python surface, with every shared vector."""

from typing import Any

import pytest
from chatislav_webhooks import Explanation, Webhook, WebhookError

from conftest import BODY, SECRET, each, raw, signed

pytestmark = pytest.mark.filterwarnings("ignore:webhook secret")

COMPACT = BODY.replace(b": ", b":").replace(b", ", b",")


@each("explain")
def test_each_mistake_is_named(case: dict[str, Any]) -> None:
    secrets = [raw(secret) for secret in case["secrets"]]
    explanation = Webhook(secrets).explain(raw(case["body"]), case["headers"])
    assert explanation.change == case["expect"]
    assert explanation.found == (case["expect"] is not None)
    assert len(explanation.observations) == len(case.get("sees", []))
    for name in ("offset", "line", "column"):
        assert name not in case or getattr(explanation, name) == case[name]


def test_an_explanation() -> None:
    webhook = Webhook(["new", SECRET])
    explanation = webhook.explain(COMPACT, signed(Webhook(SECRET), BODY))
    assert (explanation.changes, explanation.secret_index) == (["json_python"], 1)
    assert (explanation.offset, explanation.line, explanation.column) == (9, 1, 10)
    assert explanation.at_hand == '{"event":"lead_collection","d...'
    assert explanation.signed == '{"event": "lead_collection", ...'
    assert "the secret is right and the bytes differ" in explanation.message
    assert "express.raw" in explanation.fix and explanation.complete and explanation.tried > 10
    assert str(explanation).endswith(f"fix: {explanation.fix}")
    assert repr(explanation) == "<Explanation json_python>"
    with pytest.raises(WebhookError, match="none of the secrets|not made for this body"):
        webhook.verify(COMPACT, signed(Webhook(SECRET), BODY))


def test_nothing_is_found() -> None:
    explanation = Webhook(SECRET).explain(BODY, signed(Webhook("another"), BODY))
    assert (explanation.found, explanation.change, explanation.changes) == (False, None, [])
    assert (explanation.offset, explanation.at_hand, explanation.secret_index) == (None, None, None)
    assert repr(explanation) == "<Explanation, nothing found>"


def test_bodies_and_headers() -> None:
    webhook = Webhook(SECRET)
    headers = signed(webhook, BODY)
    for body in (BODY, bytearray(BODY), memoryview(BODY), BODY.decode()):
        assert webhook.explain(body, headers).change == "none"
    value = webhook.sign(BODY)
    assert webhook.explain(BODY, {"HTTP_X_HUB_SIGNATURE_256": f"sha256={value}"}).change == "header_name+header_prefix"
    for body in (None, 7, {}, [], object()):
        with pytest.raises(WebhookError) as refused:
            webhook.explain(body, headers)  # type: ignore[arg-type]
        assert refused.value.code == "body_not_raw"
    assert isinstance(webhook.explain(BODY, {}), Explanation)
