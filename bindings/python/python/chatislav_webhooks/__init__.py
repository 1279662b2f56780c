"""Verify and read Chatislav webhooks.

    >>> from chatislav_webhooks import Webhook
    >>> webhook = Webhook("It's a Secret to Everybody")
    >>> body = b'{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Ada"}]}}'
    >>> headers = {"X-Chatislav-Signature": webhook.sign(body)}
    >>> webhook.verify(body, headers).form
    {'name': 'Ada'}

A `Webhook` holds the secrets; `verify` gives a typed event or raises a `WebhookError` that says
what is wrong. The adapters `chatislav_webhooks.fastapi`, `.flask`, `.django`, `.aiohttp` and
`.aws_lambda` take the raw bytes the way their framework wants it.
"""

from ._native import (
    DEFAULT_MAX_BODY,
    SIGNATURE_HEADER,
    ConversationSummary,
    Event,
    Explanation,
    LeadCollection,
    UnknownEvent,
    Unsigned,
    UnverifiedEvent,
    Webhook,
)
from ._types import AnyEvent
from .errors import ErrorCode, PayloadError, SecretError, SignatureError, WebhookError

__all__ = [
    "DEFAULT_MAX_BODY",
    "SIGNATURE_HEADER",
    "AnyEvent",
    "ConversationSummary",
    "ErrorCode",
    "Event",
    "Explanation",
    "LeadCollection",
    "PayloadError",
    "SecretError",
    "SignatureError",
    "UnknownEvent",
    "Unsigned",
    "UnverifiedEvent",
    "Webhook",
    "WebhookError",
]
