"""A hook of the application reads the stream, and leaves nothing to verify."""

from flask import Flask, Response, request

from verification import FIXED, HEADER, status

app = Flask(__name__)


@app.before_request
def audit() -> None:
    # `get_data` keeps what it has read, `stream` does not.
    size = len(request.get_data() if FIXED else request.stream.read())
    app.logger.info("%d bytes", size)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    return Response(status=status(request.get_data(), request.headers.getlist(HEADER)))
