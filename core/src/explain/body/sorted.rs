//! A payload with its names in order, as programs with `sort_keys` or ordered maps write it.

use std::borrow::Cow;

use crate::json::Json;
use crate::sample::JsonStyle;

/// How often a byte may be read again because of the objects around it.
const READINGS: u64 = 16;

/// The payload without blanks and with the fields of each object in order; of a repeated field the
/// last. `None` if it is nested so deeply that finding the fields would take too long.
pub(in crate::explain) fn sorted(json: Json<'_>) -> Option<String> {
    let length = json.as_str().len();
    let mut work = (length as u64).saturating_mul(READINGS);
    let mut out = String::with_capacity(length);
    append(json, &mut out, &mut work)?;
    Some(out)
}

/// The scanner has seen to it that at most 128 values are open, so that this recursion ends.
fn append(json: Json<'_>, out: &mut String, work: &mut u64) -> Option<()> {
    if !json.is_object() && !json.is_array() {
        out.push_str(json.as_str());
        return Some(());
    }
    *work = work.checked_sub(json.as_str().len() as u64)?;
    if json.is_array() {
        out.push('[');
        for (at, item) in json.items().enumerate() {
            if at > 0 {
                out.push(',');
            }
            append(item, out, work)?;
        }
        out.push(']');
        return Some(());
    }
    let mut fields: Vec<(Cow<'_, str>, Json<'_>)> = json.fields().collect();
    fields.sort_by(|one, other| one.0.cmp(&other.0));
    out.push('{');
    let mut is_first = true;
    for (at, (name, value)) in fields.iter().enumerate() {
        if fields.get(at + 1).is_some_and(|(next, _)| next == name) {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        JsonStyle::Compact.quote(name, out);
        out.push(':');
        append(*value, out, work)?;
    }
    out.push('}');
    Some(())
}
