"""What the endpoints on this project's own adapters share: each delivery counts once, and /count says how many did."""

import itertools

from chatislav_webhooks import AnyEvent, Webhook
from chatislav_webhooks.idempotency import Deduplicator

webhook = Webhook.from_env()
deduplicator = Deduplicator()
_effects = itertools.count(1)
effects = 0


def handle(event: AnyEvent) -> None:
    global effects
    effects = next(_effects)
