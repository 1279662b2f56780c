"""Requests as Chatislav sends them, for the test client of each framework.

    >>> from flask import Flask
    >>> from chatislav_webhooks import Webhook
    >>> from chatislav_webhooks.flask import verified
    >>> from chatislav_webhooks.testing import Sender
    >>> sender = Sender()
    >>> app = Flask(__name__)
    >>> @app.route("/webhooks/chatislav")
    ... @verified(Webhook(sender.secret))
    ... def on_event(event):
    ...     print("a lead:", sorted(event.form))
    >>> client = app.test_client()
    >>> request = sender.lead(form={"email": "ada@example.com"})
    >>> client.open(**request.flask("/webhooks/chatislav")).status_code
    a lead: ['email']
    204
    >>> client.open(**request.tampered().flask("/webhooks/chatislav")).status_code
    401

Sent again, a request is the duplicate of its delivery. With pytest, the fixture
`chatislav_sender` is a `Sender` whose secret stands in `CHATISLAV_WEBHOOK_SECRET` while the test
runs.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from ._native import SIGNATURE_HEADER, Webhook, sample

__all__ = ["LambdaFormat", "Sender", "SignedRequest"]

LambdaFormat: TypeAlias = Literal["1.0", "2.0", "alb", "alb-multi", "url"]
"""What calls the function: API Gateway with payload 1.0 or 2.0, a load balancer without and with
multi-value headers, a function URL."""


@dataclass(frozen=True, repr=False)
class SignedRequest:
    """One request; each method gives a new one, and the last group hands it to a test client."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    method: str = "POST"

    def put(self) -> "SignedRequest":
        """With PUT, the other method that Chatislav sends."""
        return replace(self, method="PUT")

    def with_method(self, method: str) -> "SignedRequest":
        """With a method that Chatislav does not send."""
        return replace(self, method=method)

    def unsigned(self) -> "SignedRequest":
        """Without the signature."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] != SIGNATURE_HEADER))

    def signed_with(self, secret: str | bytes) -> "SignedRequest":
        """Signed by another secret: an old one, or a stranger's."""
        return self.with_signature(Webhook(secret).sign(self.body))

    def with_signature(self, *values: str) -> "SignedRequest":
        """With these values of the signature header, each in a line of its own."""
        return replace(self, headers=(*self.unsigned().headers, *((SIGNATURE_HEADER, value) for value in values)))

    def tampered(self) -> "SignedRequest":
        """With one bit of the body flipped on the way, under the same signature."""
        at = len(self.body) // 2
        flipped = self.body[:at] + bytes([self.body[at] ^ 1]) + self.body[at + 1 :] if self.body else b" "
        return replace(self, body=flipped)

    def reserialised(self) -> "SignedRequest":
        """With equal JSON in other bytes, as a proxy makes that parses and writes, under the same
        signature."""
        body = json.dumps(json.loads(self.body), separators=(",", ":"), ensure_ascii=False).encode()
        return replace(self, body=body if body != self.body else self.body + b"\n")

    def repeated(self) -> "SignedRequest":
        """With the signature header twice, with the same value, which is allowed."""
        return self.with_signature(*2 * self.signatures)

    def ambiguous(self) -> "SignedRequest":
        """With a second, different signature, which is not."""
        return self.with_signature(*self.signatures, "0" * 64)

    def with_header(self, name: str, value: str) -> "SignedRequest":
        """With one of the Custom Headers of the Webhooks screen."""
        return replace(self, headers=(*self.headers, (name, value)))

    @property
    def signatures(self) -> tuple[str, ...]:
        """The values of the signature header."""
        return tuple(value for name, value in self.headers if name == SIGNATURE_HEADER)

    def fastapi(self, url: str) -> dict[str, Any]:
        """For `client.request(**...)` of FastAPI's, Starlette's and httpx's clients."""
        return {"method": self.method, "url": url, "content": self.body, "headers": list(self.headers)}

    starlette = httpx = fastapi

    def flask(self, path: str) -> dict[str, Any]:
        """For `client.open(**...)` of Flask's client."""
        return {"path": path, "method": self.method, "data": self.body, "headers": list(self.headers)}

    def django(self, path: str) -> dict[str, Any]:
        """For `client.generic(**...)` of Django's clients; repeats are joined as a server joins them."""
        headers = self._joined()
        content_type = headers.pop("content-type", "application/octet-stream")
        return {"method": self.method, "path": path, "data": self.body, "content_type": content_type, "headers": headers}

    def aiohttp(self, path: str) -> dict[str, Any]:
        """For `await client.request(**...)` of aiohttp's test client."""
        return {"method": self.method, "path": path, "data": self.body, "headers": list(self.headers)}

    def aws_lambda(self, form: LambdaFormat = "2.0", *, binary: bool = False) -> dict[str, Any]:
        """For `handler(request, context)`, as the gateway would call it; `binary` is base64."""
        body = base64.b64encode(self.body).decode() if binary else self.body.decode()
        request: dict[str, Any] = {"body": body, "isBase64Encoded": binary}
        headers, several = self._joined(), self._listed()
        if form in ("2.0", "url"):
            http = {"method": self.method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""}
            return {"version": "2.0", "rawPath": "/", "headers": headers, "requestContext": {"http": http}, **request}
        request |= {"httpMethod": self.method, "path": "/"}
        if form == "1.0":
            # API Gateway keeps the case of the names and the last value.
            last = {name.title(): values[-1] for name, values in several.items()}
            titled = {name.title(): values for name, values in several.items()}
            return {"version": "1.0", "headers": last, "multiValueHeaders": titled, "requestContext": {}, **request}
        context = {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:region:123456789012:targetgroup/tests/1"}}
        shape = {"multiValueHeaders": several} if form == "alb-multi" else {"headers": headers}
        return {"requestContext": context, **shape, **request}

    def _listed(self) -> dict[str, list[str]]:
        listed: dict[str, list[str]] = {}
        for name, value in self.headers:
            listed.setdefault(name, []).append(value)
        return listed

    def _joined(self) -> dict[str, str]:
        return {name: ",".join(values) for name, values in self._listed().items()}

    def __repr__(self) -> str:
        return f"<SignedRequest, {self.method}, {len(self.body)} bytes>"


class Sender:
    """Makes signed requests.

    secret: with which it signs; a throw-away one unless said otherwise.
    seed: where the ids of the samples begin; each sample has its own.
    """

    def __init__(self, secret: str = "chatislav-test-secret", *, seed: int = 0) -> None:
        self.secret = secret
        self._webhook = Webhook(secret)
        self._next = seed

    def lead(self, form: Mapping[str, Any] | None = None, **fields: Any) -> SignedRequest:
        """A `lead_collection`; `form` is what the lead filled in, `fields` replace those of the payload."""
        payload = self._sample("lead_collection") | fields
        if form is not None:
            items = [{"field": field, "value": value} for field, value in form.items()]
            payload["data"] = payload["data"] | {"form_data": items}
        return self.event(payload)

    def summary(self, summary: Mapping[str, Any] | None = None, **fields: Any) -> SignedRequest:
        """A `conversation_summary`; `summary` replaces the sample's, `fields` those of the payload."""
        payload = self._sample("conversation_summary") | fields
        if summary is not None:
            payload["summary"] = dict(summary)
        return self.event(payload)

    def event(self, payload: Mapping[str, Any]) -> SignedRequest:
        """Any payload, written as Chatislav writes it: with blanks, and `\\uXXXX` outside ASCII."""
        return self.raw(json.dumps(payload).encode())

    def raw(self, body: bytes) -> SignedRequest:
        """Exactly these bytes, rightly signed."""
        headers = (("content-type", "application/json"), (SIGNATURE_HEADER, self._webhook.sign(body)))
        return SignedRequest(body, headers)

    def _sample(self, event: str) -> dict[str, Any]:
        body = sample(event, now=time.time(), entropy=self._next)
        self._next += 1
        assert body is not None
        payload: dict[str, Any] = json.loads(body)
        return payload

    def __repr__(self) -> str:
        return "<Sender>"
