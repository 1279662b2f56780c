"""aiohttp: a decorator for a handler.

    >>> from aiohttp import web
    >>> from chatislav_webhooks import LeadCollection, Webhook
    >>> from chatislav_webhooks.aiohttp import verified
    >>> webhook = Webhook.from_env()
    >>> @verified(webhook)
    ... async def on_event(request, event):
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))
    >>> app = web.Application()
    >>> route = app.router.add_route("*", "/webhooks/chatislav", on_event)

It answers POST and PUT, and 405 otherwise, which is why the route takes every method. Returning
None is 204. An exception is aiohttp's 500, so that Chatislav sends again. aiohttp's limit of 1 MiB
for `request.read()` does not count here; `max_body` of the `Webhook` does.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar, Unpack

from aiohttp import web

from ._gate import DONE, Answer, Gate, Refused, not_raw, too_large
from ._native import Webhook
from ._types import AnyEvent, Types
from .idempotency import Deduplicator

__all__ = ["verified"]

_At = TypeVar("_At", bound=web.Request | web.View)
_Handler = Callable[[_At, AnyEvent], Awaitable[web.StreamResponse | None]]
_Answer = Callable[[_At], Awaitable[web.StreamResponse]]
_CONSUMED = (
    "something read the body before the handler: a middleware must not read `request.content` of a webhook; "
    "`await request.read()` is kept and may be called"
)


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[_Handler[_At]], _Answer[_At]]:
    """Verifies the request before the handler sees it: `await handler(request, event)`, or the method
    of a `web.View`: `await post(self, event)`.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    def decorate(handler: _Handler[_At]) -> _Answer[_At]:
        @wraps(handler)
        async def answer(at: _At) -> web.StreamResponse:
            request = at.request if isinstance(at, web.View) else at
            try:
                gate.check_method(request.method)
                async with gate.admit(await _read(gate, request), request.headers) as passage:
                    try:
                        response = await handler(at, passage.event)
                    except web.HTTPException as deliberate:
                        # raise web.HTTPOk() is an answer of the handler's own.
                        passage.finish(deliberate.status)
                        raise
                    response = _respond(DONE) if response is None else response
                    passage.finish(response.status)
                    return response
            except Refused as refused:
                return _respond(refused.answer)

        return answer

    return decorate


async def _read(gate: Gate, request: web.Request) -> bytes:
    """The raw bytes, from the stream: `request.read()` refuses more than `client_max_size` with
    413, which loses the event."""
    least = gate.check_length(request.headers.get("Content-Length"), request.headers.get("Transfer-Encoding"))
    if request.can_read_body:
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > gate.max_body:
                raise too_large()
    else:
        # Nothing, or what a middleware has read and aiohttp keeps.
        body = bytearray(await request.read())
    # aiohttp inflates silently, so with a Content-Encoding the lengths say nothing more.
    if len(body) < (min(least, 1) if "Content-Encoding" in request.headers else least):
        raise not_raw(_CONSUMED)
    return bytes(body)


def _respond(answer: Answer) -> web.Response:
    return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
