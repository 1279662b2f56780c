from flask import Flask

import counted
from chatislav_webhooks import AnyEvent
from chatislav_webhooks.flask import verified

app = Flask(__name__)


@app.route("/hook")
@verified(counted.webhook, deduplicator=counted.deduplicator)
def hook(event: AnyEvent) -> None:
    counted.handle(event)


@app.get("/count")
def count() -> str:
    return str(counted.effects)
