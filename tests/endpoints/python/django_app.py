"""What the Django endpoints share: as few settings as there can be."""

import os
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest


def application(urls: str, **more: Any) -> Any:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"], LOGGING_CONFIG=None, ROOT_URLCONF=urls, SECRET_KEY=os.urandom(32).hex(), **more
    )
    django.setup()
    return get_asgi_application()


def given(request: HttpRequest) -> list[str]:
    return [request.headers.get("x-chatislav-signature", "")]
