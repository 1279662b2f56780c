import os

from aiohttp import web

import counted
from chatislav_webhooks import AnyEvent
from chatislav_webhooks.aiohttp import verified


@verified(counted.webhook, deduplicator=counted.deduplicator)
async def hook(request: web.Request, event: AnyEvent) -> None:
    counted.handle(event)


async def count(request: web.Request) -> web.Response:
    return web.json_response(counted.effects)


app = web.Application()
app.router.add_route("*", "/hook", hook)
app.router.add_get("/count", count)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)
