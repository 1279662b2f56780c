"""Coverage-guided fuzzing of the Python surface: `make fuzz-python`.

Bytes choose the arguments' types and content; a rightly signed body must become what Python's own
parser makes of it, or be refused. Whatever else comes out than `WebhookError` is a finding.
"""

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports():
    import chatislav_webhooks
    from chatislav_webhooks import Unsigned, Webhook, WebhookError

WEBHOOK = Webhook(["secret", "old"], max_body=4096)
AGED = Webhook("secret", max_age=60)
NAME = chatislav_webhooks.SIGNATURE_HEADER


@atheris.instrument_func
def argument(data: atheris.FuzzedDataProvider, depth: int = 0) -> object:
    """A value of some type, nested a little."""
    kind = data.ConsumeIntInRange(0, 13 if depth < 3 else 8)
    match kind:
        case 0: return None
        case 1: return data.ConsumeBytes(64)
        case 2: return data.ConsumeUnicode(64)
        case 3: return data.ConsumeInt(16)
        case 4: return data.ConsumeFloat()
        case 5: return bytearray(data.ConsumeBytes(64))
        case 6: return memoryview(data.ConsumeBytes(64))[:: data.PickValueInList([1, -1, 2])]
        case 7: return data.PickValueInList([NAME, NAME.upper(), NAME.encode(), "HTTP_X_CHATISLAV_SIGNATURE"])
        case 8: return data.PickValueInList([object(), Webhook, len, float("nan"), iter(()), Exception("x")])
        case 9: return [argument(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 3))]
        case 10: return tuple(argument(data, depth + 1) for _ in range(data.ConsumeIntInRange(0, 3)))
        case 11: return {data.PickValueInList([NAME, "a", b"a", 7]): argument(data, depth + 1) for _ in range(2)}
        case 12: return [(NAME, argument(data, depth + 1))]
        case _: return ({}, argument(data, depth + 1))  # fmt: skip


@atheris.instrument_func
def one(fuzzed: bytes) -> None:
    data = atheris.FuzzedDataProvider(fuzzed)
    if data.ConsumeBool():
        body = data.ConsumeBytes(4096)
        try:
            event = WEBHOOK.verify(body, {NAME: WEBHOOK.sign(body)})
        except WebhookError as refused:
            assert refused.code.startswith("payload_"), refused.code
            return
        assert repr(event.payload) == repr(json.loads(body))
        assert event.raw == body and len(event.delivery_key) == 64
        _ = event.sent_at, event.messages, event.timestamp, repr(event), getattr(event, "form", None)
        return
    for call in (
        lambda: WEBHOOK.verify(argument(data), argument(data)),
        lambda: AGED.verify(argument(data), argument(data), now=argument(data)),
        lambda: WEBHOOK.verify_signature(argument(data), argument(data)),
        lambda: WEBHOOK.sign(argument(data)),
        lambda: Unsigned().read(argument(data), argument(data)),
        lambda: Unsigned(required_header=(NAME, "value")).read(argument(data), argument(data)),
    ):
        try:
            call()
        except WebhookError:
            pass


def seeds(folder: Path) -> None:
    """The bodies of the shared vectors, each behind the choice to sign it."""
    cases = json.loads((Path(__file__).parents[3] / "tests" / "vectors" / "event.json").read_text())
    for number, case in enumerate(cases):
        if isinstance(case["body"], str):
            # The provider takes its choices from the end.
            (folder / str(number)).write_bytes(case["body"].encode() + b"\x01")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as corpus:
        seeds(Path(corpus))
        atheris.Setup([*sys.argv, corpus], one)
        atheris.Fuzz()
