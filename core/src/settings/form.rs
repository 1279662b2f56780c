//! The screen's fields as a person fills them in.

use std::fmt;

use super::{InvalidSettings, Secrets, Settings, method};
use crate::headers::CustomHeader;
use crate::toml::duration;
use crate::unit::parse_duration;

/// What stands in the fields of the Webhooks screen: texts, which mean something once they are read.
///
/// The secret is no field: it is generated, and never typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Whether the webhook is on.
    pub enabled: bool,
    /// Where events are sent.
    pub url: String,
    /// `POST` or `PUT`, in any case.
    pub method: String,
    /// A duration such as `30s`; a bare number is seconds.
    pub timeout: String,
    /// The names of the events that are selected.
    pub events: Vec<String>,
    /// The names and values of the Custom Headers.
    pub headers: Vec<(String, String)>,
}

impl Form {
    /// The form that these settings fill in.
    pub fn of(settings: &Settings) -> Self {
        Form {
            enabled: settings.enabled,
            url: settings.url.clone(),
            method: settings.method.name().to_owned(),
            timeout: duration(settings.timeout),
            events: settings.events.clone(),
            headers: settings.headers.iter().map(|header| (header.name().into(), header.value().into())).collect(),
        }
    }

    /// The settings that are meant, with these secrets. Whether they can be saved, [`Settings::check`] says.
    ///
    /// # Errors
    /// `method_invalid`, `timeout_invalid` or `header_invalid` for the first field that says nothing.
    pub fn read(self, secrets: Secrets) -> Result<Settings, InvalidSettings> {
        let headers = self.headers.into_iter().map(|(name, value)| {
            CustomHeader::new(&name, &value).map_err(|error| InvalidSettings::Header(name, error))
        });
        Ok(Settings {
            enabled: self.enabled,
            url: self.url,
            method: method(&self.method)?,
            timeout: parse_duration(&self.timeout).map_err(InvalidSettings::TimeoutText)?,
            events: self.events,
            headers: headers.collect::<Result<_, _>>()?,
            secrets,
        })
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password, and a header a credential.
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Form").field("events", &self.events).field("headers", &headers).finish_non_exhaustive()
    }
}
