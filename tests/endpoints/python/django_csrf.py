"""Django's protection of forms is on for the webhook too, and refuses whoever has no cookie of it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

import django_app
from verification import FIXED, LARGEST, status


@require_http_methods(["POST", "PUT"])
def hook(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=status(request.body, django_app.given(request)))


urlpatterns = [path("hook", csrf_exempt(hook) if FIXED else hook)]
app = django_app.application(
    __name__, DATA_UPLOAD_MAX_MEMORY_SIZE=LARGEST, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]
)
