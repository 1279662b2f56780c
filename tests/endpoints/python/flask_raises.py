"""`compare_digest` is handed the header as it is: absent or not ASCII, and it raises."""

import hmac

from flask import Flask, Response, request

from verification import FIXED, HEADER, is_event, is_genuine, signature

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    body = request.get_data()
    if FIXED:
        genuine = is_genuine(body, request.headers.getlist(HEADER))
    else:
        genuine = hmac.compare_digest(signature(body), request.headers.get(HEADER))  # type: ignore[type-var]
    return Response(status=401 if not genuine else 204 if is_event(body) else 400)
