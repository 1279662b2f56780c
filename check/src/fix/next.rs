//! Next.js.

use crate::cause::Cause;

/// What mends it in Next.js.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: new Uint8Array(await request.arrayBuffer()) in a route handler, not request.json() or text(); in pages/api export const config = { api: { bodyParser: false } } and read the stream; or use verified() of chatislav-webhooks/next"
        }
        Cause::NotVerified => {
            "verify before anything else, and return new Response(null, { status: 401 }); or use verified() of chatislav-webhooks/next"
        }
        Cause::HeaderOptional => "answer 401 if request.headers.get('x-chatislav-signature') is null or empty",
        Cause::LooseComparison => {
            "check /^[0-9a-f]{64}$/i first, then compare by crypto.timingSafeEqual, or by crypto.subtle.verify at the edge"
        }
        Cause::LenientHeader => {
            "refuse what does not match /^[0-9a-f]{64}$/i: Headers.get joins repeated headers by commas"
        }
        Cause::EmptySecret => {
            "throw if process.env.CHATISLAV_WEBHOOK_SECRET is unset; it must be set where it runs, not only where it was built"
        }
        Cause::CommonSecret => "throw if the variable is unset, rather than fall back",
        Cause::RotationIncomplete => "new Webhook([newSecret, oldSecret])",
        Cause::BodyLimit => {
            "a route handler has no limit of its own; in pages/api bodyParser: false, or sizeLimit: '8mb' (the default is 1mb). Platforms have limits too: Vercel's is 4.5 MB"
        }
        Cause::MethodMissing => "export { handler as POST, handler as PUT }",
        Cause::CsrfProtection | Cause::LoginInFront => "leave the webhook's path out of the matcher in middleware.ts",
        Cause::ContentType => "do not look at the content type: the bytes are JSON",
        Cause::UnknownEvent | Cause::StrictModel => {
            "answer 204 by default, and let fields be optional in zod (.passthrough(), .nullish())"
        }
        Cause::AgeLimit => "leave the age out, or allow more than the sender's whole retry window (maxAge)",
        Cause::DuplicateRefused => "return new Response(null, { status: 200 }) for a delivery that was seen",
        Cause::HandlerFails => "catch and log what the handler's work throws, once the event is kept",
        Cause::Redirected => {
            "mind trailingSlash in next.config.js, and redirects and rewrites there: save the URL that answers by itself"
        }
        Cause::RefusalCrashes => {
            "compare lengths before crypto.timingSafeEqual, which throws, and catch what the verification throws"
        }
        Cause::ProcessEnds => {
            "throw nothing in callbacks and in promises that nobody awaits: either ends Node; and run it under a supervisor"
        }
        Cause::DigestTold | Cause::SecretTold => {
            "Response.json({ error: 'signature_mismatch' }, { status: 401 }) and nothing more"
        }
        Cause::StackTold => "next build && next start: next dev shows errors to everybody",
        Cause::WorksFirst => "answer at once, and work in after() or in a queue",
        Cause::ParserCrashes => "wrap JSON.parse in a try that answers 400",
        Cause::NotIdempotent => {
            "insert event.deliveryKey into a table with a unique index, and answer 200 where it was there"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and start nothing before",
        Cause::AnyMethod => "export POST and PUT alone; in pages/api look at req.method",
        Cause::OneAtATime | Cause::Overwhelmed | Cause::HeadLimit | Cause::ChunksUnread => return None,
        Cause::NoEffect | Cause::Dropped | Cause::WrongPath => return None,
    })
}
