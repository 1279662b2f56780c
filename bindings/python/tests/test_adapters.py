"""The adapters' traps, with each framework's own test client and the package's test kit."""

import asyncio
import contextlib
import inspect
import io
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from chatislav_webhooks import Unsigned, Webhook
from chatislav_webhooks.testing import Sender, SignedRequest

from conftest import app

pytestmark = [pytest.mark.filterwarnings("ignore:Using `httpx`"), pytest.mark.usefixtures("apps")]
ADAPTERS = ["fastapi", "starlette", "flask", "django", "aiohttp", "aws_lambda"]


def call(framework: str, path: str, request: SignedRequest, *, chunked: bool = False) -> tuple[int, Any]:
    """Status and JSON, or text; some clients write a body that comes in pieces as chunks."""
    module = app(framework)
    if framework in ("fastapi", "starlette"):
        from starlette.testclient import TestClient

        with TestClient(module.app, raise_server_exceptions=False) as client:
            arguments = request.fastapi(path)
            response = client.request(**arguments | ({"content": iter([request.body])} if chunked else {}))
            return response.status_code, response.text
    if framework == "flask":
        answer = module.app.test_client().open(**request.flask(path))
        return answer.status_code, answer.text
    if framework == "django":
        from django.test import Client

        got = Client(raise_request_exception=False, enforce_csrf_checks=True).generic(**request.django(path))
        return got.status_code, got.content.decode()
    assert framework == "aiohttp"
    from aiohttp.test_utils import TestClient as Http
    from aiohttp.test_utils import TestServer

    async def ask() -> tuple[int, str]:
        async with Http(TestServer(module.make())) as client:
            arguments = request.aiohttp(path)
            if chunked:
                arguments |= {"data": pieces(request.body)}
            async with client.request(**arguments) as reply:
                return reply.status, await reply.text()

    return asyncio.run(ask())


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


WITH_CLIENTS = ["fastapi", "starlette", "flask", "aiohttp"]


@pytest.mark.parametrize("framework", WITH_CLIENTS)
def test_every_knob(framework: str, chatislav_sender: Sender) -> None:
    lead = chatislav_sender.lead(form={"name": "Zoë"})
    for request, expected in (
        (lead, 204),
        (lead.put(), 204),
        (lead.repeated(), 204),
        (lead.unsigned(), "signature_missing"),
        (lead.tampered(), "signature_mismatch"),
        (lead.reserialised(), "signature_mismatch"),
        (lead.signed_with("old"), "signature_mismatch"),
        (lead.ambiguous(), "signature_ambiguous"),
        (lead.with_signature("sha256=" + lead.signatures[0]), "signature_malformed"),
        (lead.with_signature("é" * 64) if framework == "flask" else lead.with_signature("e"), "signature_malformed"),
        (lead.with_method("PATCH"), "method_not_allowed"),
        (chatislav_sender.raw(b"not JSON"), "payload_not_json"),
    ):
        status, text = call(framework, "/hook", request)
        if isinstance(expected, int):
            assert (status, text) == (expected, "")
        else:
            assert text == f'{{"error": "{expected}"}}', request
            assert status == {"signature": 401, "payload": 400, "method": 405}[expected.split("_")[0]]


@pytest.mark.parametrize("framework", ["fastapi", "flask", "aiohttp"])
def test_a_consumed_body_is_our_own_fault(framework: str, chatislav_sender: Sender) -> None:
    assert call(framework, "/consumed", chatislav_sender.lead()) == (500, '{"error": "body_not_raw"}')
    if framework != "flask":
        chunked = call(framework, "/consumed", chatislav_sender.lead(), chunked=True)
        assert chunked == (500, '{"error": "body_not_raw"}')


@pytest.mark.parametrize("framework", ["flask", "django"])
@pytest.mark.parametrize("terminated", [False, True])
def test_a_chunked_body_that_wsgi_withholds(framework: str, terminated: bool, chatislav_sender: Sender) -> None:
    """Few servers say `wsgi.input_terminated`; before the others' a framework reads nothing."""
    module, lead = app(framework), chatislav_sender.lead()

    def ask(path: str) -> tuple[int, bytes]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "SERVER_NAME": "x", "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(lead.body),
            "wsgi.errors": sys.stderr, "HTTP_TRANSFER_ENCODING": "chunked",
            "HTTP_X_CHATISLAV_SIGNATURE": lead.signatures[0],
        }  # fmt: skip
        if terminated:
            environ["wsgi.input_terminated"] = True
        said: list[str] = []
        application = module.app if framework == "flask" else module.application
        body = b"".join(application(environ, lambda status, *_: said.append(status)))
        return int(said[0].split()[0]), body

    withheld = (500, b'{"error": "body_not_raw"}')
    assert ask("/hook") == ((204, b"") if terminated else withheld)
    assert ask("/consumed") == withheld


