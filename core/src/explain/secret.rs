//! What may have happened to the secret on its way to the signer or to us.

use zeroize::Zeroizing;

use super::base64;
use super::mend::Mend;
use crate::secret::Secret;

/// The signer's secret, as made of ours. Another secret cannot be found out, only another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SecretChange {
    pub(super) code: &'static str,
    /// What the signer signed with, behind "with".
    pub(super) with: &'static str,
    pub(super) mend: Mend,
}

/// A secret to try, and how it came about.
pub(super) struct Key {
    pub(super) secret: Secret,
    /// Which of the secrets it was made of, newest first.
    pub(super) index: usize,
    pub(super) change: Option<SecretChange>,
}

/// The secrets as they are.
pub(super) fn held(secrets: &[Secret]) -> Vec<Key> {
    secrets.iter().enumerate().map(|(index, secret)| Key { secret: secret.clone(), index, change: None }).collect()
}

/// The secrets in other forms, the likeliest first.
pub(super) fn changed(secrets: &[Secret]) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut add = |index, code, with, mend, bytes: &[u8]| {
        let is_known =
            secrets.iter().any(|secret| secret.bytes() == bytes) || keys.iter().any(|key| key.secret.bytes() == bytes);
        if !is_known {
            let change = Some(SecretChange { code, with, mend });
            keys.push(Key { secret: Secret::of(bytes), index, change });
        }
    };
    for (index, secret) in secrets.iter().enumerate() {
        forms(secret.bytes(), &mut |code, with, bytes| add(index, code, with, Mend::Secret, bytes));
    }
    add(0, "secret_empty", "the empty key", Mend::NoSecret, b"");
    for word in ["undefined", "null", "None", "nil"] {
        add(
            0,
            "secret_unset",
            "the name of a value that is not there (`undefined`, `null`, `None`)",
            Mend::NoSecret,
            word.as_bytes(),
        );
    }
    keys
}

type Tell<'a> = &'a mut dyn FnMut(&'static str, &'static str, &[u8]);

fn forms(secret: &[u8], tell: Tell<'_>) {
    let bare = secret.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(secret);
    tell("secret_bom_dropped", "the secret without its byte order mark", bare);
    let trimmed = bare.trim_ascii();
    tell("secret_trimmed", "the secret without the blanks or line end around it", trimmed);
    tell("secret_unquoted", "the secret without its quotes", unquoted(trimmed));
    let value = without_name(trimmed);
    tell("secret_name_dropped", "the secret without the `NAME=` in front", unquoted(value.trim_ascii()));
    if let Some(rest) = trimmed.strip_prefix(b"whsec_") {
        tell("secret_prefix_dropped", "the secret without the `whsec_` in front", rest);
        if let Some(decoded) = base64::decode(rest) {
            tell("secret_base64_decoded", "what the secret says in base64", &decoded);
        }
    }
    for (code, with, before, after) in [
        ("secret_line_end", "the secret and a line end", &b""[..], &b"\n"[..]),
        ("secret_line_end", "the secret and a line end", b"", b"\r\n"),
        ("secret_blank", "the secret and a blank", b"", b" "),
        ("secret_blank", "a blank and the secret", b" ", b""),
        ("secret_quoted", "the secret in quotes", b"\"", b"\""),
        ("secret_quoted", "the secret in quotes", b"'", b"'"),
    ] {
        tell(code, with, &joined(&[before, trimmed, after]));
    }
    if let Some(decoded) = hexadecimal(trimmed) {
        tell("secret_hex_decoded", "what the secret says in hexadecimal digits", &decoded);
    }
    if let Some(decoded) = base64::decode(trimmed) {
        tell("secret_base64_decoded", "what the secret says in base64", &decoded);
    }
    let mut digits = Zeroizing::new(vec![0; secret.len().saturating_mul(2)]);
    // There is room for two digits of each byte.
    let _ = hex::encode_to_slice(secret, &mut digits);
    tell("secret_hex_encoded", "the secret in hexadecimal digits", &digits);
    digits.make_ascii_uppercase();
    tell("secret_hex_encoded", "the secret in hexadecimal digits", &digits);
    let mut encoded = Zeroizing::new(Vec::with_capacity(secret.len().saturating_mul(2).saturating_add(4)));
    base64::encode(secret, &mut |four| encoded.extend_from_slice(four));
    tell("secret_base64_encoded", "the secret in base64", &encoded);
    let mut cased = Zeroizing::new(trimmed.to_vec());
    cased.make_ascii_lowercase();
    tell("secret_lower_case", "the secret in lower case", &cased);
    cased.make_ascii_uppercase();
    tell("secret_upper_case", "the secret in upper case", &cased);
    if let [_, inside @ ..] = trimmed {
        tell("secret_shortened", "the secret without its first character", inside);
    }
    if let [inside @ .., _] = trimmed {
        tell("secret_shortened", "the secret without its last character", inside);
    }
}

fn unquoted(secret: &[u8]) -> &[u8] {
    match secret {
        [first @ (b'"' | b'\'' | b'`'), inside @ .., last] if first == last => inside,
        _ => secret,
    }
}

fn without_name(secret: &[u8]) -> &[u8] {
    let rest = secret.strip_prefix(b"export ").unwrap_or(secret);
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match rest.iter().position(|byte| !is_of_name(byte)) {
        Some(at) if at > 0 && matches!(rest.get(at), Some(b'=' | b':')) => rest.get(at + 1..).unwrap_or_default(),
        _ => secret,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(bytes)
}

fn joined(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum();
    // With room for all of it, so that no part is left behind where the memory was before.
    let mut whole = Zeroizing::new(Vec::with_capacity(length));
    for part in parts {
        whole.extend_from_slice(part);
    }
    whole
}
