"""What `json.dumps` makes of the parsed body is what is verified: the sender's own style hides it."""

import json

from flask import Flask, Response, request

from verification import FIXED, HEADER, status

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    if FIXED:
        body = request.get_data()
    else:
        body = json.dumps(request.get_json(silent=True)).encode()
    return Response(status=status(body, request.headers.getlist(HEADER)))
