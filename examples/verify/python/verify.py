"""Verifies Chatislav webhooks with nothing but the standard library of Python 3.9 or later.

Run it with any WSGI server, as in `gunicorn verify`, or with `python3 verify.py` to try it.
The package chatislav-webhooks does the same for your framework, and gives typed events.
The raw body in Flask: `request.get_data()`, Django: `request.body`, FastAPI: `await request.body()`.
"""

import hmac
import os
import re

MAX_BODY = 8 * 1024 * 1024

# The old one only during a rotation. A blank one is refused: everybody could sign with it.
SECRETS = [os.environ.get("CHATISLAV_WEBHOOK_SECRET", "")]
if "CHATISLAV_WEBHOOK_SECRET_OLD" in os.environ:
    SECRETS.append(os.environ["CHATISLAV_WEBHOOK_SECRET_OLD"])
if not all(secret.strip() for secret in SECRETS):
    raise ValueError("CHATISLAV_WEBHOOK_SECRET is missing or blank")


def verify(body: bytes, signature: str, secrets: list[str]) -> bool:
    """Whether one of the secrets signed exactly these bytes."""
    # bytes.fromhex skips blanks, and compare_digest raises on text outside ASCII: so look first.
    if not re.fullmatch("[0-9A-Fa-f]{64}", signature):
        return False
    given = bytes.fromhex(signature)
    return any(hmac.compare_digest(given, hmac.digest(secret.encode(), body, "sha256")) for secret in secrets)


def application(environ, start_response):
    """The endpoint. A repeated header arrives joined by commas, and so is no signature."""

    def answer(status, *headers):
        start_response(status, [("Content-Length", "0"), *headers])
        return []

    if environ["REQUEST_METHOD"] not in ("POST", "PUT"):
        return answer("405 Method Not Allowed", ("Allow", "POST, PUT"))
    body = read_body(environ)
    if body is None:
        return answer("411 Length Required")
    if len(body) > MAX_BODY:
        return answer("413 Content Too Large")
    if not verify(body, environ.get("HTTP_X_CHATISLAV_SIGNATURE", "").strip(" \t"), SECRETS):
        return answer("401 Unauthorized")
    accept(body)
    return answer("204 No Content")


def read_body(environ):
    """The body as it came, at most a byte over the limit; None if nobody knows where it ends."""
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal():
        return environ["wsgi.input"].read(min(int(length), MAX_BODY + 1))
    # A chunked upload: gunicorn and others say that they end the stream, wsgiref does not.
    return environ["wsgi.input"].read(MAX_BODY + 1) if environ.get("wsgi.input_terminated") else None


def accept(body: bytes):
    """Keep these bytes, in a queue or a table, and parse them after the answer.

    Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
    """
    print(f"a genuine event of {len(body)} bytes", flush=True)


if __name__ == "__main__":
    from wsgiref.simple_server import make_server

    make_server("127.0.0.1", int(os.environ.get("PORT", "8080")), application).serve_forever()