@pytest.mark.parametrize("framework", ["fastapi", "starlette", "aiohttp"])
def test_an_empty_body(framework: str, chatislav_sender: Sender) -> None:
    nothing = chatislav_sender.raw(b"").with_header("content-length", "0")
    assert call(framework, "/hook", nothing) == (400, '{"error": "payload_not_json"}')


def test_a_length_that_no_machine_has(chatislav_sender: Sender) -> None:
    from chatislav_webhooks._gate import Gate, Refused

    gate = Gate(Webhook("s"), None, {})
    for declared in ("9" * 19, "9" * 5000, "0" * 5000 + "9" * 5000):
        with pytest.raises(Refused) as caught:
            gate.check_length(declared, None)
        assert caught.value.answer.status == 413
    assert gate.check_length("0" * 5000 + "7", None) == 7
    assert gate.check_length("7", "chunked") == gate.check_length(None, None) == gate.check_length("x", None) == 1


@pytest.mark.parametrize("framework", WITH_CLIENTS)
def test_an_answer_that_is_raised_is_an_answer(framework: str, chatislav_sender: Sender) -> None:
    lead = chatislav_sender.lead(status=299)
    statuses = [call(framework, "/once", lead)[0] for _ in range(2)]
    assert statuses == [204 if framework == "aiohttp" else 299, 200]


def runs(work: Path) -> int:
    """How often a handler was run."""
    return len((work / "handled").read_text().splitlines())


@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_work_that_is_not_committed_is_done_again(framework: str, chatislav_sender: Sender, tmp_path: Path) -> None:
    lead = chatislav_sender.lead()
    assert [call(framework, "/commit", lead)[0] for _ in range(2)] == [500, 500]
    assert runs(tmp_path) == 2


def test_a_status_that_starlette_s_exception_names(chatislav_sender: Sender, tmp_path: Path) -> None:
    lead = chatislav_sender.lead()
    assert [call("fastapi", "/accepted", lead)[0] for _ in range(2)] == [202, 200]
    assert runs(tmp_path) == 1


def test_a_body_without_end_is_not_waited_for(chatislav_sender: Sender) -> None:
    module = app("starlette")
    sent: list[Any] = []
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": bytes(1024 * 1024), "more_body": received < 20}

    async def send(message: Any) -> None:
        sent.append(message)

    for headers in ([], [(b"content-length", b"10"), (b"transfer-encoding", b"chunked")]):
        scope = {"type": "http", "method": "POST", "path": "/hook", "headers": headers, "query_string": b"", "root_path": ""}
        received = 0
        asyncio.run(module.hook(scope, receive, send))
        assert sent.pop(0)["status"] == 413 and received == 9, headers
        sent.clear()


def test_a_body_without_end_is_not_waited_for_by_aiohttp(chatislav_sender: Sender) -> None:
    module = app("aiohttp")
    from aiohttp import ClientError
    from aiohttp.test_utils import TestClient as Http
    from aiohttp.test_utils import TestServer

    pieces = 0

    async def endless() -> Any:
        nonlocal pieces
        while pieces < 200:
            pieces += 1
            yield bytes(1024 * 1024)

    async def ask() -> None:
        async with Http(TestServer(module.make())) as client:
            with contextlib.suppress(ClientError, ConnectionError):
                reply = await client.post("/hook", data=endless())
                assert reply.status == 413

    asyncio.run(ask())
    assert pieces < 100


def test_what_aiohttp_keeps_is_read_again(chatislav_sender: Sender) -> None:
    assert call("aiohttp", "/seen", chatislav_sender.lead())[0] == 204


