"""Every shape of bytes is taken, what may change is copied, and nothing else is taken."""

import array
import ctypes
import mmap
import tempfile
import threading
from typing import Any

import pytest
from chatislav_webhooks import LeadCollection, Unsigned, Webhook, WebhookError

from conftest import BODY, signed


class Bytes(bytes):
    """A subclass, as some frameworks have."""


def mapped(body: bytes) -> mmap.mmap:
    file = tempfile.TemporaryFile()
    file.write(body)
    file.flush()
    return mmap.mmap(file.fileno(), len(body), access=mmap.ACCESS_READ)


def scattered(body: bytes) -> memoryview:
    """Every other byte of a buffer: not contiguous."""
    wide = bytearray(2 * len(body))
    wide[::2] = body
    return memoryview(wide)[::2]


SHAPES: dict[str, Any] = {
    "bytes": bytes,
    "subclass": Bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "memoryview of bytearray": lambda body: memoryview(bytearray(body)),
    "scattered": scattered,
    "backwards": lambda body: memoryview(body[::-1])[::-1],
    "mmap": mapped,
    "array": lambda body: array.array("B", body),
    "ctypes": lambda body: (ctypes.c_char * len(body)).from_buffer_copy(body),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("padding", [0, 2 * 1024 * 1024], ids=["small", "without the GIL"])
def test_shape(shape: str, padding: int, webhook: Webhook) -> None:
    body = BODY + b" " * padding
    made = SHAPES[shape](body)
    event = webhook.verify(made, signed(webhook, body))
    assert type(event) is LeadCollection and event.form == {"email": "ada@example.com"}
    assert event.raw == body
    webhook.verify_signature(SHAPES[shape](body), webhook.sign(body))
    assert webhook.sign(SHAPES[shape](body)) == webhook.sign(body)
    assert Unsigned().read(SHAPES[shape](body), {}).raw == body


def test_bytes_are_not_copied(webhook: Webhook) -> None:
    assert webhook.verify(BODY, signed(webhook, BODY)).raw is BODY


def test_what_changes_afterwards_changes_nothing(webhook: Webhook) -> None:
    body = bytearray(BODY)
    event = webhook.verify(body, signed(webhook, BODY))
    body[:] = b"x" * len(body)
    assert event.raw == BODY and event.payload["event"] == "lead_collection"


def test_what_changes_meanwhile_is_judged_as_one(webhook: Webhook) -> None:
    """A thread that flips a byte may win or lose, but what is verified is what is read."""
    good = BODY + b" " * (3 * 1024 * 1024)
    headers = signed(webhook, good)
    body = bytearray(good)
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            body[-1] ^= 0x20

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        for _ in range(20):
            try:
                assert webhook.verify(body, headers).raw == good
            except WebhookError as refused:
                assert refused.code == "signature_mismatch"
    finally:
        stop.set()
        thread.join()


def closed_map() -> mmap.mmap:
    made = mapped(BODY)
    made.close()
    return made


def released_view() -> memoryview:
    view = memoryview(BODY)
    view.release()
    return view


class Liar:
    """It has what bytes have, but it is none."""

    def __bytes__(self) -> bytes:
        return BODY

    def __len__(self) -> int:
        return len(BODY)


@pytest.mark.parametrize(
    "body",
    [None, "", BODY.decode(), 0, 1.5, True, {}, [], (), [1, 2], range(3), object(), Liar(), iter(BODY), BODY.find],
    ids=repr,
)
def test_anything_else_is_not_raw(body: Any, webhook: Webhook) -> None:
    for call in (
        lambda: webhook.verify(body, signed(webhook, BODY)),
        lambda: webhook.verify_signature(body, "0" * 64),
        lambda: webhook.sign(body),
        lambda: Unsigned().read(body, {}),
    ):
        with pytest.raises(WebhookError) as caught:
            call()
        assert caught.value.code == "body_not_raw"


@pytest.mark.parametrize("make", [closed_map, released_view])
def test_what_cannot_be_read_is_not_raw(make: Any, webhook: Webhook) -> None:
    with pytest.raises(WebhookError) as caught:
        webhook.verify(make(), signed(webhook, BODY))
    assert caught.value.code == "body_not_raw"


def test_too_large_is_refused_before_it_is_copied() -> None:
    webhook = Webhook("s", max_body=10)
    for body in (b"x" * 11, bytearray(11), memoryview(bytes(11)), array.array("Q", [0, 0])):
        with pytest.raises(WebhookError) as caught:
            webhook.verify(body, {})
        assert caught.value.code == "body_too_large"
    # More than any machine could copy: a file of nothing but holes.
    with tempfile.TemporaryFile() as file:
        file.truncate(1 << 40)
        with mmap.mmap(file.fileno(), 1 << 40, access=mmap.ACCESS_READ) as huge, pytest.raises(WebhookError) as caught:
            webhook.verify(huge, {})
    assert caught.value.code == "body_too_large"
    with pytest.raises(WebhookError) as caught:
        webhook.verify(b"x" * 10, {})
    assert caught.value.code == "signature_missing"
    # A signature can be made for more than is accepted.
    assert webhook.sign(bytearray(11)) == Webhook("s").sign(bytes(11))
    assert webhook.max_body == 10 and Webhook("s").max_body == 8 * 1024 * 1024


def test_unsigned_has_a_limit_too() -> None:
    assert Unsigned().max_body == 8 * 1024 * 1024
    unsigned = Unsigned(max_body=len(BODY) - 1)
    assert unsigned.max_body == len(BODY) - 1
    for body in (BODY, bytearray(BODY)):
        with pytest.raises(WebhookError) as caught:
            unsigned.read(body, {})
        assert caught.value.code == "body_too_large"
