"""FastAPI: a dependency that gives the verified event.

    >>> from typing import Annotated
    >>> from fastapi import APIRouter, Depends, FastAPI
    >>> from chatislav_webhooks import Event, LeadCollection, Webhook
    >>> from chatislav_webhooks.fastapi import WebhookRoute, verified
    >>> webhook = Webhook.from_env()
    >>> router = APIRouter(route_class=WebhookRoute)
    >>> @router.post("/webhooks/chatislav", status_code=204)
    ... async def on_event(event: Annotated[Event, Depends(verified(webhook))]) -> None:
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))
    >>> app = FastAPI()
    >>> app.include_router(router)

Declare no body model beside it: FastAPI would answer 422 before anything is verified. A
`WebhookRoute` takes POST and PUT whichever of them the decorator names, answers 405 otherwise, and
settles the claims of a `deduplicator`. An exception is FastAPI's 500, so that Chatislav sends again.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Unpack

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive, Scope, Send

from ._gate import Gate, Passage, Refused, refusal
from ._native import ALLOW, Event, Webhook, accepts_method, error
from ._types import Types
from .idempotency import Deduplicator
from .starlette import read, respond

__all__ = ["WebhookRoute", "verified"]

_PASSAGES = "chatislav_webhooks.passages"


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[Request], Awaitable[Event]]:
    """A dependency that verifies the request and gives its event.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight. It
    needs a `WebhookRoute`, which alone sees what is answered in the end.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    async def verified_event(request: Request) -> Event:
        passages: list[Passage] | None = request.scope.get(_PASSAGES)
        if deduplicator is not None and passages is None:
            raise RuntimeError("a deduplicator needs APIRouter(route_class=WebhookRoute)")
        try:
            gate.check_method(request.method)
            passage = gate.admit(await read(gate, request), request.headers)
            # A second dependency of the same request does not claim the delivery from the first.
            if deduplicator is not None and passages is not None and not passages:
                await passage.__aenter__()
                passages.append(passage)
        except Refused as refused:
            raise _raised(request, refused) from None
        return passage.event

    return verified_event


class WebhookRoute(APIRoute):
    """A route for webhooks: `APIRouter(route_class=WebhookRoute)`. It is left out of the schema."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["methods"] = sorted({*(options.get("methods") or ()), *ALLOW.split(", ")})
        # FastAPI would describe both methods under one operation id. Nobody but Chatislav calls it.
        options["include_in_schema"] = False
        super().__init__(path, endpoint, **options)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Called by the router; settles the claim when the answer begins."""
        if not accepts_method(scope["method"]) and scope["method"] not in (self.methods or ()):
            await respond(refusal(error("method_not_allowed")))(scope, receive, send)
            return
        passages: list[Passage] = []
        scope[_PASSAGES] = passages

        async def settle(message: Message) -> None:
            # Not before: dependencies that commit are closed after the endpoint has returned.
            if message["type"] == "http.response.start":
                await _leave(passages, message["status"])
            await send(message)

        try:
            await super().handle(scope, receive, settle)
        finally:
            await _leave(passages, 500)


async def _leave(passages: list[Passage], status: int) -> None:
    while passages:
        passage = passages.pop()
        passage.finish(status)
        await passage.__aexit__()


def _raised(request: Request, refused: Refused) -> Exception:
    """A dependency can only raise, and what FastAPI makes of an HTTPException has another shape. So
    its own table of exception handlers learns ours, as `app.exception_handler` would teach it."""
    try:
        handlers, _ = request.scope["starlette.exception_handlers"]
        handlers.setdefault(Refused, _answer)
    except (KeyError, TypeError, ValueError, AttributeError):
        answer = refused.answer
        return HTTPException(answer.status, detail=answer.body.decode(), headers=dict(answer.headers))
    return refused


async def _answer(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return respond(refused.answer)
