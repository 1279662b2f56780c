//! Settings as TOML: the text of the file.

use zeroize::Zeroizing;

use super::Settings;
use crate::timestamp::Timestamp;
use crate::toml::{duration, quote, quoted};

impl Settings {
    /// The settings as a TOML file, always in the same order and way. The secrets are in it in clear,
    /// so the file is its owner's alone; the text is wiped when it is dropped.
    pub fn to_toml(&self) -> Zeroizing<String> {
        // Enough for all of it, so that no half of a secret stays behind where the text has grown out
        // of its place. An escape has six bytes.
        let texts = [self.url.len()].into_iter().chain(self.events.iter().map(String::len));
        let texts = texts.chain(self.headers.iter().map(|header| header.name().len() + header.value().len()));
        let secrets = self.secrets.current().into_iter().chain(self.secrets.previous().map(|(secret, _)| secret));
        let texts = texts.chain(secrets.map(|secret| secret.text().map_or(0, str::len)));
        let mut out = Zeroizing::new(String::with_capacity(texts.fold(512, |sum, len| sum + 6 * len + 128)));
        let mut line = |key: &str, value: &str| {
            for part in [key, " = ", value, "\n"] {
                out.push_str(part);
            }
        };
        line("enabled", if self.enabled { "true" } else { "false" });
        line("url", &quoted(&self.url));
        line("method", &quoted(self.method.name()));
        line("timeout", &quoted(&duration(self.timeout)));
        let events: Vec<_> = self.events.iter().map(|event| quoted(event)).collect();
        line("events", &format!("[{}]", events.join(", ")));
        let secret = |text: Option<&str>, out: &mut String| {
            if let Some(text) = text {
                out.push_str("secret = ");
                quote(text, out);
                out.push('\n');
            }
        };
        secret(self.secrets.current().and_then(|secret| secret.text()), &mut out);
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|header| header.name());
        if !headers.is_empty() {
            out.push_str("\n[headers]\n");
        }
        for header in headers {
            quote(header.name(), &mut out);
            out.push_str(" = ");
            quote(header.value(), &mut out);
            out.push('\n');
        }
        for (previous, until) in self.secrets.previous() {
            out.push_str("\n[[previous-secrets]]\n");
            secret(previous.text(), &mut out);
            out.push_str(&format!("until = {}\n", quoted(&Timestamp::from(until).rfc3339())));
        }
        out
    }
}
