//! FastAPI and Starlette.

use crate::cause::Cause;

/// What mends it in FastAPI.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: body = await request.body() with request: Request, no body model and no json.dumps, and verify those; or Depends(verified(webhook)) of chatislav_webhooks.fastapi"
        }
        Cause::NotVerified => {
            "verify before anything else, and raise HTTPException(401); or Depends(verified(webhook)) of chatislav_webhooks.fastapi"
        }
        Cause::HeaderOptional => {
            "answer 401 if request.headers.get('x-chatislav-signature') is None or empty; no Header(default=None) that is passed over"
        }
        Cause::LooseComparison => "hmac.compare_digest over the whole of both: no startswith, no slice",
        Cause::LenientHeader => {
            "refuse what re.fullmatch(r'[0-9a-fA-F]{64}', value) does not match, and more than one of request.headers.getlist(...)"
        }
        Cause::EmptySecret => {
            "os.environ['CHATISLAV_WEBHOOK_SECRET'], which raises at start, in the place of os.getenv(..., '')"
        }
        Cause::CommonSecret => "no default in os.getenv or in BaseSettings; str(None) is a secret too",
        Cause::RotationIncomplete => "Webhook([new_secret, old_secret])",
        Cause::BodyLimit => {
            "Starlette has no limit of its own for a body: look at the proxy (nginx: client_max_body_size 8m) and at middleware"
        }
        Cause::MethodMissing => "@app.api_route(path, methods=['POST', 'PUT'])",
        Cause::CsrfProtection => "exempt the path from starlette-csrf: exempt_urls",
        Cause::ContentType => "do not look at the content type: the bytes are JSON",
        Cause::UnknownEvent | Cause::StrictModel => {
            "validate after the verdict, with extra='allow' and optional fields, and answer 204 to what does not fit; a body model answers 422, which is final"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (max_age)",
        Cause::DuplicateRefused => "return Response(status_code=200) for a delivery that was seen",
        Cause::HandlerFails => "catch and log what the handler's work raises, once the event is kept",
        Cause::Redirected => "FastAPI(redirect_slashes=False), and save the URL to the last slash",
        Cause::RefusalCrashes => {
            "raise HTTPException(401) for a header that is missing, not hexadecimal or not ASCII: hmac.compare_digest raises TypeError for text outside ASCII, bytes.fromhex a ValueError"
        }
        Cause::LoginInFront => "leave the login's dependency off the webhook's router",
        Cause::Dropped => "look at uvicorn's log: a worker that was killed ends its connections",
        Cause::HeadLimit => "uvicorn --h11-max-incomplete-event-size 131072, or leave the limit to the proxy",
        Cause::ProcessEnds => {
            "no os._exit and no sys.exit in handlers, mind memory limits, and let uvicorn or gunicorn start workers again (--workers 2)"
        }
        Cause::DigestTold | Cause::SecretTold => "HTTPException(401, 'signature_mismatch') and nothing more",
        Cause::StackTold => "FastAPI(debug=False)",
        Cause::WorksFirst => "answer at once, and work in BackgroundTasks or a queue",
        Cause::OneAtATime => "no blocking call in an async def: use def, or await run_in_threadpool(...)",
        Cause::Overwhelmed => "take the route out of slowapi, and give the pool of the database more connections",
        Cause::ParserCrashes => {
            "except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) around json.loads: answer 400"
        }
        Cause::NotIdempotent => {
            "insert event.delivery_key into a table with a unique index, and answer 200 where it was there; or verified(webhook, idempotency=...)"
        }
        Cause::ActsBeforeVerdict => "add background tasks after the verdict, not in front of it",
        Cause::AnyMethod => "methods=['POST', 'PUT'] alone",
        Cause::ChunksUnread | Cause::NoEffect | Cause::WrongPath => return None,
    })
}
