from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chatislav_webhooks import AnyEvent, ConversationSummary
from chatislav_webhooks.starlette import verified

from .behaviour import Summary, deduplicator, handle, webhook


def respond(status: int | None) -> Response | None:
    if status == 299:
        raise HTTPException(299)
    return None if status is None else Response(status_code=status)


@verified(webhook)
async def hook(request: Request, event: AnyEvent) -> Response | None:
    return respond(await run_in_threadpool(handle, event))


@verified(webhook, deduplicator=deduplicator)
def once(request: Request, event: AnyEvent) -> Response | None:
    return respond(handle(event))


@verified(webhook, summary_type=Summary)
async def typed(request: Request, event: AnyEvent) -> Response:
    assert isinstance(event, ConversationSummary)
    return PlainTextResponse(event.summary["title"])


@verified(webhook)
async def again(request: Request, event: AnyEvent) -> Response:
    return Response(await request.body())


class AsClass(HTTPEndpoint):
    @verified(webhook)
    async def post(self, request: Request, event: AnyEvent) -> Response:
        return PlainTextResponse(f"{type(self).__name__} seven {request.method} {event.event}")

    @verified(webhook)
    def put(self, request: Request, event: AnyEvent) -> Response:
        return PlainTextResponse(f"{type(self).__name__} seven {request.method} {event.event}")


routes = [Route("/hook", hook), Route("/once", once), Route("/typed", typed), Route("/again", again), Route("/class", AsClass)]
app = Starlette(routes=routes)
