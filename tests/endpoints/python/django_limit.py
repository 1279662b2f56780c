"""Django's own limit of 2.5 MiB for a body in memory loses what is larger."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

import django_app
from verification import FIXED, LARGEST, status


@csrf_exempt
@require_http_methods(["POST", "PUT"])
def hook(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=status(request.body, django_app.given(request)))


urlpatterns = [path("hook", hook)]
app = django_app.application(__name__, **({"DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST} if FIXED else {}))
