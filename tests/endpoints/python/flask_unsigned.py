"""The signature is looked at only where there is one."""

from flask import Flask, Response, request

from verification import FIXED, HEADER, is_event, is_genuine

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    body, given = request.get_data(), request.headers.getlist(HEADER)
    if (FIXED or any(given)) and not is_genuine(body, given):
        return Response(status=401)
    return Response(status=204 if is_event(body) else 400)
