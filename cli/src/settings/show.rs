//! Settings for people and programs: of secrets the fingerprints, of headers the names.

use chatislav_webhooks::{CustomHeader, Line, Printable, Secret, Settings, Timestamp};

use crate::output::{Output, Tone};

pub(super) fn settings(settings: &Settings, output: Output) {
    let url = settings.target().ok().flatten().map(|target| target.to_string());
    let headers = || settings.headers.iter().map(CustomHeader::name);
    let events = || settings.events.iter().map(String::as_str);
    let current = settings.secrets.current().map(Secret::fingerprint);
    let previous: Vec<_> = settings
        .secrets
        .previous()
        .map(|(secret, until)| (secret.fingerprint(), Timestamp::from(until).rfc3339()))
        .collect();
    output.line(
        Line::new("settings")
            .number("enabled", settings.enabled)
            .text_or_null("url", url.as_deref())
            .text("method", settings.method.name())
            .number("timeout_ms", settings.timeout.as_millis())
            .texts("events", events())
            .texts("headers", headers())
            .text_or_null("secret", current.as_deref())
            .texts("previous_secrets", previous.iter().map(|(fingerprint, _)| fingerprint.as_str())),
    );
    let listed = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let enabled =
        if settings.enabled { output.paint(Tone::Good, "enabled") } else { output.paint(Tone::Middling, "disabled") };
    let mut text = format!(
        "{enabled}\n  url      {}\n  method   {}, timeout {:?}\n  events   {}\n  headers  {}\n  secret   {}",
        Printable(url.as_deref().unwrap_or("none")),
        settings.method,
        settings.timeout,
        Printable(&listed(events().collect())),
        listed(headers().collect()),
        current.as_deref().unwrap_or("none"),
    );
    for (fingerprint, until) in previous {
        text.push_str(&format!("\n  before   {fingerprint}, good until {until}"));
    }
    output.say(&text);
    for doubt in settings.doubts() {
        output.note(&format!("note: {doubt}"));
    }
}
