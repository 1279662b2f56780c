from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteException

from chatislav_webhooks import ConversationSummary, Event
from chatislav_webhooks.fastapi import WebhookRoute, verified

from .behaviour import Summary, deduplicator, handle, webhook

router = APIRouter(route_class=WebhookRoute)
app = FastAPI()


def respond(status: int | None) -> Response:
    if status == 299:
        raise HTTPException(299)
    return Response(status_code=204 if status is None else status)


@router.post("/hook")
async def hook(event: Annotated[Event, Depends(verified(webhook))]) -> Response:
    return respond(await run_in_threadpool(handle, event))


@router.put("/once")
def once(event: Annotated[Event, Depends(verified(webhook, deduplicator=deduplicator))]) -> Response:
    return respond(handle(event))


@router.post("/twice", dependencies=[Depends(verified(webhook, deduplicator=deduplicator))])
def twice(event: Annotated[Event, Depends(verified(webhook, deduplicator=deduplicator))]) -> Response:
    return respond(handle(event))


def session() -> Iterator[None]:
    yield
    raise RuntimeError("the commit failed")


@router.post("/commit", dependencies=[Depends(session, scope="function")])
def commit(event: Annotated[Event, Depends(verified(webhook, deduplicator=deduplicator))]) -> Response:
    return respond(handle(event))


@router.post("/accepted")
def accepted(event: Annotated[Event, Depends(verified(webhook, deduplicator=deduplicator))]) -> Response:
    handle(event)
    raise StarletteException(202)


async def consume(request: Request) -> None:
    """A dependency that should not."""
    async for _ in request.stream():
        pass


@router.post("/consumed", dependencies=[Depends(consume)])
async def consumed(event: Annotated[Event, Depends(verified(webhook))]) -> Response:
    return respond(handle(event))


@router.post("/typed")
async def typed(event: Annotated[Any, Depends(verified(webhook, summary_type=Summary))]) -> str:
    assert isinstance(event, ConversationSummary)
    return str(event.summary["title"])


@app.api_route("/plain", methods=["POST", "PUT", "GET"])
async def plain(event: Annotated[Event, Depends(verified(webhook))]) -> Response:
    return respond(handle(event))


@app.post("/again")
async def again(request: Request, event: Annotated[Event, Depends(verified(webhook))]) -> Response:
    return Response(await request.body())


@app.post("/unsettled")
async def unsettled(event: Annotated[Event, Depends(verified(webhook, deduplicator=deduplicator))]) -> Response:
    return respond(handle(event))


app.include_router(router)
