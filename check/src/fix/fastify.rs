//! Fastify.

use crate::cause::Cause;

/// What mends it in Fastify.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes, in a plugin of its own: addContentTypeParser('*', { parseAs: 'buffer' }, (req, body, done) => done(null, body)) and the same for application/json, and verify request.body; or use verified() of chatislav-webhooks/fastify"
        }
        Cause::NotVerified => {
            "verify in the handler before anything else, and return reply.code(401).send(); or use verified() of chatislav-webhooks/fastify"
        }
        Cause::HeaderOptional => "answer 401 if request.headers['x-chatislav-signature'] is undefined or empty",
        Cause::LooseComparison => {
            "check /^[0-9a-f]{64}$/i first, then compare Buffer.from(value, 'hex') with the digest by crypto.timingSafeEqual"
        }
        Cause::LenientHeader => "refuse what does not match /^[0-9a-f]{64}$/i: Node joins repeated headers by commas",
        Cause::EmptySecret => {
            "throw at start if process.env.CHATISLAV_WEBHOOK_SECRET is unset or blank; @fastify/env has `required` and minLength"
        }
        Cause::CommonSecret => "throw at start if the variable is unset: no `default` in the schema of @fastify/env",
        Cause::RotationIncomplete => "new Webhook([newSecret, oldSecret])",
        Cause::BodyLimit => {
            "bodyLimit: 8 * 1024 * 1024 on the route: the default is 1 MiB; in nginx client_max_body_size 8m"
        }
        Cause::MethodMissing => "fastify.route({ method: ['POST', 'PUT'], url, handler })",
        Cause::CsrfProtection => "leave @fastify/csrf-protection's hook off this route",
        Cause::ContentType => {
            "addContentTypeParser('*', { parseAs: 'buffer' }, ...): other types are answered 415 by default"
        }
        Cause::UnknownEvent | Cause::StrictModel => {
            "no schema.body on the route, or additionalProperties: true and nullable fields; answer 204 by default"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (maxAge)",
        Cause::DuplicateRefused => "reply.code(200).send() for a delivery that was seen",
        Cause::HandlerFails => "catch and log what the handler's work throws, once the event is kept",
        Cause::Redirected => "ignoreTrailingSlash: true, or save the URL that answers by itself",
        Cause::RefusalCrashes => {
            "compare lengths before crypto.timingSafeEqual, which throws; or map errors to 401 in setErrorHandler"
        }
        Cause::LoginInFront => "register the webhook outside the scope of the authentication hook",
        Cause::HeadLimit => "leave clientErrorHandler as it is: it answers 431",
        Cause::ProcessEnds => {
            "throw nothing in callbacks of the request's stream and in promises that nobody awaits: either ends Node; and run it under a supervisor"
        }
        Cause::DigestTold | Cause::SecretTold | Cause::StackTold => {
            "reply.code(401).send({ error: 'signature_mismatch' }) and nothing more, in setErrorHandler too"
        }
        Cause::WorksFirst => "put the event into a queue, reply.code(202).send(), and work afterwards",
        Cause::OneAtATime => "no synchronous work in the handler: it holds up the event loop",
        Cause::Overwhelmed => "config: { rateLimit: false } on the route",
        Cause::ParserCrashes => "wrap JSON.parse in a try that answers 400",
        Cause::NotIdempotent => {
            "insert event.deliveryKey into a table with a unique index, and answer 200 where it was there"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and start nothing before, in hooks either",
        Cause::AnyMethod => "method: ['POST', 'PUT'] in the place of fastify.all",
        Cause::ChunksUnread | Cause::NoEffect | Cause::Dropped | Cause::WrongPath => return None,
    })
}
