//! The native half of `chatislav-webhooks`: converts, calls core, converts back.
//!
//! Functions made from closures carry the secrets: a method of a native class takes twice as long
//! before it does anything, and a closure has no property that could give a secret back.

mod explanation;
mod refusal;
mod sample;
mod secrets;
mod text;
mod unsigned;
mod verifier;

use std::time::UNIX_EPOCH;

use chatislav_webhooks::{DeliveryKey, Timestamp};
use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;

/// SHA-256 of a body, as 64 hexadecimal digits.
#[napi(catch_unwind)]
pub fn delivery_key(#[napi(ts_arg_type = "Uint8Array")] body: BufferSlice<'_>) -> String {
    DeliveryKey::of(&body).to_string()
}

/// The instant of a timestamp in milliseconds since 1970, or null if it is unreadable.
#[napi(catch_unwind)]
pub fn instant(timestamp: String) -> Option<f64> {
    let instant = Timestamp::parse(&timestamp)?.instant();
    // Rounded down, as `Date` does, also before 1970.
    let milliseconds = match instant.duration_since(UNIX_EPOCH) {
        Ok(after) => (after.as_nanos() / 1_000_000) as f64,
        Err(before) => -(before.duration().as_nanos().div_ceil(1_000_000) as f64),
    };
    Some(milliseconds)
}
