"""What a customer writes by hand and writes right; each endpoint beside it goes wrong in one place."""

import hashlib
import hmac
import json
import os
from collections.abc import Sequence

HEADER = "x-chatislav-signature"
LARGEST = 8 * 1024 * 1024
SECRET = os.environ["CHATISLAV_WEBHOOK_SECRET"]

# With FIXED=1 an endpoint has the line that `chatislav check` tells it to write.
FIXED = os.environ.get("FIXED") == "1"


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_genuine(body: bytes, given: Sequence[str], secrets: Sequence[str] = (SECRET,)) -> bool:
    # Bytes, since `compare_digest` raises on a text that is not ASCII.
    header = ",".join(given).strip().lower().encode(errors="replace")
    return any([hmac.compare_digest(signature(body, secret).encode(), header) for secret in secrets])


def is_event(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body.decode()), dict)
    except (ValueError, RecursionError):
        return False


def status(body: bytes, given: Sequence[str]) -> int:
    if not is_genuine(body, given):
        return 401
    return 204 if is_event(body) else 400
