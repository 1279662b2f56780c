//! Events as Chatislav writes them, for the test kit.

use std::time::{Duration, UNIX_EPOCH};

use chatislav_webhooks::sample::{JsonStyle, Sample};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

/// A sample event of this name at this time, in milliseconds since 1970, or null if there is none;
/// `entropy` decides its ids.
#[napi(catch_unwind)]
pub(crate) fn sample(event: String, now: f64, entropy: u32) -> Option<Buffer> {
    let now = UNIX_EPOCH + Duration::try_from_secs_f64(now / 1_000.0).unwrap_or_default();
    let sample = Sample::of(&event, now, entropy.into())?;
    Some(sample.to_body(JsonStyle::Python).into())
}

/// JSON in the sender's style, or null if this is none.
#[napi(catch_unwind)]
pub(crate) fn restyled(json: String) -> Option<Buffer> {
    let sample = Sample::from_json(json.as_bytes()).ok()?;
    Some(sample.to_body(JsonStyle::Python).into())
}
