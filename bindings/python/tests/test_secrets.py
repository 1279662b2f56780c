"""Secrets go in and do not come out."""

import copy
import gc
import json
import pickle
import warnings
from typing import Any

import pytest
from chatislav_webhooks import SecretError, Unsigned, Webhook

from conftest import BODY, SECRET, signed


@pytest.mark.parametrize("secret", [None, [], (), 7, object(), {}, [None], ["s", 7], [["s"]], "\udfff\ud800"], ids=repr)
def test_what_is_no_secret(secret: Any) -> None:
    with pytest.raises(SecretError) as caught:
        Webhook(secret)
    assert caught.value.code == "secret_missing" and caught.value.http_status == 500
    assert isinstance(caught.value, ValueError)


def test_text_and_bytes_are_the_same_secret() -> None:
    assert Webhook("clé").sign(BODY) == Webhook("clé".encode()).sign(BODY)


def test_rotation() -> None:
    old, new = Webhook("old"), Webhook("new")
    both = Webhook(["new", "old"])
    assert both.sign(BODY) == new.sign(BODY)
    assert both.verify(BODY, signed(new, BODY)).secret_index == 0
    assert both.verify(BODY, signed(old, BODY)).secret_index == 1
    assert both.fingerprints == [*new.fingerprints, *old.fingerprints]


def test_nothing_gives_the_secret_back() -> None:
    secret = "marker-of-the-secret"
    webhook = Webhook([secret, b"marker-of-the-old"])
    unsigned = Unsigned(required_header=("x-token", "marker-of-the-header"))
    for holder in (webhook, unsigned):
        shown = [repr(holder), str(holder), f"{holder!s}", repr(dir(holder)), repr(gc.get_referents(holder))]
        shown += [repr(getattr(holder, name)) for name in dir(holder)]
        assert "marker" not in "".join(shown)
        assert not hasattr(holder, "__dict__")
        for leak in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
            with pytest.raises(TypeError) as caught:
                leak(holder)
            assert "marker" not in str(caught.value)
        with pytest.raises(AttributeError):
            holder.secret = "other"  # type: ignore[union-attr]
    assert repr(webhook) == f"<Webhook, secrets {' '.join(webhook.fingerprints)}>"
    assert repr(unsigned) == "<Unsigned, requires x-token>"


def test_from_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHATISLAV_WEBHOOK_SECRET", raising=False)
    monkeypatch.setenv("CHATISLAV_WEBHOOK_SECRET_OLD", "old")
    with pytest.raises(SecretError) as caught:
        Webhook.from_env()
    assert caught.value.code == "secret_missing" and "CHATISLAV_WEBHOOK_SECRET" in caught.value.hint
    monkeypatch.setenv("CHATISLAV_WEBHOOK_SECRET", "a,b")
    assert Webhook.from_env().fingerprints == Webhook(["a,b", "old"]).fingerprints
    monkeypatch.delenv("CHATISLAV_WEBHOOK_SECRET_OLD")
    webhook = Webhook.from_env(max_body=7, max_age=60)
    assert webhook.fingerprints == Webhook("a,b").fingerprints and webhook.max_body == 7
    for name in ("CHATISLAV_WEBHOOK_SECRET", "CHATISLAV_WEBHOOK_SECRET_OLD"):
        monkeypatch.setenv(name, " ")
        with pytest.raises(SecretError) as caught:
            Webhook.from_env()
        assert caught.value.code == "secret_blank"
        monkeypatch.setenv(name, "good")


def test_the_environment_s_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATISLAV_WEBHOOK_SECRET", b"\xff\xfe-secret".decode("utf-8", "surrogateescape"))
    monkeypatch.delenv("CHATISLAV_WEBHOOK_SECRET_OLD", raising=False)
    assert Webhook.from_env().sign(BODY) == Webhook(b"\xff\xfe-secret").sign(BODY)


@pytest.mark.parametrize("secret", ["s\n", " s", '"s"', "CHATISLAV_WEBHOOK_SECRET=s", "\ufeffs"])
def test_a_mistake_of_copying_is_warned_of(secret: str) -> None:
    with pytest.warns(UserWarning, match="it is used as it is") as caught:
        Webhook(secret)
    assert caught[0].filename == __file__
    assert repr(secret) not in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Webhook(SECRET)
