//! The vendor's Webhooks screen as a type: what is sent where, and what a save refuses.

mod form;
mod invalid;
mod read;
mod secrets;
mod skip;
mod text;

use std::fmt;
use std::time::Duration;

use crate::headers::CustomHeader;
use crate::method::Method;
use crate::near;
use crate::sample::Sample;
use crate::secret::Secret;
use crate::target::{Guard, Target};

pub use self::form::Form;
pub use self::invalid::InvalidSettings;
pub use self::secrets::Secrets;
pub use self::skip::Skip;

/// A webhook as it is configured on Chatislav's Webhooks screen.
///
/// It is written as TOML by [`Settings::to_toml`] and read by serde from the same shape; what a file
/// does not say is as in the default. `Debug` shows neither secrets nor the values of headers.
///
/// ```
/// use chatislav_webhooks::settings::{InvalidSettings, Skip};
/// use chatislav_webhooks::target::Guard;
/// use chatislav_webhooks::Settings;
///
/// let mut settings = Settings { url: "https://hooks.example.com/in".to_owned(), ..Settings::default() };
/// settings.check(&Guard::default())?;
/// assert_eq!(settings.fires("lead_collection"), Err(Skip::NoEvents));
/// settings.events.push("lead_collection".to_owned());
/// assert_eq!(settings.fires("lead_collection"), Ok(()));
/// settings.url = "http://10.0.0.1/in".to_owned();
/// assert_eq!(settings.check(&Guard::default()).unwrap_err().code(), "target_blocked");
/// # Ok::<(), InvalidSettings>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    /// Whether the webhook is on.
    pub enabled: bool,
    /// Where events are sent. It may be empty while the webhook is off.
    pub url: String,
    /// The HTTP method.
    pub method: Method,
    /// How long an attempt may take: over 0, and [`Settings::MAX_TIMEOUT`] at most.
    pub timeout: Duration,
    /// The names of the events that are sent, none twice. With none, nothing is sent.
    pub events: Vec<String>,
    /// What the endpoint requires beside the sender's own headers, no name twice.
    pub headers: Vec<CustomHeader>,
    /// The signing secret, and those that it replaced.
    pub secrets: Secrets,
}

impl Default for Settings {
    /// On, POST, 30 seconds; no URL, event, header or secret.
    fn default() -> Self {
        Settings {
            enabled: true,
            url: String::new(),
            method: Method::default(),
            timeout: Settings::DEFAULT_TIMEOUT,
            events: Vec::new(),
            headers: Vec::new(),
            secrets: Secrets::default(),
        }
    }
}

impl Settings {
    /// The vendor's default.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
    /// The longest timeout: 10 minutes. Ours, the vendor names none.
    pub const MAX_TIMEOUT: Duration = Duration::from_secs(600);

    /// Whether an event of this name is sent, and else why not.
    ///
    /// # Errors
    /// The [`Skip`] that holds first: off, no event selected, another event selected.
    pub fn fires(&self, event: &str) -> Result<(), Skip> {
        if !self.enabled {
            Err(Skip::Disabled)
        } else if self.events.is_empty() {
            Err(Skip::NoEvents)
        } else if !self.events.iter().any(|selected| selected == event) {
            Err(Skip::NotSelected)
        } else {
            Ok(())
        }
    }

    /// Where events are sent; `None` for an empty URL.
    ///
    /// # Errors
    /// [`InvalidSettings::Url`] for what is no URL.
    pub fn target(&self) -> Result<Option<Target>, InvalidSettings> {
        target(&self.url)
    }

    /// Judges them as a save does.
    ///
    /// Of a URL with a name in it the guard can judge the name alone: whoever saves resolves it and
    /// hands the addresses to [`Guard::judge`]. Each attempt judges again.
    ///
    /// # Errors
    /// The first thing that cannot be saved.
    pub fn check(&self, guard: &Guard) -> Result<(), InvalidSettings> {
        match self.target()? {
            Some(target) => guard.admit(&target).map(drop).map_err(InvalidSettings::Blocked)?,
            None if self.enabled => return Err(InvalidSettings::UrlMissing),
            None => {}
        }
        timeout(self.timeout)?;
        for (at, name) in self.events.iter().enumerate() {
            event(name, self.events.get(..at).unwrap_or_default())?;
        }
        for (at, header) in self.headers.iter().enumerate() {
            let before = self.headers.get(..at).unwrap_or_default();
            if before.iter().any(|other| other.name().eq_ignore_ascii_case(header.name())) {
                return Err(InvalidSettings::HeaderRepeated(header.name().to_owned()));
            }
        }
        Ok(())
    }

    /// The headers of a request: the settings', and the user's own, which win where both have a name.
    pub fn headers_with(&self, own: &[CustomHeader]) -> Vec<CustomHeader> {
        CustomHeader::overridden(&self.headers, own)
    }

    /// What can be saved and may still not be what was meant, a sentence each.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if !self.enabled {
            doubts.push(format!("{}: nothing is sent", Skip::Disabled.reason()));
        } else if self.events.is_empty() {
            doubts.push(format!("{}: nothing is sent", Skip::NoEvents.reason()));
        }
        let unknown = self.events.iter().filter(|name| !Sample::EVENTS.contains(&name.as_str()));
        doubts.extend(unknown.map(|name| near::unknown("event of the Webhooks screen", name, &Sample::EVENTS)));
        if let Ok(Some(target)) = self.target() {
            if !target.is_https() {
                doubts.push("the URL is not https: whoever is on the way can read what is sent".to_owned());
            }
            if target.has_credentials() {
                doubts.push("the user name and password in the URL are not sent: add a header instead".to_owned());
            }
        }
        match self.secrets.current().map(Secret::suspicion) {
            None => doubts.push("no secret: events are sent unsigned".to_owned()),
            Some(None) => {}
            Some(Some(suspicion)) => doubts.push(format!("the secret: {suspicion}; it is used as it is")),
        }
        doubts
    }
}

fn target(url: &str) -> Result<Option<Target>, InvalidSettings> {
    if url.is_empty() { Ok(None) } else { Target::parse(url).map(Some).map_err(InvalidSettings::Url) }
}

fn timeout(timeout: Duration) -> Result<Duration, InvalidSettings> {
    if timeout.is_zero() || timeout > Settings::MAX_TIMEOUT { Err(InvalidSettings::Timeout) } else { Ok(timeout) }
}

fn method(text: &str) -> Result<Method, InvalidSettings> {
    let found = Method::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| InvalidSettings::Method(text.to_owned()))
}

/// The name of an event, beside those that are selected already.
fn event(name: &str, selected: &[String]) -> Result<(), InvalidSettings> {
    if name.trim().is_empty() {
        Err(InvalidSettings::EventBlank)
    } else if selected.iter().any(|other| other == name) {
        Err(InvalidSettings::EventRepeated(name.to_owned()))
    } else {
        Ok(())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A password in the URL is not in a target.
        let url = self.target().ok().flatten().map_or_else(String::new, |target| target.to_string());
        f.debug_struct("Settings")
            .field("enabled", &self.enabled)
            .field("url", &url)
            .field("method", &self.method)
            .field("timeout", &self.timeout)
            .field("events", &self.events)
            .field("headers", &self.headers)
            .field("secrets", &self.secrets)
            .finish()
    }
}
