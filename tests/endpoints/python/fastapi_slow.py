"""The work is done before the answer, and takes longer than a sender should wait."""

import asyncio

from fastapi import BackgroundTasks, FastAPI, Request, Response

from verification import FIXED, HEADER, status

app = FastAPI()


async def work() -> None:
    await asyncio.sleep(5.5)


@app.api_route("/hook", methods=["POST", "PUT"])
async def hook(request: Request, later: BackgroundTasks) -> Response:
    answer = status(await request.body(), request.headers.getlist(HEADER))
    if answer == 204:
        if FIXED:
            later.add_task(work)
        else:
            await work()
    return Response(status_code=answer, background=later)
