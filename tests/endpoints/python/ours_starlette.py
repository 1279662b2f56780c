from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import counted
from chatislav_webhooks import AnyEvent
from chatislav_webhooks.starlette import verified


@verified(counted.webhook, deduplicator=counted.deduplicator)
def hook(request: Request, event: AnyEvent) -> None:
    counted.handle(event)


def count(request: Request) -> JSONResponse:
    return JSONResponse(counted.effects)


app = Starlette(routes=[Route("/hook", hook), Route("/count", count)])
