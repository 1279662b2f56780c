"""AWS Lambda: what each service calls the function with, and what comes of it."""

import asyncio
import base64
import functools
import io
import math
from importlib import import_module
from typing import Any

import pytest
from chatislav_webhooks import Webhook
from chatislav_webhooks.idempotency import Deduplicator, MemoryStore, State
from chatislav_webhooks.testing import LambdaFormat, Sender, SignedRequest

pytestmark = pytest.mark.usefixtures("apps")

FORMS: list[LambdaFormat] = ["1.0", "2.0", "alb", "alb-multi", "url"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("binary", [False, True])
def test_lambda(form: LambdaFormat, binary: bool, chatislav_sender: Sender) -> None:
    module = import_module("apps.lambda_app")
    lead = chatislav_sender.lead(form={"name": "Zoë 🚚"})

    def ask(request: SignedRequest, function: Any = module.hook) -> tuple[int, str]:
        answer = function(request.aws_lambda(form, binary=binary), None)
        assert answer["isBase64Encoded"] is False
        if form == "alb-multi":
            assert answer["multiValueHeaders"] == {name: [value] for name, value in answer["headers"].items()}
        return answer["statusCode"], answer["body"]

    assert ask(lead) == ask(lead.put()) == ask(lead.repeated()) == (204, "")
    assert ask(lead.tampered()) == (401, '{"error": "signature_mismatch"}')
    assert ask(lead.unsigned()) == (401, '{"error": "signature_missing"}')
    assert ask(lead.ambiguous()) == (401, '{"error": "signature_ambiguous"}')
    assert ask(lead.with_method("GET")) == (405, '{"error": "method_not_allowed"}')
    assert module.hook(lead.with_method("GET").aws_lambda(form), None)["headers"]["Allow"] == "POST, PUT"
    assert ask(chatislav_sender.lead(**{"raise": True})) == (500, "")
    assert ask(lead, module.once) == (204, "") and ask(lead, module.once) == (200, "")
    failing = chatislav_sender.lead(**{"raise": True})
    assert ask(failing, module.once) == ask(failing, module.once) == (500, "")
    assert module.hook(chatislav_sender.lead(status=503).aws_lambda(form), None) == {"statusCode": 503}
    large = chatislav_sender.lead(messages=["x" * (3 * 1024 * 1024)])
    assert ask(large) == (204, "")
    too_large = chatislav_sender.lead(messages=["x" * (9 * 1024 * 1024)])
    assert ask(too_large) == (413, '{"error": "body_too_large"}')


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"body": None}, (401, "signature_mismatch")),
        ({"body": {}}, (500, "body_not_raw")),
        ({"body": 7}, (500, "body_not_raw")),
        ({"body": "%%%", "isBase64Encoded": True}, (500, "body_not_raw")),
        ({"body": "\ud800"}, (401, "signature_mismatch")),
        ({"headers": None}, (401, "signature_missing")),
        ({"headers": "x"}, (401, "signature_missing")),
        ({"requestContext": None}, (500, "body_not_raw")),
        ({"requestContext": {"http": 7}}, (500, "body_not_raw")),
        ({"requestContext": {"http": {"method": None}}}, (500, "body_not_raw")),
    ],
)
def test_lambda_with_what_no_gateway_sends(change: Any, expected: Any, chatislav_sender: Sender) -> None:
    module = import_module("apps.lambda_app")
    answer = module.hook(chatislav_sender.lead().aws_lambda() | change, None)
    assert (answer["statusCode"], answer["body"]) == (expected[0], f'{{"error": "{expected[1]}"}}')


def gateway_rest(body: str, binary: bool, signature: str) -> dict[str, Any]:
    """A REST API with proxy integration, payload 1.0."""
    headers = {"Content-Type": "application/json", "Host": "id.execute-api.us-east-1.amazonaws.com",
               "X-Chatislav-Signature": signature, "X-Forwarded-Proto": "https"}  # fmt: skip
    return {
        "resource": "/webhooks/chatislav",
        "path": "/webhooks/chatislav",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "123456", "resourcePath": "/webhooks/chatislav", "httpMethod": "POST",
            "extendedRequestId": "JJbxmplHYosFVYQ=", "requestTime": "10/Mar/2026:00:03:59 +0000",
            "path": "/prod/webhooks/chatislav", "accountId": "123456789012", "protocol": "HTTP/1.1", "stage": "prod",
            "requestTimeEpoch": 1583798639428, "requestId": "77375676-xmpl-4b79-853a-f982474efe18",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "x", "user": None},
            "domainName": "id.execute-api.us-east-1.amazonaws.com", "apiId": "id",
        },
        "body": body,
        "isBase64Encoded": binary,
    }  # fmt: skip


