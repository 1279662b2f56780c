"""Django: a decorator for a view, sync or async.

    >>> from django.urls import path
    >>> from chatislav_webhooks import LeadCollection, Webhook
    >>> from chatislav_webhooks.django import verified
    >>> webhook = Webhook.from_env()
    >>> @verified(webhook)
    ... def on_event(request, event):
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))
    >>> urlpatterns = [path("webhooks/chatislav", on_event)]

The view is exempt from CSRF checks and from LoginRequiredMiddleware: the signature is the
authority. It answers POST and PUT, and 405 otherwise. Returning None is 204. An exception is
Django's 500, so that Chatislav sends again. Django's limit of 2.5 MiB for `request.body` does not
count here; `max_body` of the `Webhook` does.

Under ATOMIC_REQUESTS a view runs in its transaction as ever, and a `deduplicator` takes a delivery for
done only once that is committed. An async view runs in none.
"""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Unpack, cast

from asgiref.sync import iscoroutinefunction
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ._gate import DONE, Answer, Gate, Refused, not_raw, too_large
from ._native import Webhook
from ._types import AnyEvent, Types
from .idempotency import Deduplicator

__all__ = ["verified"]

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, AnyEvent, _P], Any]
_Answer = Callable[..., Any]
_CONSUMED = (
    "something read the body before the view: a middleware must not touch `request.POST` or `request.read()` "
    "of a webhook, or must touch `request.body` first; or else the server hands no chunked body on"
)


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[_View[_P]], _Answer]:
    """Verifies the request before the view sees it: `view(request, event, ...)`.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    def decorate(view: _View[_P]) -> _Answer:
        if iscoroutinefunction(view):

            @wraps(view)
            async def answer_async(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
                try:
                    gate.check_method(request.method or "")
                    async with gate.admit(_read(gate, request), request.headers) as passage:
                        response = await cast(Awaitable[Any], view(request, passage.event, *args, **kwargs))
                        response = _respond(DONE) if response is None else response
                        passage.finish(response.status_code)
                        return cast(HttpResponseBase, response)
                except Refused as refused:
                    return _respond(refused.answer)

            return _exempt(answer_async, _NonAtomic(view))

        non_atomic = _NonAtomic(view)

        @wraps(view)
        def answer(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
            try:
                gate.check_method(request.method or "")
                with gate.admit(_read(gate, request), request.headers) as passage:
                    with ExitStack() as transactions:
                        for alias in non_atomic.atomic():
                            transactions.enter_context(transaction.atomic(using=alias))
                        response = view(request, passage.event, *args, **kwargs)
                    response = _respond(DONE) if response is None else response
                    passage.finish(response.status_code)
                    return cast(HttpResponseBase, response)
            except Refused as refused:
                return _respond(refused.answer)

        return _exempt(answer, non_atomic)

    return decorate


class _NonAtomic(set[str]):
    """The databases of which no transaction is to be opened around the view by Django: all of them.

    With ATOMIC_REQUESTS it would commit after the claim is settled, and where that fails the work
    would be lost. Django looks for an alias in here; what it adds is the user's own
    `transaction.non_atomic_requests`, of this view or of the one that it verifies for.
    """

    def __init__(self, view: Any) -> None:
        super().__init__(getattr(view, "_non_atomic_requests", ()))

    def __contains__(self, alias: object) -> bool:
        return True

    def atomic(self) -> list[str]:
        """The databases in whose transaction the view is to run."""
        by_user = list(self)
        settings = connections.settings.items()
        return [alias for alias, database in settings if database["ATOMIC_REQUESTS"] and alias not in by_user]


def _exempt(view: _Answer, non_atomic: _NonAtomic) -> _Answer:
    view._non_atomic_requests = non_atomic  # type: ignore[attr-defined]
    try:
        from django.contrib.auth.decorators import login_not_required
    except ImportError:
        # Before Django 5.1 there is no LoginRequiredMiddleware to be exempt from.
        return csrf_exempt(view)
    return csrf_exempt(login_not_required(view))


def _read(gate: Gate, request: HttpRequest) -> bytes:
    """The raw bytes. `request.body` refuses more than 2.5 MiB with 400, which loses the event, so
    the stream is read."""
    declared: str | None = request.META.get("CONTENT_LENGTH")
    least = gate.check_length(declared, request.META.get("HTTP_TRANSFER_ENCODING"))
    stream: Any = request
    if not declared and request.META.get("wsgi.input_terminated"):
        # A chunked body: Django's own stream ends at once without a Content-Length.
        stream = request.META["wsgi.input"]
    body = bytes(stream.read(gate.max_body + 1))
    if len(body) > gate.max_body:
        raise too_large()
    if len(body) < least:
        raise not_raw(_CONSUMED)
    # For whoever looks at `request.body` later, such as a middleware that logs.
    request._body = body
    return body


def _respond(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
