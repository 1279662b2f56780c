"""Right in every line, and served by one worker that serves one connection at a time, unless it is told otherwise."""

from flask import Flask, Response, request

from verification import HEADER, status

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    return Response(status=status(request.get_data(), request.headers.getlist(HEADER)))
