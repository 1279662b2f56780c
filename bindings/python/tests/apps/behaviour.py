"""What the handler of every test application does, told by the payload."""

import json
import os
import time
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from chatislav_webhooks import Webhook
from chatislav_webhooks.idempotency import Deduplicator, SQLiteStore

webhook = Webhook.from_env()
work = Path(os.environ.get("CHATISLAV_TEST_WORK", "."))
deduplicator = Deduplicator(SQLiteStore(work / "claims.db"))


class Summary(TypedDict):
    title: str


def handle(event: Any, log: str = "handled") -> int | None:
    """The status to answer, or None; what was handled is a line in a file."""
    payload = event.payload
    if "sleep" in payload:
        time.sleep(payload["sleep"])
    with (work / log).open("a") as lines:
        lines.write(json.dumps({"event": event.event, "bytes": len(event.raw), "key": event.delivery_key}) + "\n")
    if "raise" in payload:
        raise RuntimeError("the handler failed")
    status: int | None = payload.get("status")
    return status
