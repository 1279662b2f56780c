"""The user's own models: what fits is theirs, what does not is a 500 with the path."""

import dataclasses
import sys
from typing import Annotated, Any

import pytest
from chatislav_webhooks import ConversationSummary, LeadCollection, UnknownEvent, Webhook, WebhookError

from conftest import signed

pydantic = pytest.importorskip("pydantic")
# pydantic wants this one before Python 3.12.
from typing_extensions import TypedDict  # noqa: E402

SUMMARY = b'{"event": "conversation_summary", "summary": {"title": "T", "topics": ["a"], "marker": {"marker-key": 1}}, "messages": [{"role": "user"}]}'
LEAD = b'{"event": "lead_collection", "data": {"bot_id": 7, "form_data": [{"field": "email", "value": "a@b.c"}]}}'


class Model(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    title: str
    topics: list[str] = []


@dataclasses.dataclass
class Data:
    bot_id: int


class Form(TypedDict):
    email: str


class Message(TypedDict):
    role: str


def read(webhook: Webhook, body: bytes, **types: Any) -> Any:
    return webhook.verify(body, signed(webhook, body), **types)


def test_what_fits(webhook: Webhook) -> None:
    event = read(webhook, SUMMARY, summary_type=Model, message_type=Message)
    assert isinstance(event, ConversationSummary)
    assert event.summary == Model(title="T", topics=["a"]) and event.messages == [{"role": "user"}]
    # The payload stays as it came.
    assert event.payload["summary"]["marker"] == {"marker-key": 1}
    lead = read(webhook, LEAD, data_type=Data, form_type=Form, message_type=Message)
    assert isinstance(lead, LeadCollection)
    assert lead.data == Data(bot_id=7) and lead.form == {"email": "a@b.c"} and lead.messages is None


def test_a_type_is_for_its_own_event(webhook: Webhook) -> None:
    assert read(webhook, LEAD, summary_type=int).form == {"email": "a@b.c"}
    assert isinstance(read(webhook, b'{"event": "x"}', summary_type=int, data_type=int, form_type=int), UnknownEvent)


class Nested(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    topics: list[int]


class Aliased(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    heading: int = pydantic.Field(alias="title")


class Forbids(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    model_config = {"extra": "forbid"}
    title: str
    topics: list[str]


class Raises(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    title: str

    @pydantic.field_validator("title")
    @classmethod
    def check(cls, value: str) -> str:
        raise LookupError(f"marker {value}")


@pytest.mark.parametrize(
    ("types", "path"),
    [
        ({"summary_type": Nested}, "summary.topics.0"),
        ({"summary_type": Aliased}, "summary.title"),
        ({"summary_type": Forbids}, "summary.*"),
        ({"summary_type": dict[str, str]}, "summary.*"),
        ({"summary_type": Data}, "summary.bot_id"),
        ({"summary_type": Raises}, "summary"),
        ({"summary_type": int}, "summary"),
        ({"summary_type": Annotated[int, [1]]}, "summary"),
        ({"summary_type": 7}, "summary"),
        ({"summary_type": object()}, "summary"),
        ({"message_type": int}, "messages.0"),
    ],
    ids=repr,
)
def test_what_does_not_fit(types: Any, path: str, webhook: Webhook) -> None:
    with pytest.raises(WebhookError) as caught:
        read(webhook, SUMMARY, **types)
    refused = caught.value
    assert (refused.code, refused.http_status, refused.path) == ("schema_mismatch", 500, path)
    assert refused.__context__ is None
    assert "marker" not in f"{refused} {refused.hint} {vars(refused)}"


def test_without_pydantic(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", None)

    class Unseen(TypedDict):
        title: str

    with pytest.raises(WebhookError) as caught:
        read(webhook, SUMMARY, summary_type=Unseen)
    assert caught.value.code == "schema_mismatch" and "pip install chatislav-webhooks[pydantic]" in caught.value.hint
    assert read(webhook, SUMMARY).summary["title"] == "T"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="any TypedDict will do from 3.12 on")
def test_what_pydantic_says_of_a_type_is_passed_on(webhook: Webhook) -> None:
    import typing

    with pytest.raises(WebhookError) as caught:
        read(webhook, SUMMARY, summary_type=typing.TypedDict("Old", {"title": str}))
    assert "typing_extensions.TypedDict" in caught.value.hint


def test_the_signature_is_judged_first(webhook: Webhook) -> None:
    with pytest.raises(WebhookError) as caught:
        webhook.verify(SUMMARY, {"x-chatislav-signature": "0" * 64}, summary_type=int)
    assert caught.value.code == "signature_mismatch"
