//! What a search has come to, in sentences.

use super::body::Body;
use super::mend::Mend;
use super::search::{Cause, Edge, Outcome};
use crate::secret::Secret;

/// A sentence on the cause, and what mends each part of it.
pub(super) fn of_cause(cause: &Cause, body: &Body<'_>, secrets: &[Secret]) -> (String, Vec<Mend>) {
    let signed = signed(cause, body.bytes);
    let mut mend = cause.body.as_ref().map(|change| change.mend).or(cause.edge.map(|edge| edge.mend(body.bytes)));
    let mut message = match (&signed, cause.secret) {
        (Some(signed), None) => format!("the secret is right and the bytes differ: the signature fits {signed}"),
        (Some(signed), Some(secret)) => {
            format!("bytes and secret differ: the signature fits {signed}, with {}", secret.with)
        }
        (None, Some(secret)) => {
            format!("the bytes are right and the secret differs: the signature fits {}", secret.with)
        }
        (None, None) if cause.secret_used().is_none() => "the bytes are right, and no secret was used".to_owned(),
        (None, None) if cause.digest.is_some() || !cause.header.is_empty() => {
            "bytes and secret are right, and the header differs".to_owned()
        }
        (None, None) => "nothing is wrong: the signature fits these bytes".to_owned(),
    };
    if let Some(index) = cause.secret_used().filter(|_| secrets.len() > 1) {
        let fingerprint = secrets.get(index).map(Secret::fingerprint).unwrap_or_default();
        message.push_str(&format!(" (secret {} of {}, {fingerprint})", index + 1, secrets.len()));
    }
    let has: Vec<_> = cause.header.iter().map(|change| change.has).collect();
    if !has.is_empty() {
        message.push_str(&format!("; the header has {}", has.join(", ")));
    }
    if let Some(digest) = cause.digest {
        message.push_str(&format!("; the digest is {}", digest.is));
    }
    if cause.is_rewriting()
        && let Some(writing) = body.writing()
    {
        message.push_str(&format!("; the body at hand is as {}, so it was parsed and written anew", writing.who));
        mend = Some(writing.mend);
    }
    let mut mends: Vec<Mend> = mend.into_iter().collect();
    let of_secret = cause.secret.map(|secret| secret.mend);
    let of_digest = cause.digest.map(|digest| digest.mend);
    for mend in of_secret.into_iter().chain(of_digest).chain(cause.header.iter().map(|change| change.mend)) {
        if !mends.contains(&mend) {
            mends.push(mend);
        }
    }
    if mends.is_empty() {
        mends.push(Mend::Nothing);
    }
    (message, mends)
}

fn signed(cause: &Cause, body: &[u8]) -> Option<String> {
    let what = match (&cause.body, cause.edge) {
        (Some(change), _) => change.signed.to_string(),
        (None, Some(Edge::With(_))) => "the body".to_owned(),
        (None, Some(edge @ Edge::Until(size))) => {
            return Some(match edge.code(body) {
                "body_empty" => "an empty body".to_owned(),
                "body_line_end_dropped" => "the body without the line end behind it".to_owned(),
                _ => format!("only the first {size} bytes of the body"),
            });
        }
        (None, None) => return None,
    };
    Some(match cause.edge {
        Some(Edge::With("\r\n")) => format!("{what} with CRLF behind it"),
        Some(Edge::With(_)) => format!("{what} with a line end behind it"),
        _ => what,
    })
}

/// A sentence on a search without an end.
pub(super) fn of_nothing(outcome: &Outcome, has_claims: bool) -> String {
    if !has_claims {
        return "there is nothing to explain: the request carries no digest that could be HMAC-SHA256".to_owned();
    }
    let so_far = if outcome.is_complete { "" } else { " (not all there are: the limit of work was reached)" };
    format!(
        "none of {} combinations of body, secret and digest{so_far} reproduces the signature: most likely it was made with another secret, or for another content",
        outcome.tried
    )
}
