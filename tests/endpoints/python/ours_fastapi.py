from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI

import counted
from chatislav_webhooks import Event
from chatislav_webhooks.fastapi import WebhookRoute, verified

router = APIRouter(route_class=WebhookRoute)
app = FastAPI()


@router.post("/hook", status_code=204)
def hook(event: Annotated[Event, Depends(verified(counted.webhook, deduplicator=counted.deduplicator))]) -> None:
    counted.handle(event)


@app.get("/count")
def count() -> int:
    return counted.effects


app.include_router(router)
