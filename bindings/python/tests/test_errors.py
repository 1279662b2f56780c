"""What an error is: its class, its attributes, and what it never holds."""

import io
import logging
import pickle
import traceback
from typing import Any

import pytest
from chatislav_webhooks import PayloadError, SecretError, SignatureError, Unsigned, Webhook, WebhookError
from chatislav_webhooks._native import error
from chatislav_webhooks.errors import CODES

from conftest import BODY, SECRET, signed


def test_classes_really_inherit() -> None:
    classes = {code: type(error(code)) for code in CODES}
    for code, found in classes.items():
        if code.startswith("signature_"):
            assert found is SignatureError
        elif code.startswith("payload_") or code == "event_stale":
            assert found is PayloadError
        elif code.startswith("secret_"):
            assert found is SecretError
        else:
            assert found is WebhookError
    assert issubclass(SecretError, ValueError)
    for family in (SignatureError, PayloadError, SecretError):
        assert issubclass(family, WebhookError) and not issubclass(WebhookError, family)


def test_attributes() -> None:
    with pytest.raises(PayloadError) as caught:
        Webhook(SECRET).verify(b"[]", signed(Webhook(SECRET), b"[]"))
    refused = caught.value
    assert (refused.code, refused.http_status, refused.path) == ("payload_invalid", 400, "$")
    assert str(refused) == "the payload is not a Chatislav event (at $)"
    assert refused.hint and traceback.format_exception_only(refused)[-1].strip() == refused.hint


def test_errors_survive_pickling() -> None:
    refused = error("payload_not_json", path="byte 3")
    again = pickle.loads(pickle.dumps(refused))
    assert type(again) is PayloadError
    assert vars(again) == vars(refused) and str(again) == str(refused)


def test_a_wrong_number_of_arguments_is_a_type_error() -> None:
    for call in (lambda: Webhook(), lambda: Webhook("s").verify(b""), lambda: Webhook("s").verify_signature(b"")):  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("options", [{"max_body": "8"}, {"max_body": -1}, {"max_age": "x"}, {"max_age": -1.0}])
def test_other_options_are_value_errors(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Webhook("s", **options)


def test_nothing_that_is_shown_holds_what_is_private(caplog: pytest.LogCaptureFixture) -> None:
    pydantic = pytest.importorskip("pydantic")

    class Strict(pydantic.BaseModel):  # type: ignore[misc, name-defined]
        model_config = {"extra": "forbid"}
        numbers: dict[str, int] = {}

    class Broken:
        @classmethod
        def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
            raise RuntimeError("marker-raised")

    secret, header = "marker-secret", "marker-header"
    webhook = Webhook([secret, "marker-older"])
    body = b'{"event": "conversation_summary", "summary": {"marker-key": "marker-value", "numbers": {"marker-name": "marker-no"}}, "messages": ["marker-message"]}'
    expected = webhook.sign(body)
    headers = signed(webhook, body)
    event = webhook.verify(body, headers)
    unsigned = Unsigned(required_header=("x-token", header))
    calls: list[Any] = [
        lambda: Webhook(["marker-secret", ""]),
        lambda: webhook.verify(body + b" ", headers),
        lambda: webhook.verify(body.decode(), headers),
        lambda: webhook.verify({"marker": 1}, headers),
        lambda: webhook.verify(body, {"x-chatislav-signature": "marker-signature"}),
        lambda: webhook.verify(body, {"x-chatislav-signature": [expected, "0" * 64]}),
        lambda: webhook.verify(b'{"marker', signed(webhook, b'{"marker')),
        lambda: webhook.verify(body, headers, summary_type=Strict),
        lambda: webhook.verify(body, headers, summary_type=dict[str, int]),
        lambda: webhook.verify(body, headers, message_type=int),
        lambda: webhook.verify(body, headers, summary_type=Broken),
        lambda: Webhook(secret, max_age=1).verify(body, headers, now=0),
        lambda: unsigned.read(body, {"x-token": "marker-other"}),
    ]
    shown = [repr(webhook), repr(event), repr(unsigned), repr(unsigned.read(body, {"x-token": header})), str(event)]
    for call in calls:
        with pytest.raises(WebhookError) as caught:
            call()
        refused = caught.value
        assert refused.__cause__ is None and refused.__context__ is None
        trace = io.StringIO()
        # Without the source lines, which are this file's.
        frames = traceback.TracebackException.from_exception(refused, lookup_lines=False)
        trace.writelines(frames.format_exception_only())
        logging.getLogger("app").error("refused", exc_info=(type(refused), refused, None))
        shown += [repr(refused), str(refused), refused.hint, str(refused.path), repr(vars(refused)), trace.getvalue()]
    for text in [*shown, caplog.text]:
        assert "marker" not in text and expected not in text, text


def test_hints_name_the_framework_s_line(webhook: Webhook) -> None:
    for body in (None, "text", {"a": 1}, ["a"], 7, object(), lambda: b""):
        with pytest.raises(WebhookError) as caught:
            webhook.verify(body, {})  # type: ignore[arg-type]
        assert caught.value.code == "body_not_raw" and caught.value.http_status == 500
        for line in ("await request.body()", "request.get_data()", "request.body", "await request.read()", "b64decode"):
            assert line in caught.value.hint


def test_hints_name_what_was_handed_in(webhook: Webhook) -> None:
    view = memoryview(b"")
    view.release()
    for body, start in (
        (None, "nothing"), ("", "text"), ([], "a parsed object"), (io.BytesIO(), "a stream"), (view, "a buffer"),
        (BODY.find, "a function"), (7, "something"),
    ):  # fmt: skip
        with pytest.raises(WebhookError) as caught:
            webhook.verify(body, {})  # type: ignore[arg-type]
        assert caught.value.hint.startswith(start)


def test_a_forgotten_await_is_named(webhook: Webhook) -> None:
    async def body() -> bytes:
        return BODY

    coroutine = body()
    with pytest.raises(WebhookError, match="raw bytes") as caught:
        webhook.verify(coroutine, {})  # type: ignore[arg-type]
    coroutine.close()
    assert "await" in caught.value.hint.split(";")[0]
