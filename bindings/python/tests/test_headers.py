"""Every shape of headers, and whatever else somebody hands in as headers."""

import collections
import email.message
import http.client
import io
import itertools
from types import MappingProxyType
from typing import Any

import pytest
from chatislav_webhooks import SignatureError, Unsigned, Webhook

from conftest import BODY

NAME = "X-Chatislav-Signature"


def message(pairs: list[tuple[str, str]]) -> email.message.Message:
    made = email.message.Message()
    for name, value in pairs:
        made[name] = value
    return made


def parsed(pairs: list[tuple[str, str]]) -> http.client.HTTPMessage:
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"
    return http.client.parse_headers(io.BytesIO(lines.encode()))


def starlette(pairs: list[tuple[str, str]]) -> Any:
    from starlette.datastructures import Headers

    return Headers(raw=[(name.lower().encode(), value.encode()) for name, value in pairs])


def werkzeug(pairs: list[tuple[str, str]]) -> Any:
    from werkzeug.datastructures import Headers

    return Headers(pairs)


def environ(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Servers join repeats (PEP 3333 leaves it to them)."""
    made: dict[str, Any] = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(), "wsgi.version": (1, 0)}
    for name, value in pairs:
        key = "HTTP_" + name.upper().replace("-", "_")
        made[key] = f"{made[key]},{value}" if key in made else value
    return made


def environ_headers(pairs: list[tuple[str, str]]) -> Any:
    from werkzeug.datastructures import EnvironHeaders

    return EnvironHeaders(environ(pairs))


def django(pairs: list[tuple[str, str]]) -> Any:
    from django.http.request import HttpHeaders

    return HttpHeaders(environ(pairs))


def multidict(pairs: list[tuple[str, str]]) -> Any:
    from multidict import CIMultiDict, CIMultiDictProxy

    return CIMultiDictProxy(CIMultiDict(pairs))


def listed(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return made


SHAPES: dict[str, Any] = {
    "list of pairs": list,
    "tuple of pairs": tuple,
    "list of lists": lambda pairs: [list(pair) for pair in pairs],
    "iterator": iter,
    "ASGI": lambda pairs: [(name.lower().encode(), value.encode()) for name, value in pairs],
    "dict of lists": listed,
    "proxy of lists": lambda pairs: MappingProxyType(listed(pairs)),
    "WSGI environ": environ,
    "werkzeug": werkzeug,
    "werkzeug environ": environ_headers,
    "starlette": starlette,
    "django": django,
    "multidict": multidict,
    "email": message,
    "http.client": parsed,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shape(shape: str, webhook: Webhook) -> None:
    module = {"django": "django", "multidict": "multidict", "starlette": "starlette"}.get(shape, "")
    if module or "werkzeug" in shape:
        pytest.importorskip(module or "werkzeug")
    make, signature = SHAPES[shape], webhook.sign(BODY)
    around = [("Host", "example.com"), ("Content-Type", "application/json")]
    webhook.verify(BODY, make([*around, (NAME, signature)]))
    webhook.verify(BODY, make([(NAME, signature), *around, (NAME, signature)]))
    for pairs, code in (
        (around, "signature_missing"),
        ([*around, (NAME, " ")], "signature_missing"),
        ([*around, (NAME, "0" * 64)], "signature_mismatch"),
        ([(NAME, signature), *around, (NAME, "0" * 64)], "signature_ambiguous"),
        ([*around, (NAME, "sha256=" + signature)], "signature_malformed"),
    ):
        with pytest.raises(SignatureError) as caught:
            webhook.verify(BODY, make(pairs))
        assert caught.value.code == code, pairs


@pytest.mark.parametrize("name", [NAME, NAME.lower(), NAME.upper(), "x-CHATISLAV-signature", NAME.encode()])
def test_names_have_no_case(name: Any, webhook: Webhook) -> None:
    webhook.verify(BODY, {"a": 1, name: webhook.sign(BODY)})
    webhook.verify(BODY, collections.OrderedDict({name: webhook.sign(BODY)}))


def test_two_cases_of_a_name_are_two_values(webhook: Webhook) -> None:
    with pytest.raises(SignatureError) as caught:
        webhook.verify(BODY, {NAME: webhook.sign(BODY), NAME.lower(): "0" * 64})
    assert caught.value.code == "signature_ambiguous"


class Raises:
    def items(self) -> Any:
        raise RuntimeError("marker")


class RaisesLater:
    def __iter__(self) -> Any:
        yield ("a", "b")
        raise KeyError("marker")


class RaisesOnLook:
    @property
    def items(self) -> Any:
        raise RuntimeError("marker")


@pytest.mark.parametrize(
    "headers",
    [
        None, 7, "ab", b"ab", "x-chatislav-signature", ["ab"], [("a",)], [("a", "b", "c")], [7], [[]], object(),
        Raises(), RaisesLater(), RaisesOnLook(), Raises, itertools.repeat(("a", "b")), {7: 8, None: None, ("a",): "b"},
    ],
    ids=repr,
)  # fmt: skip
def test_no_headers_are_no_signature(headers: Any, webhook: Webhook) -> None:
    with pytest.raises(SignatureError) as caught:
        webhook.verify(BODY, headers)
    assert caught.value.code == "signature_missing"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "missing"), (7, "malformed"), (object(), "malformed"), ({}, "malformed"), ("\ud800", "malformed"),
     ("é" * 64, "malformed"), ("０" * 64, "malformed"), (b"\xff" * 64, "malformed"), ([], "missing"),
     ([None, ""], "missing"), ([["0" * 64]], "malformed")],
)  # fmt: skip
def test_values_of_any_type(value: Any, code: str, webhook: Webhook) -> None:
    for headers in ({NAME: value}, [(NAME, value)]):
        with pytest.raises(SignatureError) as caught:
            webhook.verify(BODY, headers)
        assert caught.value.code == f"signature_{code}"
    with pytest.raises(SignatureError) as caught:
        webhook.verify_signature(BODY, value)
    assert caught.value.code == f"signature_{code}"


def test_an_interrupt_is_not_swallowed(webhook: Webhook) -> None:
    class Interrupted:
        def items(self) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        webhook.verify(BODY, Interrupted())


def test_the_required_header_of_unsigned() -> None:
    unsigned = Unsigned(required_header=("X-Token", "t0ken"))
    for headers in ({"x-token": "t0ken"}, [(b"x-token", b" t0ken ")], {"HTTP_X_TOKEN": "t0ken"}, {"X-TOKEN": ["t0ken"]}):
        assert unsigned.read(BODY, headers).event == "lead_collection"
    for wrong, code in (({}, "missing"), ({"x-token": "T0ken"}, "mismatch"), ({"x-token": ["t0ken", "x"]}, "ambiguous")):
        with pytest.raises(SignatureError) as caught:
            unsigned.read(BODY, wrong)
        assert caught.value.code == f"signature_{code}"
    for pair in ("ab", ("a",), ("a", "b", "c"), ("a", 7), (7, "a"), 7):
        with pytest.raises(ValueError):
            Unsigned(required_header=pair)  # type: ignore[arg-type]
    for pair in (("", "x"), ("x", ""), ("x", " ")):
        with pytest.raises(ValueError) as refused:
            Unsigned(required_header=pair)
        assert refused.value.code == "secret_blank"  # type: ignore[attr-defined]
