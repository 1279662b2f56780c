"""A forger is told which signature would have been right."""

from flask import Flask, Response, jsonify, request

from verification import FIXED, HEADER, signature, status

app = Flask(__name__)


@app.route("/hook", methods=["POST", "PUT"])
def hook() -> Response:
    body, given = request.get_data(), request.headers.getlist(HEADER)
    answer = Response(status=status(body, given))
    if answer.status_code == 401 and not FIXED:
        answer = jsonify(error="bad signature", expected=signature(body), got=given)
        answer.status_code = 401
    return answer
