//! The hashes that a signer may have made, fed side by side.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};

use super::header::Family;
use super::mend::Mend;
use super::secret::Key;

/// What was hashed instead of HMAC over the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DigestChange {
    pub(super) code: &'static str,
    /// What the digest is.
    pub(super) is: &'static str,
    pub(super) mend: Mend,
    pub(super) recipe: Recipe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recipe {
    BodyAlone,
    SecretThenBody,
    BodyThenSecret,
    KeyedWithBody,
    OfDigits,
}

const fn change(code: &'static str, is: &'static str, recipe: Recipe) -> DigestChange {
    DigestChange { code, is, mend: Mend::Digest, recipe }
}

pub(super) const RECIPES: [DigestChange; 5] = [
    change("digest_body", "the plain hash of the body, which anybody can make", Recipe::BodyAlone),
    change("digest_secret_body", "the plain hash of the secret and the body behind it", Recipe::SecretThenBody),
    change("digest_body_secret", "the plain hash of the body and the secret behind it", Recipe::BodyThenSecret),
    change("digest_swapped", "an HMAC with key and message swapped", Recipe::KeyedWithBody),
    change("digest_hashed_body", "an HMAC over the digits of the body's hash", Recipe::OfDigits),
];

/// A hash under way. It wipes itself (hmac's and sha2's `zeroize`).
#[derive(Clone)]
pub(super) enum State {
    Hmac256(Hmac<Sha256>),
    Hmac512(Box<Hmac<Sha512>>),
}

impl State {
    pub(super) fn keyed(family: Family, key: &Key) -> Self {
        match family {
            Family::Sha256 => State::Hmac256(key.secret.keyed()),
            Family::Sha512 => State::Hmac512(Box::new(hmac(key.secret.bytes()))),
        }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        match self {
            State::Hmac256(mac) => mac.update(piece),
            State::Hmac512(mac) => mac.update(piece),
        }
    }

    pub(super) fn digest(self) -> Vec<u8> {
        match self {
            State::Hmac256(mac) => mac.finalize().into_bytes().to_vec(),
            State::Hmac512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}

impl Recipe {
    pub(super) fn digest(self, family: Family, secret: &[u8], body: &[u8]) -> Vec<u8> {
        match family {
            Family::Sha256 => match self {
                Recipe::KeyedWithBody => keyed::<Hmac<Sha256>>(body, secret),
                Recipe::OfDigits => keyed::<Hmac<Sha256>>(secret, hex::encode(Sha256::digest(body)).as_bytes()),
                _ => self.plain::<Sha256>(secret, body),
            },
            Family::Sha512 => match self {
                Recipe::KeyedWithBody => keyed::<Hmac<Sha512>>(body, secret),
                Recipe::OfDigits => keyed::<Hmac<Sha512>>(secret, hex::encode(Sha512::digest(body)).as_bytes()),
                _ => self.plain::<Sha512>(secret, body),
            },
        }
    }

    fn plain<D: Digest>(self, secret: &[u8], body: &[u8]) -> Vec<u8> {
        let mut hash = D::new();
        if self == Recipe::SecretThenBody {
            hash.update(secret);
        }
        hash.update(body);
        if self == Recipe::BodyThenSecret {
            hash.update(secret);
        }
        hash.finalize().to_vec()
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac: M = hmac(key);
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hmac<M: KeyInit>(key: &[u8]) -> M {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104 section 2)")]
    M::new_from_slice(key).expect("HMAC takes a key of any length")
}
