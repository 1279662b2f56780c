//! A difference for a terminal.

use std::fmt;

use chatislav_webhooks::Printable;

use super::{Bytes, Difference, Headers, Json, Order, Spelling};

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--- {}\n+++ {}", self.before, self.after)?;
        if self.is_none() {
            return writeln!(f, "nothing is different");
        }
        for field in &self.changed {
            writeln!(f, "{}: {} → {}", field.name, one_line(&field.before), one_line(&field.after))?;
        }
        for (name, headers) in [("header", &self.headers), ("answer's header", &self.answer_headers)] {
            if let Some(headers) = headers {
                show_headers(f, name, headers)?;
            }
        }
        if let Some(body) = &self.body {
            show_bytes(f, "body", body)?;
        }
        if let Some(json) = &self.json {
            show_json(f, json)?;
        }
        match &self.answer_body {
            Some(body) => show_bytes(f, "answer's body", body),
            None => Ok(()),
        }
    }
}

fn one_line(text: &str) -> String {
    Printable(text).to_string()
}

fn show_headers(f: &mut fmt::Formatter<'_>, word: &str, headers: &Headers) -> fmt::Result {
    for (mark, list) in [('-', &headers.removed), ('+', &headers.added)] {
        for (name, value) in list.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value))) {
            writeln!(f, "{mark} {word} {}: {}", Printable(name), Printable(value))?;
        }
    }
    for (name, before, after) in &headers.changed {
        let (before, after) = (before.join(" | "), after.join(" | "));
        writeln!(f, "~ {word} {}: {} → {}", Printable(name), Printable(&before), Printable(&after))?;
    }
    for (before, after) in &headers.recased {
        writeln!(f, "~ {word} {} is written {}", Printable(before), Printable(after))?;
    }
    match headers.order {
        Order::Same => Ok(()),
        Order::Different => writeln!(f, "~ {word}s stand in another order"),
    }
}

fn show_bytes(f: &mut fmt::Formatter<'_>, word: &str, bytes: &Bytes) -> fmt::Result {
    let Bytes { first, lengths, regions, around } = bytes;
    let plural = if *regions == 1 { "" } else { "s" };
    writeln!(f, "{word}: {} → {} bytes, {regions} region{plural} differ, from byte {first} on", lengths.0, lengths.1)?;
    for (mark, context) in [('-', &around.0), ('+', &around.1)] {
        writeln!(f, "  {mark} {:>8}  {}\n              {}", context.start, context.text, context.hex)?;
    }
    Ok(())
}

fn show_json(f: &mut fmt::Formatter<'_>, json: &Json) -> fmt::Result {
    let kinds: Vec<_> = json.spelling.iter().copied().map(Spelling::name).collect();
    let kinds = kinds.join(", ");
    if json.equal {
        writeln!(f, "equal as JSON, different as bytes: {kinds}")?;
    } else if !kinds.is_empty() {
        writeln!(f, "written differently too: {kinds}")?;
    }
    for (mark, paths) in [('-', &json.removed), ('+', &json.added)] {
        for path in paths {
            writeln!(f, "{mark} {}", Printable(path))?;
        }
    }
    for changed in &json.changed {
        let other = if changed.other_type { ", another type" } else { "" };
        let path = if changed.path.is_empty() { "(the whole)" } else { &changed.path };
        writeln!(f, "~ {}: {} → {}{other}", Printable(path), Printable(&changed.before), Printable(&changed.after))?;
    }
    if json.more > 0 {
        writeln!(f, "… and {} more", json.more)?;
    }
    Ok(())
}
