//! Express.

use crate::cause::Cause;

/// What mends it in Express.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: mount express.raw({ type: () => true, limit: '8mb' }) on this route, in front of any express.json(), and verify req.body, a Buffer; or use verified() of chatislav-webhooks/express"
        }
        Cause::NotVerified => {
            "verify in the handler before anything else, and return after res.status(401).end(); or use verified() of chatislav-webhooks/express"
        }
        Cause::HeaderOptional => "answer 401 if req.get('x-chatislav-signature') is undefined or empty",
        Cause::LooseComparison => {
            "check /^[0-9a-f]{64}$/i first, then compare Buffer.from(value, 'hex') with the digest by crypto.timingSafeEqual"
        }
        Cause::LenientHeader => "refuse what does not match /^[0-9a-f]{64}$/i: Node joins repeated headers by commas",
        Cause::EmptySecret => "throw at start if process.env.CHATISLAV_WEBHOOK_SECRET is unset or blank; no ?? ''",
        Cause::CommonSecret => {
            "throw at start if the variable is unset, rather than fall back; String(undefined) is a secret too"
        }
        Cause::RotationIncomplete => "new Webhook([newSecret, oldSecret])",
        Cause::BodyLimit => {
            "express.raw({ type: () => true, limit: '8mb' }): the default limit is 100kb; in nginx client_max_body_size 8m"
        }
        Cause::MethodMissing => "app.post(path, handler) and app.put(path, handler)",
        Cause::CsrfProtection => "mount the webhook's route in front of csurf or lusca",
        Cause::ContentType => "express.raw({ type: () => true }): without it other types leave req.body empty",
        Cause::ChunksUnread => "read the body with express.raw, or every chunk of req, whatever Content-Length says",
        Cause::UnknownEvent | Cause::StrictModel => {
            "answer 204 by default in the switch over event.event, and let fields be optional in zod or joi (.passthrough(), .nullish())"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (maxAge)",
        Cause::DuplicateRefused => "res.sendStatus(200) for a delivery that was seen",
        Cause::HandlerFails => "give async handlers a try/catch that logs; Express 4 does not await them",
        Cause::Redirected => "leave `strict routing` off, and save the URL without the redirect",
        Cause::RefusalCrashes => {
            "compare lengths before crypto.timingSafeEqual, which throws; or map errors to 401 in the error handler: (err, req, res, next)"
        }
        Cause::LoginInFront => "mount the webhook's route in front of passport or express-session",
        Cause::HeadLimit => {
            "let Node answer 431: leave server.on('clientError') alone, or write the answer there before the end"
        }
        Cause::ProcessEnds => {
            "throw nothing in callbacks of the request's stream and in promises that nobody awaits: either ends Node; and run it under a supervisor"
        }
        Cause::DigestTold | Cause::SecretTold => {
            "res.status(401).json({ error: 'signature_mismatch' }) and nothing more"
        }
        Cause::StackTold => "set NODE_ENV=production, or write an error handler of your own",
        Cause::WorksFirst => "put the event into a queue, res.sendStatus(202), and work afterwards",
        Cause::OneAtATime => "no synchronous work in the handler: it holds up the event loop",
        Cause::Overwhelmed => "take the webhook's route out of express-rate-limit",
        Cause::ParserCrashes => "wrap JSON.parse in a try that answers 400",
        Cause::NotIdempotent => {
            "insert event.deliveryKey into a table with a unique index, and answer 200 where it was there"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and start nothing before",
        Cause::AnyMethod => "app.post and app.put in the place of app.all",
        Cause::NoEffect | Cause::Dropped | Cause::WrongPath => return None,
    })
}
