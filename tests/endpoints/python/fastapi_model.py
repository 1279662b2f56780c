"""The framework parses into a model, and the model's JSON is what is verified."""

from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict

from verification import FIXED, HEADER, status

app = FastAPI()


class Event(BaseModel):
    model_config = ConfigDict(extra="allow")

    event: str
    summary: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    timestamp: str | None = None


async def from_model(event: Event, request: Request) -> Response:
    body = event.model_dump_json(exclude_unset=True).encode()
    return Response(status_code=status(body, request.headers.getlist(HEADER)))


async def from_bytes(request: Request) -> Response:
    return Response(status_code=status(await request.body(), request.headers.getlist(HEADER)))


app.add_api_route("/hook", from_bytes if FIXED else from_model, methods=["POST", "PUT"])
