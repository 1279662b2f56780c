from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

import counted
import django_app
from chatislav_webhooks import AnyEvent
from chatislav_webhooks.django import verified


@verified(counted.webhook, deduplicator=counted.deduplicator)
def hook(request: HttpRequest, event: AnyEvent) -> None:
    counted.handle(event)


def count(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(counted.effects))


urlpatterns = [path("hook", hook), path("count", count)]
asgi = django_app.application(__name__, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"])
app = get_wsgi_application()
