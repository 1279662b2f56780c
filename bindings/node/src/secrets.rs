//! Secrets out of text, bytes and lists of them.

use chatislav_webhooks::Secret;
use napi::bindgen_prelude::{BufferSlice, Either};

use crate::refusal::Refusal;

/// A secret as JavaScript has it: text is its UTF-8 bytes.
pub(crate) type Given<'a> = Either<String, BufferSlice<'a>>;

/// Takes each of the secrets, newest first.
pub(crate) fn read(secrets: Vec<Given<'_>>) -> Result<Vec<Secret>, Refusal> {
    let one = |secret: Given<'_>| match secret {
        Either::A(text) => Secret::new(text),
        Either::B(bytes) => Secret::new(&*bytes),
    };
    secrets.into_iter().map(one).collect::<Result<_, _>>().map_err(Refusal::from)
}

/// What looks like a mistake of copying, each with the secret's fingerprint.
pub(crate) fn suspicions(secrets: &[Secret]) -> Vec<String> {
    let one = |secret: &Secret| {
        let suspicion = secret.suspicion()?;
        Some(format!("webhook secret {}: {suspicion}; it is used as it is", secret.fingerprint()))
    };
    secrets.iter().filter_map(one).collect()
}
