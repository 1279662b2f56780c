//! What JSON says, apart from how it is written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::json::{Json, Token};

/// What two attempts have in common that say the same in other bytes; `None` for what is not JSON.
///
/// It is SHA-256 over the values with their kinds and lengths: names are sorted, of a repeated
/// name the last counts, blanks and the way of writing strings and numbers do not matter. A sender
/// that parses and re-serialises before a retry keeps this key and changes the delivery key.
///
/// The vendor says nothing of this: it is a heuristic of ours. Two events that say exactly the
/// same share the key, as they share the delivery key when they are written alike; a number that
/// loses digits on its way through a float gets another.
pub fn content_key(body: &[u8]) -> Option<[u8; 32]> {
    let json = Json::check(str::from_utf8(body).ok()?).ok()?;
    // Of the whole, or of the innermost field: each object hashes its fields first, to sort them.
    let mut hash = Sha256::new();
    // The scanner has seen to it that at most 128 are open.
    let mut open: Vec<Open<'_>> = Vec::new();
    for token in json.tokens() {
        match (token, open.last_mut()) {
            (Token::Text(name), Some(Open::Object { field: field @ None, .. })) => {
                *field = Some((name, std::mem::take(&mut hash)));
                continue;
            }
            (Token::Object, _) => {
                open.push(Open::Object { fields: BTreeMap::new(), field: None });
                continue;
            }
            (Token::Array, _) => {
                hash.update(b"[");
                open.push(Open::Array);
                continue;
            }
            (Token::End, _) => match open.pop() {
                Some(Open::Object { fields, .. }) => {
                    hash.update(b"{");
                    for (name, value) in fields {
                        piece(&mut hash, b'"', name.as_bytes());
                        hash.update(value);
                    }
                    hash.update(b"}");
                }
                _ => hash.update(b"]"),
            },
            (Token::Text(text), _) => piece(&mut hash, b'"', text.as_bytes()),
            (Token::Number(text), _) => piece(&mut hash, b'0', normal(text).as_bytes()),
            (Token::Bool(true), _) => hash.update(b"t"),
            (Token::Bool(false), _) => hash.update(b"f"),
            (Token::Null, _) => hash.update(b"n"),
        }
        // A value lies behind us; should it be that of a field, the field is complete.
        if let Some(Open::Object { fields, field }) = open.last_mut()
            && let Some((name, outer)) = field.take()
        {
            fields.insert(name, std::mem::replace(&mut hash, outer).finalize().into());
        }
    }
    Some(hash.finalize().into())
}

enum Open<'a> {
    Array,
    Object {
        fields: BTreeMap<Cow<'a, str>, [u8; 32]>,
        /// The field whose value comes next or is under way, and the hash around the object.
        field: Option<(Cow<'a, str>, Sha256)>,
    },
}

/// A kind, a length, a text: no two rows of pieces are the same bytes.
fn piece(hash: &mut Sha256, kind: u8, text: &[u8]) {
    hash.update([kind]);
    hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
    hash.update(text);
}

/// A number without what does not matter: `1.50` and `15e-1` are both `15e-1`, zero has no sign.
/// An exponent beyond 64 bits stays as it was written.
fn normal(number: &str) -> Cow<'_, str> {
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", number),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_end_matches('0');
    let zeros = all.len() - digits.len();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Cow::Borrowed("0");
    }
    // A number has at most 1,000 characters, so the lengths are small.
    match exponent.parse::<i64>().ok().and_then(|exponent| exponent.checked_add(zeros as i64 - fraction.len() as i64)) {
        Some(exponent) => Cow::Owned(format!("{sign}{digits}e{exponent}")),
        None => Cow::Borrowed(number),
    }
}
