"""Every delivery is an effect, also the second time; /count says how many there were."""

import hashlib

from fastapi import FastAPI, Request, Response

from verification import FIXED, HEADER, status

app = FastAPI()
seen: set[bytes] = set()
effects = 0


@app.api_route("/hook", methods=["POST", "PUT"])
async def hook(request: Request) -> Response:
    global effects
    body = await request.body()
    answer = status(body, request.headers.getlist(HEADER))
    if answer == 204:
        key = hashlib.sha256(body).digest()
        if not (FIXED and key in seen):
            effects += 1
        seen.add(key)
    return Response(status_code=answer)


@app.get("/count")
async def count() -> int:
    return effects
