"""A route for POST alone, where Chatislav's Webhooks screen offers PUT as well."""

from fastapi import FastAPI, Request, Response

from verification import FIXED, HEADER, status

app = FastAPI()


@app.api_route("/hook", methods=["POST", "PUT"] if FIXED else ["POST"])
async def hook(request: Request) -> Response:
    return Response(status_code=status(await request.body(), request.headers.getlist(HEADER)))
