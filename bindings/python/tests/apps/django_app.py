import asyncio
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from chatislav_webhooks import AnyEvent, ConversationSummary
from chatislav_webhooks.django import verified

from .behaviour import Summary, deduplicator, handle, webhook, work

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": work / "django.db", "ATOMIC_REQUESTS": True}},
        DEBUG=False,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "apps.django_app.consume",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY="test",
        WSGI_APPLICATION=f"{__name__}.application",
    )
    django.setup()


def consume(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> Any:
        if request.path == "/consumed":
            request.read()
            if "HTTP_TRANSFER_ENCODING" in request.META:
                request.META["wsgi.input"].read()
        if request.path == "/seen":
            _ = request.body
        response = get_response(request)
        if request.path == "/seen-after":
            assert request.body
        return response

    return middleware


def respond(status: int | None) -> HttpResponse | None:
    if status == 404:
        raise Http404
    return None if status is None else HttpResponse(status=status)


@verified(webhook)
def hook(request: HttpRequest, event: AnyEvent) -> HttpResponse | None:
    return respond(handle(event))


@verified(webhook)
async def ahook(request: HttpRequest, event: AnyEvent) -> HttpResponse | None:
    await asyncio.sleep(0)
    return respond(await sync_to_async(handle, thread_sensitive=False)(event))


@verified(webhook, deduplicator=deduplicator)
def once(request: HttpRequest, event: AnyEvent) -> HttpResponse | None:
    return respond(handle(event))


@verified(webhook, deduplicator=deduplicator)
async def aonce(request: HttpRequest, event: AnyEvent) -> HttpResponse | None:
    return respond(await sync_to_async(handle, thread_sensitive=False)(event))


@verified(webhook, summary_type=Summary)
def typed(request: HttpRequest, event: AnyEvent) -> HttpResponse:
    assert isinstance(event, ConversationSummary)
    return HttpResponse(event.summary["title"])


@verified(webhook)
def with_argument(request: HttpRequest, event: AnyEvent, agent: str) -> HttpResponse:
    return HttpResponse(f"{agent} {event.event}")


@verified(webhook, deduplicator=deduplicator)
def commit(request: HttpRequest, event: AnyEvent) -> HttpResponse | None:
    """What it writes breaks a constraint that is only looked at when the transaction ends."""
    status = handle(event)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO lead VALUES (%s)", [event.payload["agent"]])
    return respond(status)


def is_atomic(request: HttpRequest, event: AnyEvent) -> HttpResponse:
    return HttpResponse(str(connection.in_atomic_block))


@method_decorator(verified(webhook), name="dispatch")
class AsClass(View):
    def post(self, request: HttpRequest, event: AnyEvent, agent: str) -> HttpResponse:
        return HttpResponse(f"{agent} {event.event}")


urlpatterns = [
    path("classes/<agent>/hook", AsClass.as_view()),
    path("hook", hook),
    path("ahook", ahook),
    path("once", once),
    path("aonce", aonce),
    path("typed", typed),
    path("commit", commit),
    path("atomic", verified(webhook)(is_atomic)),
    path("loose", verified(webhook)(transaction.non_atomic_requests(lambda *given: is_atomic(*given)))),
    path("loose-too", transaction.non_atomic_requests(verified(webhook)(lambda *given: is_atomic(*given)))),
    path("consumed", hook),
    path("seen", hook),
    path("seen-after", hook),
    path("agents/<agent>/hook", with_argument),
]
application = get_wsgi_application()
asgi = get_asgi_application()
