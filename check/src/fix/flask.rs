//! Flask.

use crate::cause::Cause;

/// What mends it in Flask.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: body = request.get_data(cache=True), before anything touches request.form, request.json or request.data, and verify those; or use verified(webhook) of chatislav_webhooks.flask"
        }
        Cause::NotVerified => {
            "verify before anything else, and abort(401); or use verified(webhook) of chatislav_webhooks.flask"
        }
        Cause::HeaderOptional => "abort(401) if request.headers.get('X-Chatislav-Signature') is None or empty",
        Cause::LooseComparison => "hmac.compare_digest over the whole of both: no startswith, no slice",
        Cause::LenientHeader => {
            "refuse what re.fullmatch(r'[0-9a-fA-F]{64}', value) does not match: WSGI joins repeated headers by commas"
        }
        Cause::EmptySecret => {
            "os.environ['CHATISLAV_WEBHOOK_SECRET'], which raises at start, in the place of os.getenv(..., '')"
        }
        Cause::CommonSecret => "no default in os.getenv or in app.config.get; str(None) is a secret too",
        Cause::RotationIncomplete => "Webhook([new_secret, old_secret])",
        Cause::BodyLimit => {
            "app.config['MAX_CONTENT_LENGTH'] = 8 * 1024 * 1024, or request.max_content_length in the view; in nginx client_max_body_size 8m"
        }
        Cause::MethodMissing => "@app.route(path, methods=['POST', 'PUT'])",
        Cause::CsrfProtection => "@csrf.exempt on the view (Flask-WTF)",
        Cause::ContentType => {
            "read request.get_data(), which does not look at the content type: request.get_json answers 415"
        }
        Cause::ChunksUnread => {
            "serve with gunicorn or waitress, which mark the end of chunks (wsgi.input_terminated), and read request.get_data()"
        }
        Cause::UnknownEvent | Cause::StrictModel => {
            "answer 204 to what you do not know; let fields be optional in marshmallow (unknown=INCLUDE) or pydantic"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (max_age)",
        Cause::DuplicateRefused => "return '', 200 for a delivery that was seen",
        Cause::HandlerFails => "catch and log what the view's work raises, once the event is kept",
        Cause::Redirected => "strict_slashes=False on the route, and save the URL to the last slash",
        Cause::RefusalCrashes => {
            "abort(401) for a header that is missing, not hexadecimal or not ASCII: hmac.compare_digest raises TypeError for text outside ASCII, bytes.fromhex a ValueError"
        }
        Cause::LoginInFront => "leave @login_required and before_request logins off the webhook's blueprint",
        Cause::Dropped => "look at the log: gunicorn kills a worker after --timeout 30",
        Cause::HeadLimit => "leave it to gunicorn (--limit-request-field_size), which answers 400",
        Cause::ProcessEnds => "no os._exit in views, mind memory limits, and let gunicorn start workers again",
        Cause::DigestTold | Cause::SecretTold => "abort(401) and nothing more",
        Cause::StackTold => "debug off: no app.run(debug=True), no FLASK_DEBUG=1",
        Cause::WorksFirst => "put the event into a queue (Celery, RQ), return '', 202, and work afterwards",
        Cause::OneAtATime => {
            "gunicorn --workers 4 --threads 8 behind a proxy that buffers bodies, or --worker-class gthread; no threaded=False"
        }
        Cause::Overwhelmed => "@limiter.exempt on the view, and more workers",
        Cause::ParserCrashes => {
            "except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) around json.loads: abort(400)"
        }
        Cause::NotIdempotent => {
            "insert event.delivery_key into a table with a unique index, and answer 200 where it was there; or verified(webhook, idempotency=...)"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and queue nothing before, in before_request either",
        Cause::AnyMethod => "methods=['POST', 'PUT'] alone",
        Cause::NoEffect | Cause::WrongPath => return None,
    })
}
