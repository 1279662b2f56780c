"""Types that the adapters and their users share."""

from typing import Any, TypeAlias, TypedDict

from ._native import ConversationSummary, LeadCollection, UnknownEvent

AnyEvent: TypeAlias = ConversationSummary[Any, Any] | LeadCollection[Any, Any, Any] | UnknownEvent[Any]
"""What a handler must be ready for. An `UnverifiedEvent` is none of them."""


class Types(TypedDict, total=False):
    """The user's own models, as `Webhook.verify` takes them."""

    summary_type: Any
    data_type: Any
    form_type: Any
    message_type: Any
