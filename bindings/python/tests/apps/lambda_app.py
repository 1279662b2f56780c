from typing import Any

from chatislav_webhooks import AnyEvent, ConversationSummary
from chatislav_webhooks.aws_lambda import verified

from .behaviour import Summary, deduplicator, handle, webhook


@verified(webhook)
def hook(event: AnyEvent, context: Any) -> Any:
    status = handle(event)
    return None if status is None else {"statusCode": status}


@verified(webhook, deduplicator=deduplicator)
def once(event: AnyEvent, context: Any) -> Any:
    status = handle(event)
    return None if status is None else {"statusCode": status}


@verified(webhook, summary_type=Summary)
def typed(event: AnyEvent, context: Any) -> Any:
    assert isinstance(event, ConversationSummary)
    return {"statusCode": 200, "body": event.summary["title"]}
