//! Django.

use crate::cause::Cause;

/// What mends it in Django.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: request.body, before anything touches request.POST or request.data, and verify those; or use verified(webhook) of chatislav_webhooks.django"
        }
        Cause::NotVerified => {
            "verify before anything else, and return HttpResponse(status=401); or use verified(webhook) of chatislav_webhooks.django"
        }
        Cause::HeaderOptional => "answer 401 if request.headers.get('X-Chatislav-Signature') is None or empty",
        Cause::LooseComparison => "hmac.compare_digest over the whole of both: no startswith, no slice",
        Cause::LenientHeader => {
            "refuse what re.fullmatch(r'[0-9a-fA-F]{64}', value) does not match: WSGI joins repeated headers by commas"
        }
        Cause::EmptySecret => {
            "os.environ['CHATISLAV_WEBHOOK_SECRET'] in settings.py, which raises at start, in the place of os.getenv(..., '')"
        }
        Cause::CommonSecret => "no default in os.getenv, env() or getattr(settings, ...); str(None) is a secret too",
        Cause::RotationIncomplete => "Webhook([new_secret, old_secret])",
        Cause::BodyLimit => {
            "DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024 in settings.py: the default is 2.5 MiB; in nginx client_max_body_size 8m"
        }
        Cause::MethodMissing => "@require_http_methods(['POST', 'PUT'])",
        Cause::CsrfProtection => "@csrf_exempt on the view; the signature protects it better than a token",
        Cause::ContentType => {
            "read request.body, which does not look at the content type; in REST framework parser_classes answers 415"
        }
        Cause::ChunksUnread => "serve with gunicorn or under ASGI: runserver does not read bodies in chunks",
        Cause::UnknownEvent | Cause::StrictModel => {
            "answer 204 to what you do not know; serializers with required=False and allow_null=True"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (max_age)",
        Cause::DuplicateRefused => "return HttpResponse(status=200) for a delivery that was seen",
        Cause::HandlerFails => "catch and log what the view's work raises, once the event is kept",
        Cause::Redirected => {
            "save the URL to the last slash (APPEND_SLASH redirects), and mind SECURE_SSL_REDIRECT behind a proxy (SECURE_PROXY_SSL_HEADER)"
        }
        Cause::RefusalCrashes => {
            "return HttpResponse(status=401) for a header that is missing, not hexadecimal or not ASCII: request.META[...] raises KeyError, hmac.compare_digest TypeError"
        }
        Cause::LoginInFront => "leave @login_required and LoginRequiredMiddleware off the view: @login_not_required",
        Cause::Dropped => "look at the log: gunicorn kills a worker after --timeout 30",
        Cause::HeadLimit => "leave it to gunicorn (--limit-request-field_size), which answers 400",
        Cause::ProcessEnds => "no os._exit in views, mind memory limits, and let gunicorn start workers again",
        Cause::DigestTold | Cause::SecretTold => "HttpResponse(status=401) and nothing more",
        Cause::StackTold => "DEBUG = False",
        Cause::WorksFirst => {
            "put the event into a queue (Celery, django-tasks), return HttpResponse(status=202), and work afterwards"
        }
        Cause::OneAtATime => {
            "gunicorn --workers 4 --threads 8 behind a proxy that buffers bodies; no runserver --nothreading"
        }
        Cause::Overwhelmed => "take the view out of django-ratelimit, and mind SQLite's lock: timeout in OPTIONS",
        Cause::ParserCrashes => {
            "except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) around json.loads: HttpResponse(status=400)"
        }
        Cause::NotIdempotent => {
            "get_or_create on a model with delivery_key as a unique field, and answer 200 where it was there; or verified(webhook, idempotency=...)"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and queue nothing before, in middleware either",
        Cause::AnyMethod => "@require_http_methods(['POST', 'PUT'])",
        Cause::NoEffect | Cause::WrongPath => return None,
    })
}
