//! axum.

use crate::cause::Cause;

/// What mends it in axum.
pub(crate) const fn fix(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::ReSerialised | Cause::Decoded | Cause::WrongSecret => {
            "take the bytes: body: Bytes as the last extractor, not Json<T> or String, and webhook.verify(&body, &headers)"
        }
        Cause::NotVerified => {
            "webhook.verify(&body, &headers)? before anything else, with an error that answers error.http_status()"
        }
        Cause::HeaderOptional => "no if let Some(signature) = headers.get(...): Webhook::verify refuses what has none",
        Cause::LooseComparison => "Mac::verify_slice over the whole digest, not verify_truncated_left or starts_with",
        Cause::LenientHeader => "look at headers.get_all(...), as Webhook::verify does",
        Cause::EmptySecret | Cause::CommonSecret => {
            "std::env::var(...)? at start, not unwrap_or_default; Webhook::new refuses a blank secret"
        }
        Cause::RotationIncomplete => "Webhook::new([new_secret, old_secret])",
        Cause::BodyLimit => {
            "DefaultBodyLimit::max(8 * 1024 * 1024) as a layer: the default is 2 MB; in nginx client_max_body_size 8m"
        }
        Cause::MethodMissing => "post(handler).put(handler)",
        Cause::CsrfProtection | Cause::LoginInFront => {
            "merge the webhook's router after the layer: route_layer concerns what stands before it"
        }
        Cause::ContentType => "Bytes in the place of Json<T>, which answers 415 to other types",
        Cause::UnknownEvent | Cause::StrictModel => {
            "match the event with `_ => StatusCode::NO_CONTENT`; Json<T> answers 422, which is final"
        }
        Cause::AgeLimit => "verify in the place of verify_fresh, or a max_age beyond the sender's whole retry window",
        Cause::DuplicateRefused => "StatusCode::OK for a delivery that was seen",
        Cause::HandlerFails => "log what the handler's work returns as an error, once the event is kept",
        Cause::Redirected => "no NormalizePath or redirect layer on this route; save the URL to the last slash",
        Cause::RefusalCrashes => "no unwrap on to_str(), hex::decode or verify_slice: answer StatusCode::UNAUTHORIZED",
        Cause::Dropped => {
            "a panic in a handler ends its connection: CatchPanicLayer, and no unwrap on what strangers send"
        }
        Cause::HeadLimit => "hyper answers 431 by itself; look at the proxy in front",
        Cause::ProcessEnds => {
            "no std::process::exit, and no panic = 'abort' beside code that can panic; run it under a supervisor"
        }
        Cause::DigestTold | Cause::SecretTold | Cause::StackTold => {
            "StatusCode::UNAUTHORIZED and error.code(), no {error:?}"
        }
        Cause::WorksFirst => "tokio::spawn or a queue, and StatusCode::ACCEPTED at once",
        Cause::OneAtATime => "no blocking call and no lock held in an async handler: spawn_blocking",
        Cause::Overwhelmed => "take the route out of tower's RateLimit and ConcurrencyLimit layers",
        Cause::ParserCrashes => "no unwrap on serde_json::from_slice or str::from_utf8: answer StatusCode::BAD_REQUEST",
        Cause::NotIdempotent => {
            "insert event.delivery_key() into a table with a unique index, and answer 200 where it was there"
        }
        Cause::ActsBeforeVerdict => "verify in the first lines, and spawn nothing before, in layers either",
        Cause::AnyMethod => "post(handler).put(handler) in the place of any(handler)",
        Cause::ChunksUnread | Cause::NoEffect | Cause::WrongPath => return None,
    })
}
