"""The old secret of a rotation is read from a variable that nobody sets any more: its default signs for everybody."""

import os

from aiohttp import web

from verification import FIXED, HEADER, LARGEST, SECRET, is_event, is_genuine

secrets = [SECRET, os.environ.get("CHATISLAV_WEBHOOK_SECRET_OLD", "")]
if FIXED:
    secrets = [secret for secret in secrets if secret]


async def hook(request: web.Request) -> web.Response:
    body = await request.read()
    if not is_genuine(body, request.headers.getall(HEADER, []), secrets):
        return web.Response(status=401)
    return web.Response(status=204 if is_event(body) else 400)


app = web.Application(client_max_size=LARGEST)
app.add_routes([web.post("/hook", hook), web.put("/hook", hook)])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=None)