@pytest.mark.parametrize("framework", ["fastapi", "starlette"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_can_be_read_again(framework: str, chunked: bool, chatislav_sender: Sender) -> None:
    lead = chatislav_sender.lead()
    assert call(framework, "/again", lead, chunked=chunked) == (200, lead.body.decode())


@pytest.mark.parametrize("framework", WITH_CLIENTS[1:])
def test_a_method_of_a_class(framework: str, chatislav_sender: Sender) -> None:
    lead = chatislav_sender.lead()
    path = "/agents/seven/class" if framework == "flask" else "/class"
    for request in (lead, lead.put()):
        assert call(framework, path, request) == (200, f"AsClass seven {request.method} lead_collection")
        assert call(framework, path, request.tampered()) == (401, '{"error": "signature_mismatch"}')
    assert call(framework, path, lead.with_method("DELETE"))[0] == 405


def test_a_flask_class_as_a_whole() -> None:
    pytest.importorskip("flask")
    from chatislav_webhooks.flask import verified
    from flask.views import View

    class Whole(View):
        decorators = [verified(Webhook("s"))]

    with pytest.raises(TypeError, match="decorate the method"):
        Whole.as_view("whole")


def test_arguments_of_the_url(chatislav_sender: Sender) -> None:
    assert call("flask", "/agents/seven/hook", chatislav_sender.lead()) == (200, "seven lead_collection")


def test_a_view_s_own_answer_stays(chatislav_sender: Sender) -> None:
    assert call("flask", "/hook", chatislav_sender.lead(status=404))[0] == 404


def test_fastapi_without_the_route_class(chatislav_sender: Sender) -> None:
    lead = chatislav_sender.lead()
    assert call("fastapi", "/plain", lead) == (204, "")
    assert call("fastapi", "/plain", lead.tampered()) == (401, '{"error": "signature_mismatch"}')
    assert call("fastapi", "/plain", lead.with_method("GET")) == (405, '{"error": "method_not_allowed"}')
    # What cannot be settled is not claimed.
    assert call("fastapi", "/unsettled", lead)[0] == 500


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID plain")
def test_fastapi_names_no_body_to_validate(chatislav_sender: Sender) -> None:
    """Neither a 422 nor a schema of a body comes before the signature is judged."""
    module = app("fastapi")
    assert "/hook" not in module.app.openapi()["paths"]
    assert all(route.body_field is None and not route.dependant.query_params for route in module.router.routes)
    text = chatislav_sender.raw(b"\xff").unsigned().with_header("content-type", "text/plain")
    assert call("fastapi", "/hook", text) == (401, '{"error": "signature_missing"}')


def test_duplicates_of_a_yielding_handler(chatislav_sender: Sender) -> None:
    put = chatislav_sender.lead().put()
    module = app("fastapi")
    from starlette.testclient import TestClient

    with TestClient(module.app) as client:
        assert [client.request(**put.fastapi("/once")).status_code for _ in range(2)] == [204, 200]
        # Two dependencies of one request are one delivery.
        twice = chatislav_sender.lead()
        assert [client.request(**twice.fastapi("/twice")).status_code for _ in range(2)] == [204, 200]
        failing = chatislav_sender.lead(status=500).put()
        assert [client.request(**failing.fastapi("/once")).status_code for _ in range(2)] == [500, 500]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_only_a_webhook_is_taken(adapter: str) -> None:
    pytest.importorskip(adapter if adapter != "aws_lambda" else "chatislav_webhooks")
    verified = import_module(f"chatislav_webhooks.{adapter}").verified
    for other in (Unsigned(), "secret", None):
        with pytest.raises(TypeError, match="Webhook"):
            verified(other)
    assert verified(Webhook("s")) is not None
    parameters = inspect.signature(verified).parameters
    assert list(parameters) == ["webhook", "deduplicator", "types"]


def test_django_traps(chatislav_sender: Sender) -> None:
    """In one test, since Django's settings are made once in a process."""
    lead = chatislav_sender.lead()
    assert call("django", "/hook", lead) == (204, "")
    assert call("django", "/hook", lead.tampered()) == (401, '{"error": "signature_mismatch"}')
    assert call("django", "/hook", lead.ambiguous()) == (401, '{"error": "signature_ambiguous"}')
    assert call("django", "/consumed", lead) == (500, '{"error": "body_not_raw"}')
    assert call("django", "/seen", lead) == (204, "")
    # A middleware that looks at the body of an answered request.
    assert call("django", "/seen-after", lead) == (204, "")
    for path in ("/agents/seven/hook", "/classes/seven/hook"):
        assert call("django", path, lead) == (200, "seven lead_collection")
        assert call("django", path, lead.tampered()) == (401, '{"error": "signature_mismatch"}')
    assert call("django", "/hook", chatislav_sender.lead(messages=["x" * (3 * 1024 * 1024)])) == (204, "")
    # The transaction of ATOMIC_REQUESTS ends before the claim does.
    from django.db import connection

    work = import_module("apps.django_app").work
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE agent (id INTEGER PRIMARY KEY)")
        cursor.execute("CREATE TABLE lead (agent INTEGER REFERENCES agent (id) DEFERRABLE INITIALLY DEFERRED)")
        cursor.execute("INSERT INTO agent VALUES (1)")
        lost, before = chatislav_sender.lead(agent=7), runs(work)
        assert [call("django", "/commit", lost)[0] for _ in range(2)] == [500, 500]
        assert runs(work) == before + 2
        # What a view answers is no reason to roll back.
        assert call("django", "/commit", chatislav_sender.lead(agent=1, status=422))[0] == 422
        assert cursor.execute("SELECT agent FROM lead").fetchall() == [(1,)]
    assert [call("django", path, lead)[1] for path in ("/atomic", "/loose", "/loose-too")] == ["True", "False", "False"]
    assert call("django", "/ahook", lead) == (204, "")
    # A form's content type, which request.POST would parse.
    form = lead.with_header("content-type", "application/x-www-form-urlencoded")
    assert call("django", "/hook", form)[0] == 204
