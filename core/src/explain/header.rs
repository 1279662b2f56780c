//! What the header may say besides 64 hexadecimal digits.

use super::base64;
use super::mend::Mend;
use crate::headers::trim;

/// How a header's value came to be read as a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeaderChange {
    pub(super) code: &'static str,
    /// What the value is, behind "the header has".
    pub(super) has: &'static str,
    pub(super) mend: Mend,
}

/// Which hash a digest is of, by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Sha256,
    Sha512,
}

/// A digest that the signer may have meant.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    digest: Vec<u8>,
    /// The digit behind the whole bytes, of a digest that was cut.
    half: Option<u8>,
    pub(super) family: Family,
    pub(super) changes: Vec<HeaderChange>,
}

/// Fewer digits would fit by chance.
const FEWEST_DIGITS: usize = 16;
/// More than anybody sends, and a bound on the work for one request.
const MOST_CLAIMS: usize = 16;

const fn change(code: &'static str, has: &'static str) -> HeaderChange {
    HeaderChange { code, has, mend: Mend::Header }
}

const OTHER_NAME: HeaderChange = change("header_name", "another name than `x-chatislav-signature`");
const SEVERAL: HeaderChange = change("header_several", "several different values");
const BLANKS: HeaderChange = change("header_blanks", "blanks or a line end around the digits");
const QUOTED: HeaderChange = change("header_quoted", "quotes around the digits");
const PREFIX: HeaderChange = change("header_prefix", "a prefix in front of the digits");
const SEPARATED: HeaderChange = change("header_separated", "something between the digits");
const BASE64: HeaderChange = change("header_base64", "base64 instead of hexadecimal digits");
const CUT: HeaderChange = change("header_cut", "only the first of the 64 digits");
const LONG: HeaderChange = change("header_long", "something behind the 64 digits");
const SHA512: HeaderChange =
    HeaderChange { code: "digest_sha512", has: "a digest of SHA-512 instead of SHA-256", mend: Mend::Digest };

impl Claim {
    pub(super) fn fits(&self, digest: &[u8]) -> bool {
        digest.starts_with(&self.digest)
            && self.half.is_none_or(|half| digest.get(self.digest.len()).is_some_and(|byte| byte >> 4 == half))
    }
}

/// The digests that the values of the signature's header may stand for, and behind them those of other
/// headers that call themselves a signature.
pub(super) fn claims(values: &[Vec<u8>], others: &[Vec<u8>]) -> Vec<Claim> {
    let mut claims = Vec::new();
    let parts = parts(values);
    for part in &parts {
        let several = (parts.len() > 1).then_some(SEVERAL);
        read(part, several.into_iter().collect(), &mut claims);
    }
    for value in others {
        read(value, vec![OTHER_NAME], &mut claims);
    }
    claims
}

fn parts(values: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in values.iter().flat_map(|value| value.split(|byte| *byte == b',')).map(trim) {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// Takes off what may stand around a digest, one thing after the other, and notes each.
fn read(value: &[u8], mut changes: Vec<HeaderChange>, claims: &mut Vec<Claim>) {
    let mut value = trim(value);
    let bare = std::str::from_utf8(value).map_or(value, |text| text.trim().as_bytes());
    for (peeled, change) in [
        (bare as &[u8], BLANKS),
        (unquoted(bare), QUOTED),
        (without_prefix(unquoted(bare)), PREFIX),
        (unquoted(without_prefix(unquoted(bare))), QUOTED),
    ] {
        if peeled != value {
            value = peeled;
            if !changes.contains(&change) {
                changes.push(change);
            }
        }
    }
    let joined: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b':' | b'-' | b' ')).collect();
    if joined.len() != value.len() && joined.iter().all(u8::is_ascii_hexdigit) {
        changes.push(SEPARATED);
        return digits(&joined, changes, claims);
    }
    if value.iter().all(u8::is_ascii_hexdigit) {
        return digits(value, changes, claims);
    }
    if let Some(decoded) = base64::decode(value) {
        changes.push(BASE64);
        match decoded.len() {
            32 => add(&decoded, None, Family::Sha256, changes, claims),
            // Base64 of the digits is as long as base64 of a SHA-512.
            64 if decoded.iter().all(u8::is_ascii_hexdigit) => digits(&decoded, changes, claims),
            64 => {
                changes.push(SHA512);
                add(&decoded, None, Family::Sha512, changes, claims);
            }
            _ => {}
        }
        return;
    }
    let length = value.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(0);
    if length >= 64 {
        changes.push(LONG);
        digits(value.get(..64).unwrap_or_default(), changes, claims);
    }
}

fn digits(digits: &[u8], mut changes: Vec<HeaderChange>, claims: &mut Vec<Claim>) {
    let family = match digits.len() {
        64 => Family::Sha256,
        128 => {
            changes.push(SHA512);
            Family::Sha512
        }
        // A SHA-1, of which nothing here is made.
        40 => return,
        FEWEST_DIGITS..64 => {
            changes.push(CUT);
            Family::Sha256
        }
        65.. => {
            changes.push(LONG);
            let first = digits.get(..64).unwrap_or_default();
            return add(&hex::decode(first).unwrap_or_default(), None, Family::Sha256, changes, claims);
        }
        _ => return,
    };
    let (whole, half) = digits.split_at_checked(digits.len() & !1).unwrap_or((digits, b""));
    let half =
        half.first().and_then(|digit| char::from(*digit).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    add(&hex::decode(whole).unwrap_or_default(), half, family, changes, claims);
}

fn add(digest: &[u8], half: Option<u8>, family: Family, changes: Vec<HeaderChange>, claims: &mut Vec<Claim>) {
    if claims.len() < MOST_CLAIMS && digest.len() >= FEWEST_DIGITS / 2 {
        claims.push(Claim { digest: digest.to_vec(), half, family, changes });
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let value = value.split_first().map_or(value, |(first, rest)| if is_quote(first) { rest } else { value });
    value.split_last().map_or(value, |(last, rest)| if is_quote(last) { rest } else { value })
}

/// Without `sha256=`, `v1=`, `0x`, `HMAC-SHA256 ` and the like.
fn without_prefix(value: &[u8]) -> &[u8] {
    if let Some(rest) = value.strip_prefix(b"0x").or(value.strip_prefix(b"0X")) {
        return rest;
    }
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match value.iter().position(|byte| !is_of_name(byte)) {
        // Base64 ends in the sign that ends a name, and pairs of digits may stand between colons.
        Some(at @ 1..=20) if at != 2 || !value.iter().take(2).all(u8::is_ascii_hexdigit) => {
            match value.get(at..).and_then(<[u8]>::split_first) {
                Some((b'=' | b':' | b' ', rest)) if rest.len() > 16 => trim(rest),
                _ => value,
            }
        }
        _ => value,
    }
}