def gateway_http(body: str, binary: bool, signature: str) -> dict[str, Any]:
    """An HTTP API, payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/webhooks/chatislav",
        "rawQueryString": "",
        "cookies": [],
        "headers": {"content-type": "application/json", "host": "id.execute-api.us-east-1.amazonaws.com",
                    "x-chatislav-signature": signature},
        "requestContext": {
            "accountId": "123456789012", "apiId": "id", "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {"method": "POST", "path": "/webhooks/chatislav", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                     "userAgent": "agent"},
            "requestId": "id", "routeKey": "$default", "stage": "$default", "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "body": body,
        "isBase64Encoded": binary,
    }  # fmt: skip


def function_url(body: str, binary: bool, signature: str) -> dict[str, Any]:
    """As payload 2.0, with an authorizer of its own."""
    event = gateway_http(body, binary, signature)
    event["requestContext"] |= {
        "apiId": "<urlid>", "authentication": None, "authorizer": None,
        "domainName": "<url-id>.lambda-url.us-west-2.on.aws", "domainPrefix": "<url-id>",
    }  # fmt: skip
    return event | {"pathParameters": None, "stageVariables": None}


def balancer(body: str, binary: bool, signature: str) -> dict[str, Any]:
    """A load balancer, with single headers."""
    arn = "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/lambda-279XGJDqGZ5rsrHC2Fjr/49e9d65c45c6791a"
    return {
        "requestContext": {"elb": {"targetGroupArn": arn}},
        "httpMethod": "POST",
        "path": "/webhooks/chatislav",
        "queryStringParameters": {},
        "headers": {"content-type": "application/json", "host": "lambda-alb.us-east-2.elb.amazonaws.com",
                    "x-amzn-trace-id": "Root=1-5c536348-3d683b8b04734faae651f476", "x-chatislav-signature": signature},
        "body": body,
        "isBase64Encoded": binary,
    }  # fmt: skip


def balancer_of_lists(body: str, binary: bool, signature: str) -> dict[str, Any]:
    """A load balancer whose target group has multi-value headers enabled."""
    event = balancer(body, binary, signature)
    event["multiValueHeaders"] = {name: [value] for name, value in event.pop("headers").items()}
    event["multiValueQueryStringParameters"] = event.pop("queryStringParameters")
    return event


@pytest.mark.parametrize("shape", [gateway_rest, gateway_http, function_url, balancer, balancer_of_lists])
@pytest.mark.parametrize("binary", [False, True])
def test_lambda_with_what_aws_documents(shape: Any, binary: bool, chatislav_sender: Sender) -> None:
    hook = import_module("apps.lambda_app").hook
    body = '{"event": "lead_collection", "data": {"form_data": [{"field": "name", "value": "Zoë"}]}}'
    signature = chatislav_sender.raw(body.encode()).signatures[0]
    sent = base64.b64encode(body.encode()).decode() if binary else body
    event = shape(sent, binary, signature)
    answer = hook(event, None)
    assert (answer["statusCode"], answer["body"]) == (204, "")
    refused = hook(shape(sent, binary, "0" * 64), None)
    assert (refused["statusCode"], refused["body"]) == (401, '{"error": "signature_mismatch"}')
    if shape is balancer_of_lists:
        # It reads no other headers than these.
        assert refused["multiValueHeaders"] == {"Content-Type": ["application/json"]}
    if "headers" in event:
        # Lists that are there and hold nothing hide nothing.
        assert hook(event | {"multiValueHeaders": {}}, None)["statusCode"] == 204


def test_lambda_awaits_nothing() -> None:
    from chatislav_webhooks.aws_lambda import verified

    async def function(event: Any, context: Any) -> None: ...

    class Callable:
        async def __call__(self, event: Any, context: Any) -> None: ...

    for handler in (function, functools.partial(function), Callable()):
        with pytest.raises(TypeError, match="asyncio.run"):
            verified(Webhook("s"))(handler)


def test_lambda_with_a_store_that_fails(chatislav_sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    from chatislav_webhooks.aws_lambda import verified

    class Unreachable(MemoryStore):
        def claim(self, key: str, token: str, now: float, expires: float) -> State:
            raise OSError("no such host")

    hook = verified(Webhook(chatislav_sender.secret), deduplicator=Deduplicator(Unreachable()))(lambda *_: None)
    assert hook(chatislav_sender.lead().aws_lambda(), None)["statusCode"] == 500
    assert "could not be claimed" in caplog.text and "no such host" in caplog.text


@pytest.mark.parametrize(
    ("status", "again"),
    [(204, 200), ("200", 200), ("201", 200), (201.0, 200), ("503", "503"), ("x", "x"), (None, None), ([], []), (math.inf,) * 2],
)
def test_lambda_statuses(status: Any, again: Any, chatislav_sender: Sender) -> None:
    from chatislav_webhooks.aws_lambda import verified

    hook = verified(Webhook(chatislav_sender.secret), deduplicator=Deduplicator())(lambda *_: {"statusCode": status})
    request = chatislav_sender.lead().aws_lambda()
    assert [hook(request, None)["statusCode"] for _ in range(2)] == [status, again]


@pytest.mark.parametrize("request_", [None, "x", 7, [], {}, {"Records": []}], ids=repr)
def test_lambda_called_by_something_else(request_: Any) -> None:
    assert import_module("apps.lambda_app").hook(request_, None)["statusCode"] == 500
