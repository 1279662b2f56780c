"""Under WSGI Django reads as many bytes as Content-Length says, and so nothing of a body in chunks."""

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

import django_app
from verification import LARGEST, status


@csrf_exempt
@require_http_methods(["POST", "PUT"])
def hook(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=status(request.body, django_app.given(request)))


urlpatterns = [path("hook", hook)]
asgi = django_app.application(__name__, DATA_UPLOAD_MAX_MEMORY_SIZE=LARGEST)
app = get_wsgi_application()
