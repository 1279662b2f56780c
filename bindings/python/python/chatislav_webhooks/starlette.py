"""Starlette: a decorator for an endpoint.

    >>> from starlette.applications import Starlette
    >>> from starlette.routing import Route
    >>> from chatislav_webhooks import LeadCollection, Webhook
    >>> from chatislav_webhooks.starlette import verified
    >>> webhook = Webhook.from_env()
    >>> @verified(webhook)
    ... async def on_event(request, event):
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))
    >>> app = Starlette(routes=[Route("/webhooks/chatislav", on_event)])

It answers POST and PUT, and 405 otherwise, if the route names no methods. A plain function works in a
thread. Returning None is 204. An exception is Starlette's 500, so that Chatislav sends again.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, Unpack, cast

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ._gate import DONE, Answer, Gate, Refused, not_raw, too_large
from ._native import Webhook
from ._types import AnyEvent, Types
from .idempotency import Deduplicator

__all__ = ["verified"]

_Returned = Awaitable[Response | None] | Response | None
_Handler = Callable[[Request, AnyEvent], _Returned] | Callable[[Any, Request, AnyEvent], _Returned]
_Async = Callable[..., Awaitable[Response | None]]
_CONSUMED = (
    "something read the body before the endpoint: no middleware and no form parameter may consume the stream of a "
    "webhook; `await request.body()` on the same request is kept and may be called"
)


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[_Handler], "_Endpoint"]:
    """Verifies the request before the endpoint sees it: `endpoint(request, event)`, or the method of
    an `HTTPEndpoint`: `post(self, request, event)`.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)
    return lambda handler: _Endpoint(gate, handler)


class _Endpoint:
    """An ASGI application: a `Route` hands it every method."""

    def __init__(self, gate: Gate, handler: _Handler) -> None:
        self._gate = gate
        # A plain function works in a thread, as Starlette's own endpoints do.
        self._handle = cast(_Async, handler) if _is_async(handler) else _threaded(handler)
        self.__name__, self.__doc__ = getattr(handler, "__name__", "webhook"), handler.__doc__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)

    def __get__(self, endpoint: Any, _: object = None) -> Any:
        """As a method of an `HTTPEndpoint`, which hands over the request and sends what is returned."""
        if endpoint is None:
            return self

        async def answer(request: Request) -> Response:
            return await self._answer(request, endpoint)

        return answer

    async def _answer(self, request: Request, *endpoint: Any) -> Response:
        try:
            self._gate.check_method(request.method)
            async with self._gate.admit(await read(self._gate, request), request.headers) as passage:
                try:
                    response = await self._handle(*endpoint, request, passage.event)
                except HTTPException as deliberate:
                    passage.finish(deliberate.status_code)
                    raise
                response = respond(DONE) if response is None else response
                passage.finish(response.status_code)
                return response
        except Refused as refused:
            return respond(refused.answer)


def _is_async(handler: Any) -> bool:
    return iscoroutinefunction(handler) or iscoroutinefunction(getattr(handler, "__call__", None))


def _threaded(handler: Any) -> _Async:
    async def handle(*arguments: Any) -> Response | None:
        return cast(Response | None, await run_in_threadpool(handler, *arguments))

    return handle


async def read(gate: Gate, request: Request) -> bytes:
    """The raw bytes, never more than `max_body` of them, whatever length the request declares."""
    least = gate.check_length(request.headers.get("content-length"), request.headers.get("transfer-encoding"))
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > gate.max_body:
                raise too_large()
    except RuntimeError:
        # Starlette's word for a stream that was consumed.
        least = len(body) + 1
    if len(body) < least:
        raise not_raw(_CONSUMED)
    # As `request.body()` keeps it, for later readers of the same request.
    request._body = bytes(body)
    return request._body


def respond(answer: Answer) -> Response:
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
