"""AWS Lambda: a decorator for a function.

    >>> from chatislav_webhooks import LeadCollection, Webhook
    >>> from chatislav_webhooks.aws_lambda import verified
    >>> webhook = Webhook.from_env()
    >>> @verified(webhook)
    ... def handler(event, context):
    ...     match event:
    ...         case LeadCollection(form=form):
    ...             print("a lead:", sorted(form))

It takes the events of API Gateway (REST and HTTP APIs, payload 1.0 and 2.0), of function URLs and
of Application Load Balancers. The function is called with the verified event and the context. It
answers POST and PUT, and 405 otherwise. Returning None is 204; a dict with `statusCode` is the
answer; an exception is logged and is 500, so that Chatislav sends again. Lambda awaits nothing, so
what is async goes into an `asyncio.run(...)`.

Declare `*/*` a binary media type of a REST API: as text, a body that is not UTF-8 arrives changed.
"""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Unpack

from ._gate import DONE, FAILED, Answer, Gate, Refused, logger, not_raw
from ._native import Webhook
from ._types import AnyEvent, Types
from .idempotency import Deduplicator

__all__ = ["verified"]

_Function = Callable[[AnyEvent, Any], Any]
_NO_REQUEST = "the function was not called with a request of API Gateway, a function URL or a load balancer"


def verified(
    webhook: Webhook, *, deduplicator: Deduplicator | None = None, **types: Unpack[Types]
) -> Callable[[_Function], Callable[[Any, Any], dict[str, Any]]]:
    """Verifies the request before the function sees it: `function(event, context)`.

    deduplicator: answers duplicates itself: 200 for a finished delivery, 503 for one in flight.
    types: `summary_type` and the other models of `Webhook.verify`.
    """
    gate = Gate(webhook, deduplicator, types)

    def decorate(function: _Function) -> Callable[[Any, Any], dict[str, Any]]:
        if iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None)):
            raise TypeError("Lambda awaits nothing: write `def`, and `asyncio.run(...)` in it for what is async")

        @wraps(function)
        def answer(request: Any, context: Any) -> dict[str, Any]:
            try:
                gate.check_method(_method(request))
                with gate.admit(_read(request), _headers(request)) as passage:
                    try:
                        returned = function(passage.event, context)
                    except Exception:
                        logger.exception("webhook handler failed")
                        returned = _respond(FAILED, request)
                    response = _respond(DONE, request) if returned is None else returned
                    passage.finish(_status(response))
                    return response
            except Refused as refused:
                return _respond(refused.answer, request)
            except Exception:
                # What the runtime answers to an exception depends on the gateway.
                logger.exception("webhook delivery could not be claimed")
                return _respond(FAILED, request)

        return answer

    return decorate


def _method(request: Any) -> str:
    """Payload 1.0 and load balancers have `httpMethod`, payload 2.0 and function URLs the context."""
    if not isinstance(request, dict):
        raise not_raw(_NO_REQUEST)
    method = request.get("httpMethod")
    if method is None:
        context = request.get("requestContext")
        http = context.get("http") if isinstance(context, dict) else None
        method = http.get("method") if isinstance(http, dict) else None
    if not isinstance(method, str):
        raise not_raw(_NO_REQUEST)
    return method


def _read(request: dict[str, Any]) -> bytes:
    body = request.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise not_raw("the `body` of the request is not text, as Lambda's is: something changed it")
    if not request.get("isBase64Encoded"):
        # The gateway has decoded the bytes as UTF-8; a lone surrogate was none.
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise not_raw("`isBase64Encoded` is true and the `body` is not base64")


def _headers(request: dict[str, Any]) -> Any:
    """Where there are lists of values they are the whole; payload 2.0 joins repeats with commas."""
    several, single = request.get("multiValueHeaders"), request.get("headers")
    return several if isinstance(several, dict) and several else single


def _status(response: Any) -> int:
    """Payload 2.0 makes a 200 of whatever has no `statusCode`."""
    status = response.get("statusCode", 200) if isinstance(response, dict) else 200
    try:
        return int(status)
    except (TypeError, ValueError, OverflowError):
        return 500


def _respond(answer: Answer, request: Any) -> dict[str, Any]:
    response: dict[str, Any] = {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": answer.body.decode(),
        "isBase64Encoded": False,
    }
    if isinstance(request, dict) and isinstance(request.get("multiValueHeaders"), dict):
        # A load balancer that sends lists wants lists back.
        response["multiValueHeaders"] = {name: [value] for name, value in answer.headers.items()}
    return response
