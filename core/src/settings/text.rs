//! Settings as TOML: the text of the file.

use zeroize::Zeroizing;

use super::Settings;
use crate::timestamp::Timestamp;
use crate::toml::{duration, quote, quoted};

impl Settings {
    /// The settings as a TOML file, always in the same order and way. The secrets are in it in clear,
    /// so the file is its owner's alone; the text is wiped when it is dropped.
    pub fn to_toml(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(self.room()));
        out.push_str(if self.enabled { "enabled = true\n" } else { "enabled = false\n" });
        entry(&mut out, "url", &self.url);
        entry(&mut out, "method", self.method.name());
        entry(&mut out, "timeout", &duration(self.timeout));
        let events: Vec<_> = self.events.iter().map(|event| quoted(event)).collect();
        out.push_str(&format!("events = [{}]\n", events.join(", ")));
        if let Some(secret) = self.secrets.current().and_then(|secret| secret.text()) {
            entry(&mut out, "secret", secret);
        }
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|header| header.name());
        if !headers.is_empty() {
            out.push_str("\n[headers]\n");
        }
        for header in headers {
            entry(&mut out, &quoted(header.name()), header.value());
        }
        for (secret, until) in self.secrets.previous() {
            out.push_str("\n[[previous-secrets]]\n");
            // Each was read from a text, or made as one.
            entry(&mut out, "secret", secret.text().unwrap_or_default());
            entry(&mut out, "until", &Timestamp::from(until).rfc3339());
        }
        out
    }

    /// Enough for all of it, in bytes, so that no half of a secret stays behind where the text has
    /// grown out of its place.
    fn room(&self) -> usize {
        let headers = self.headers.iter().map(|header| header.name().len() + header.value().len());
        let previous = self.secrets.previous().map(|(secret, _)| secret);
        let secrets = self.secrets.current().into_iter().chain(previous).filter_map(|secret| secret.text());
        let lengths = self.events.iter().map(String::len).chain(headers).chain(secrets.map(str::len));
        // An escape has six bytes, and around the longest entry there are fewer than 128.
        lengths.fold(512 + 6 * self.url.len(), |sum, length| sum + 128 + 6 * length)
    }
}

fn entry(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push_str(" = ");
    quote(value, out);
    out.push('\n');
}
