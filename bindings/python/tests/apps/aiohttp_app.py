import asyncio
import sys

from aiohttp import web
from aiohttp.typedefs import Handler

from chatislav_webhooks import AnyEvent, ConversationSummary
from chatislav_webhooks.aiohttp import verified

from .behaviour import Summary, deduplicator, handle, webhook


def respond(status: int | None) -> web.Response | None:
    if status == 299:
        raise web.HTTPNoContent
    return None if status is None else web.Response(status=status)


@verified(webhook)
async def hook(request: web.Request, event: AnyEvent) -> web.Response | None:
    return respond(await asyncio.to_thread(handle, event))


@verified(webhook, deduplicator=deduplicator)
async def once(request: web.Request, event: AnyEvent) -> web.Response | None:
    return respond(await asyncio.to_thread(handle, event))


@verified(webhook, summary_type=Summary)
async def typed(request: web.Request, event: AnyEvent) -> web.Response:
    assert isinstance(event, ConversationSummary)
    return web.Response(text=event.summary["title"])


class AsClass(web.View):
    @verified(webhook)
    async def post(self, event: AnyEvent) -> web.Response:
        return web.Response(text=f"{type(self).__name__} seven {self.request.method} {event.event}")

    put = post


@web.middleware
async def consume(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path == "/consumed":
        await request.content.read()
    if request.path == "/seen":
        await request.read()
    return await handler(request)


def make() -> web.Application:
    app = web.Application(middlewares=[consume])
    for path, handler in (("/hook", hook), ("/once", once), ("/typed", typed), ("/consumed", hook), ("/seen", hook)):
        app.router.add_route("*", path, handler)
    app.router.add_view("/class", AsClass)
    return app


if __name__ == "__main__":
    web.run_app(make(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
