"""FastAPI: a dependency that gives the verified event.

    webhook = Webhook.from_env()
    router = APIRouter(route_class=WebhookRoute)

    @router.post("/webhooks/chatislav")
    async def on_event(event: Annotated[Event, Depends(verified(webhook))]) -> None:
        match event:
            case LeadCollection(form=form):
                ...

Declare no body model beside it: FastAPI would answer 422 before anything is verified. A
`WebhookRoute` takes POST and PUT whichever of them the decorator names, answers 405 otherwise, and
settles the claims of a `deduplicator`. An exception is FastAPI's 500, so that Chatislav sends again.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Unpack

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from ._gate import Gate, Passage, Refused, refusal
from ._native import ALLOW, Event, Webhook, accepts_method, error
from ._types import Types
from .idempotency import Deduplicator
from .starlette import read, respond

__all__ = ["WebhookRoute", "verified"]

_PASSAGE = "chatislav_webhooks.passage"


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[Request], Awaitable[Event]]:
    """A dependency that verifies the request and gives its event.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight. It
    needs a `WebhookRoute`, which alone sees how the endpoint answered.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    async def verified_event(request: Request) -> Event:
        if deduplicator is not None and _PASSAGE not in request.scope:
            raise RuntimeError("a deduplicator needs APIRouter(route_class=WebhookRoute)")
        try:
            gate.check_method(request.method)
            passage = gate.admit(await read(gate, request), request.headers)
            # A second dependency of the same request does not claim the delivery from the first.
            if deduplicator is not None and request.scope[_PASSAGE] is None:
                await passage.__aenter__()
                request.scope[_PASSAGE] = passage
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

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def settle(request: Request) -> Response:
            request.scope[_PASSAGE] = None
            try:
                response = await handle(request)
            except HTTPException as deliberate:
                await _leave(request, deliberate.status_code)
                raise
            except BaseException:
                await _leave(request, 500)
                raise
            await _leave(request, response.status_code)
            return response

        return settle

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if accepts_method(scope["method"]) or scope["method"] in (self.methods or ()):
            await super().handle(scope, receive, send)
        else:
            await respond(refusal(error("method_not_allowed")))(scope, receive, send)


async def _leave(request: Request, status: int) -> None:
    passage: Passage | None = request.scope[_PASSAGE]
    if passage is not None:
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
