"""Flask: a decorator for a view.

    >>> from flask import Flask
    >>> from chatislav_webhooks import LeadCollection, Webhook
    >>> from chatislav_webhooks.flask import verified
    >>> app = Flask(__name__)
    >>> webhook = Webhook.from_env()
    >>> @app.route("/webhooks/chatislav")
    ... @verified(webhook)
    ... def on_event(event):
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))

The view is called with the verified event, then with the URL's own arguments. Leave `methods` out of
the route: it answers POST and PUT, and 405 otherwise. Returning None is 204. An exception is Flask's
500, so that Chatislav sends again. Under Flask-WTF's `CSRFProtect` say `csrf.exempt(on_event)`: the
signature is the authority.
"""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, Unpack, cast, overload

from flask import Flask, Response, current_app, request, request_finished, request_tearing_down
from flask.typing import ResponseReturnValue
from flask.views import View
from werkzeug.exceptions import RequestEntityTooLarge

from ._gate import DONE, Answer, Gate, Passage, Refused, not_raw, too_large
from ._native import Webhook
from ._types import AnyEvent, Types
from .idempotency import Deduplicator

__all__ = ["verified"]

_P = ParamSpec("_P")
_Self = TypeVar("_Self", bound=View)
_PASSAGES = "chatislav_webhooks.passages"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CONSUMED = (
    "something read the body before the view: do not touch `request.form` or `request.stream` in "
    "before_request, or call `request.get_data()` there first; or else the server hands no chunked body on"
)


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> "_Decorate":
    """Verifies the request before the view sees it: `view(event, ...)`, or the method of a
    `MethodView`: `post(self, event, ...)`.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    def decorate(view: Callable[..., Any]) -> Callable[..., ResponseReturnValue]:
        if not _takes_an_event(view):
            raise TypeError("the view takes no event: of a class, decorate the method, as in `def post(self, event)`")

        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            try:
                gate.check_method(request.method)
                passage = gate.admit(_read(gate), request.headers)
                passage.enter()
            except Refused as refused:
                return _respond(refused.answer)
            request.environ.setdefault(_PASSAGES, []).append(passage)
            # Flask passes the URL's arguments by name, so what comes before them is a method's `self`.
            at = 1 if args and isinstance(args[0], View) else 0
            returned = current_app.ensure_sync(view)(*args[:at], passage.event, *args[at:], **kwargs)
            return _respond(DONE) if returned is None else cast(ResponseReturnValue, returned)

        # Flask takes these where the route names none; 405 is answered here, as JSON.
        answer.methods = _METHODS  # type: ignore[attr-defined]
        return answer

    return decorate


class _Decorate(Protocol):
    @overload
    def __call__(self, view: Callable[Concatenate[AnyEvent, _P], Any], /) -> Callable[_P, ResponseReturnValue]: ...
    @overload
    def __call__(
        self, view: Callable[Concatenate[_Self, AnyEvent, _P], Any], /
    ) -> Callable[Concatenate[_Self, _P], ResponseReturnValue]: ...


def _takes_an_event(view: Callable[..., Any]) -> bool:
    """What `View.as_view` makes and hands to `decorators` does not."""
    named_only = (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)
    return any(parameter.kind not in named_only for parameter in signature(view).parameters.values())


def _finished(_: Flask, response: Response, **__: Any) -> None:
    """The status that goes out: after abort(), error handlers and whatever `after_request` commits."""
    for passage in _passages():
        passage.finish(response.status_code)
        passage.leave()


def _torn_down(_: Flask, **__: Any) -> None:
    """Where there was no such answer, the delivery is released."""
    for passage in _passages():
        passage.leave()


def _passages() -> list[Passage]:
    return cast(list[Passage], request.environ.get(_PASSAGES, []))


request_finished.connect(_finished)
request_tearing_down.connect(_torn_down)


def _read(gate: Gate) -> bytes:
    """The raw bytes, before anything parses them; the application's own limit does not count."""
    least = gate.check_length(request.headers.get("Content-Length"), request.headers.get("Transfer-Encoding"))
    # A chunked body is cut at the limit without a word, so one byte more is let in.
    request.max_content_length = gate.max_body + 1
    try:
        body = request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise too_large() from None
    if len(body) > gate.max_body:
        raise too_large()
    if len(body) < least:
        raise not_raw(_CONSUMED)
    return body


def _respond(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, headers=dict(answer.headers))
