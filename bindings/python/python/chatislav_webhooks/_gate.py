"""What every adapter does alike: judge a request, claim its delivery, word the answer."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Self

from ._native import ALLOW, Webhook, accepts_method, error
from ._types import AnyEvent, Types
from .errors import WebhookError
from .idempotency import Claim, Deduplicator, State

logger = logging.getLogger("chatislav_webhooks")


@dataclass(frozen=True)
class Answer:
    """An answer that the library gives itself."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The handler is not to be called; `answer` is what to send."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


DONE = Answer(204)
"""For a handler that returns nothing."""

FAILED = Answer(500)
"""For a handler that raised, where no framework answers."""


def refusal(problem: WebhookError) -> Answer:
    """The code and nothing else: whoever knocks learns no more. The log has the hint."""
    logger.warning("webhook refused: %s (%s): %s", problem.code, problem, problem.hint)
    headers = {"Content-Type": "application/json"}
    if problem.code == "method_not_allowed":
        headers["Allow"] = ALLOW
    return Answer(problem.http_status, json.dumps({"error": problem.code}).encode(), headers)


class Gate:
    """Lets a request through to the handler, or raises `Refused`."""

    def __init__(self, webhook: Webhook, deduplicator: Deduplicator | None, types: Types) -> None:
        if not isinstance(webhook, Webhook):
            raise TypeError("verified() takes a Webhook; what Unsigned reads is not verified")
        self._webhook, self._deduplicator, self._types = webhook, deduplicator, types
        self.max_body = webhook.max_body

    def check_method(self, method: str) -> None:
        """Before the body is read."""
        if not accepts_method(method):
            raise Refused(refusal(error("method_not_allowed")))

    def check_length(self, declared: str | None, encoding: str | None) -> int:
        """Before the body is read: the bytes that must arrive at least, by its Content-Length and
        Transfer-Encoding. With fewer it was consumed or withheld, which is nobody's forgery.

        Only a Content-Length says that there is no body, and only where it counts.
        """
        digits = (declared or "").lstrip("0")
        if declared and not digits:
            return 1 if encoding else 0
        if not digits.isdecimal():
            return 1
        # Python refuses to read thousands of digits.
        if len(digits) > 18 or int(digits) > self.max_body:
            raise too_large()
        return 1 if encoding else int(digits)

    def admit(self, body: bytes, headers: Any) -> "Passage":
        """The event, and the claim on its delivery, held until the `with` block ends."""
        try:
            event = self._webhook.verify(body, headers, **self._types)
        except WebhookError as problem:
            answer = refusal(problem)
        else:
            return Passage(event, self._deduplicator)
        raise Refused(answer)


def too_large() -> Refused:
    return Refused(refusal(error("body_too_large")))


def not_raw(hint: str) -> Refused:
    """For a body that something before the adapter has consumed or changed."""
    return Refused(refusal(error("body_not_raw", hint=hint)))


class Passage:
    """A verified event on its way through the handler: claimed at the start, settled at the end.

    Say `finish(status)` when the handler has answered, by returning or by raising what its framework
    makes an answer of. Without it, or with anything but 2xx, the claim is released, so that the
    sender's next attempt is worked on.
    """

    def __init__(self, event: AnyEvent, deduplicator: Deduplicator | None) -> None:
        self.event = event
        self._deduplicator = deduplicator
        self._claim: Claim | None = None
        self._done = False

    def finish(self, status: int) -> None:
        self._done = 200 <= status < 300

    def enter(self) -> None:
        if self._deduplicator is None:
            return
        claim = self._deduplicator.claim(self.event)
        if claim.state is not State.NEW:
            logger.info("webhook duplicate: delivery %s is %s", self.event.delivery_key, claim.state.value)
            raise Refused(Answer(200 if claim.state is State.DONE else 503))
        self._claim = claim

    def leave(self) -> None:
        claim, self._claim = self._claim, None
        if claim is None:
            return
        try:
            claim.complete() if self._done else claim.release()
        except Exception:
            # The handler has worked; the claim expires by itself.
            logger.exception("webhook delivery %s could not be settled", self.event.delivery_key)

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    async def __aenter__(self) -> Self:
        if self._deduplicator is None:
            return self
        try:
            await _in_thread(self.enter)
        except asyncio.CancelledError:
            # What it claimed all the same is given back.
            await _in_thread(self.leave)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._claim is not None:
            await _in_thread(self.leave)


async def _in_thread(work: Callable[[], None]) -> None:
    """A store may wait for a disk; the event loop shall not. The thread is waited for even if the
    request is cancelled, however often: that goes on when it has ended."""
    # No task, since those are cancelled with the loop.
    working = asyncio.get_running_loop().run_in_executor(None, copy_context().run, work)
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait([working])
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        working.exception()
        raise cancelled
    working.result()
