"""The route ends with a slash and the saved URL does not, so every delivery is answered by a redirect."""

from flask import Flask, Response, request

from verification import FIXED, HEADER, status

app = Flask(__name__)


@app.route("/hook/", methods=["POST", "PUT"], strict_slashes=not FIXED)
def hook() -> Response:
    return Response(status=status(request.get_data(), request.headers.getlist(HEADER)))
