//! Requests that are broken on purpose after they were signed.

use chatislav_webhooks::Secret;
use chatislav_webhooks::sample::{JsonStyle, Sample};
use clap::ValueEnum;

use crate::exit::Failure;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Tamper {
    /// Flip a bit of the body.
    Body,
    /// Change the first digit of the signature.
    Signature,
    /// Send equal JSON with other bytes, as a program that parses and re-serialises would.
    #[value(name = "re-serialise")]
    ReSerialise,
}

/// What arrives when something on the way changes the request.
pub(super) fn tampered(
    tamper: Tamper,
    mut body: Vec<u8>,
    signature: Option<String>,
    secret: Option<&Secret>,
) -> Result<(Vec<u8>, Option<String>), Failure> {
    if secret.is_none() {
        return Err(Failure::usage("--tamper breaks a signed request, and there is no secret to sign with"));
    }
    match tamper {
        Tamper::Body => {
            let middle = body.len() / 2;
            match body.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => return Err(Failure::usage("--tamper body: the body is empty")),
            }
            Ok((body, signature))
        }
        Tamper::Signature => {
            let changed = |text: String| {
                let first = if text.starts_with('0') { '1' } else { '0' };
                text.chars().take(1).map(|_| first).chain(text.chars().skip(1)).collect()
            };
            Ok((body, signature.map(changed)))
        }
        Tamper::ReSerialise => {
            let sample =
                Sample::from_json(&body).map_err(|error| Failure::usage(format!("--tamper re-serialise: {error}")))?;
            let changed = [JsonStyle::Compact, JsonStyle::Python].map(|style| sample.to_body(style));
            match changed.into_iter().find(|changed| *changed != body) {
                Some(changed) => Ok((changed, signature)),
                None => Err(Failure::usage("--tamper re-serialise: this body reads the same in every style")),
            }
        }
    }
}
