"""`request.form` is read first. Of a JSON body that takes nothing, so this is no fault with Chatislav."""

from flask import Flask, Response, request

from verification import HEADER, status

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    app.logger.info("%d form fields", len(request.form))
    return Response(status=status(request.get_data(), request.headers.getlist(HEADER)))
