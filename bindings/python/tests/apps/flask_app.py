from typing import Any

from flask import Flask, Response, abort, request
from flask.views import MethodView

from chatislav_webhooks import AnyEvent, ConversationSummary
from chatislav_webhooks.flask import verified

from .behaviour import Summary, deduplicator, handle, webhook

app = Flask(__name__)
# The application's own limit, which a webhook must not meet.
app.config["MAX_CONTENT_LENGTH"] = 1024


@app.before_request
def consume() -> None:
    if request.path == "/consumed":
        request.stream.read()


@app.after_request
def commit(response: Response) -> Response:
    if request.path == "/commit":
        raise RuntimeError("the commit failed")
    return response


@app.route("/hook")
@app.route("/consumed", endpoint="consumed")
@verified(webhook)
def hook(event: AnyEvent) -> Any:
    status = handle(event)
    if status == 404:
        abort(404)
    return None if status is None else ("", status)


@app.route("/once")
@app.route("/commit", endpoint="commit")
@verified(webhook, deduplicator=deduplicator)
def once(event: AnyEvent) -> Any:
    status = handle(event)
    if status == 299:
        abort(Response(status=299))
    return None if status is None else ("", status)


@app.route("/typed")
@verified(webhook, summary_type=Summary)
def typed(event: AnyEvent) -> str:
    assert isinstance(event, ConversationSummary)
    return str(event.summary["title"])


class AsClass(MethodView):
    @verified(webhook)
    def post(self, event: AnyEvent, agent: str) -> str:
        return f"{type(self).__name__} {agent} {request.method} {event.event}"

    @verified(webhook)
    async def put(self, event: AnyEvent, agent: str) -> str:
        return f"{type(self).__name__} {agent} {request.method} {event.event}"


app.add_url_rule("/agents/<agent>/class", view_func=AsClass.as_view("class"))


@app.route("/agents/<agent>/hook")
@verified(webhook)
def with_argument(event: AnyEvent, agent: str) -> tuple[str, int]:
    return f"{agent} {event.event}", 200
