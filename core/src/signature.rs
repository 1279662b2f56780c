//! The signature: 64 hexadecimal digits of HMAC-SHA256 over the raw body.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::{Error, ErrorKind};
use crate::headers::{self, OnlyValue};
use crate::hexadecimal;
use crate::secret::Secret;

/// The length of a signature in bytes; on the wire it is twice as many hexadecimal digits.
const LENGTH: usize = 32;

/// A signature as it is sent: public, because whoever sees the request sees it.
///
/// `Display` writes 64 lower-case hexadecimal digits. `Debug` shows nothing: a signature that we
/// expected must not reach a log by way of an error.
#[derive(Clone, Copy)]
pub struct Signature([u8; LENGTH]);

impl Signature {
    /// Signs a body: HMAC-SHA256 over exactly these bytes.
    pub fn sign(secret: &Secret, body: &[u8]) -> Self {
        let mut signer = Signature::signer(secret);
        signer.update(body);
        signer.finish()
    }

    /// Signs a body that comes in pieces.
    pub fn signer(secret: &Secret) -> Signer {
        Signer(secret.keyed())
    }

    /// Reads one header value, by the rule for lists of values: parts between commas, blanks
    /// around them dropped, equal parts taken once.
    ///
    /// # Errors
    /// `signature_missing` for a blank value, `signature_ambiguous` for several different parts,
    /// `signature_malformed` for anything but 64 hexadecimal digits in either case.
    pub fn parse(value: impl AsRef<[u8]>) -> Result<Self, Error> {
        let value = value.as_ref();
        match decode(value) {
            // The common case: nothing but the digits.
            Some(signature) => Ok(signature),
            None => Signature::from_values([value]),
        }
    }

    /// Reads every value of the signature header; see [`Signature::parse`] for the rule.
    pub(crate) fn from_values<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Error> {
        match headers::only_value(values) {
            OnlyValue::None => Err(Error::new(ErrorKind::SignatureMissing)),
            OnlyValue::Several => Err(Error::new(ErrorKind::SignatureAmbiguous)),
            OnlyValue::One(part) => {
                decode(part).ok_or_else(|| Error::new(ErrorKind::SignatureMalformed).with_hint(malformation(part)))
            }
        }
    }

    /// Whether the secret made this signature for the bytes fed into `mac`, in constant time.
    pub(crate) fn made_by(&self, mac: Hmac<Sha256>) -> Choice {
        words(mac.finalize().into_bytes().into()).ct_eq(&words(self.0))
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        words(self.0).ct_eq(&words(other.0)).into()
    }
}

impl Eq for Signature {}

/// The digest in words: `subtle` compares each in constant time, and four take an eighth of the
/// time of 32 bytes.
fn words(digest: [u8; LENGTH]) -> [u64; LENGTH / 8] {
    let mut words = [0; LENGTH / 8];
    for (word, bytes) in words.iter_mut().zip(digest.as_chunks().0) {
        *word = u64::from_ne_bytes(*bytes);
    }
    words
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal::encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(redacted)")
    }
}

/// A signature in the making, for a body that comes in pieces.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// Takes the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The signature of all the pieces.
    pub fn finish(self) -> Signature {
        Signature(self.0.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(redacted)")
    }
}

/// Decodes the *received* digits, so that bytes are compared. Encoding the expected digest instead
/// would look up a table by secret nibbles; the digits that came are no secret.
fn decode(digits: &[u8]) -> Option<Signature> {
    hexadecimal::decode(digits).map(Signature)
}

/// The likely cause why a value is not 64 hexadecimal digits.
fn malformation(value: &[u8]) -> &'static str {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let has_prefix = |prefix: &[u8]| value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if has_prefix(b"sha256=") || has_prefix(b"sha256:") {
        "drop the `sha256=` in front: Chatislav sends the hexadecimal digits alone"
    } else if has_prefix(b"v1=") || has_prefix(b"v0=") || has_prefix(b"t=") || has_prefix(b"sha1=") {
        "this is another vendor's scheme: Chatislav sends 64 hexadecimal digits alone"
    } else if has_prefix(b"0x") {
        "drop the `0x` in front: Chatislav sends the hexadecimal digits alone"
    } else if value.first().is_some_and(is_quote) || value.last().is_some_and(is_quote) {
        "drop the quotes around the digits"
    } else if value.iter().all(u8::is_ascii_hexdigit) {
        match value.len() {
            40 => "40 digits are a SHA-1: Chatislav signs with SHA-256, 64 digits",
            128 => "128 digits are a SHA-512: Chatislav signs with SHA-256, 64 digits",
            0..LENGTH | 33..64 => "the digits were cut short: a SHA-256 has 64",
            LENGTH => "32 digits are an MD5 or half a SHA-256: Chatislav sends 64",
            _ => "there are more than 64 digits",
        }
    } else if matches!(value.len(), 43 | 44)
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte))
    {
        "this looks like base64: Chatislav encodes the digest as 64 hexadecimal digits"
    } else if value.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
        "there is a blank inside the digits"
    } else if !value.is_ascii() {
        "there are characters outside ASCII in the header"
    } else {
        "there are characters other than hexadecimal digits in the header"
    }
}
