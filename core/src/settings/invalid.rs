//! What a save refuses.

use std::fmt;

use crate::headers::InvalidHeader;
use crate::method::Method;
use crate::near;
use crate::printable::Printable;
use crate::target::{InvalidTarget, Rule};
use crate::unit::InvalidUnit;

/// Why settings are not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSettings {
    /// The webhook is on and has no URL.
    UrlMissing,
    /// The URL is none that could be sent to.
    Url(InvalidTarget),
    /// The guard refuses the URL by this rule.
    Blocked(Rule),
    /// There is no such method.
    Method(String),
    /// The timeout is 0 or too long.
    Timeout,
    /// The timeout is no duration.
    TimeoutText(InvalidUnit),
    /// An event has no name.
    EventBlank,
    /// This event is selected twice.
    EventRepeated(String),
    /// The header of this name cannot be sent.
    Header(String, InvalidHeader),
    /// This header is set twice.
    HeaderRepeated(String),
}

impl InvalidSettings {
    /// The key at which the fault stands.
    pub const fn key(&self) -> &'static str {
        match self {
            InvalidSettings::UrlMissing | InvalidSettings::Url(_) | InvalidSettings::Blocked(_) => "url",
            InvalidSettings::Method(_) => "method",
            InvalidSettings::Timeout | InvalidSettings::TimeoutText(_) => "timeout",
            InvalidSettings::EventBlank | InvalidSettings::EventRepeated(_) => "events",
            InvalidSettings::Header(..) | InvalidSettings::HeaderRepeated(_) => "headers",
        }
    }

    /// The stable code, such as `target_blocked`.
    pub const fn code(&self) -> &'static str {
        match self {
            InvalidSettings::UrlMissing => "url_missing",
            InvalidSettings::Url(_) => "url_invalid",
            InvalidSettings::Blocked(_) => "target_blocked",
            InvalidSettings::Method(_) => "method_invalid",
            InvalidSettings::Timeout | InvalidSettings::TimeoutText(_) => "timeout_invalid",
            InvalidSettings::EventBlank => "event_blank",
            InvalidSettings::EventRepeated(_) => "event_repeated",
            InvalidSettings::Header(..) => "header_invalid",
            InvalidSettings::HeaderRepeated(_) => "header_repeated",
        }
    }
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidSettings::UrlMissing => f.write_str("an enabled webhook has a URL"),
            InvalidSettings::Url(error) => error.fmt(f),
            InvalidSettings::Blocked(rule) => write!(f, "Chatislav would refuse this address: {rule}"),
            InvalidSettings::Method(text) => {
                f.write_str(&near::unknown("method of a webhook", text, &Method::ALL.map(Method::name)))
            }
            InvalidSettings::Timeout => f.write_str("a timeout is over 0 and at most 10m"),
            InvalidSettings::TimeoutText(error) => error.fmt(f),
            InvalidSettings::EventBlank => f.write_str("an event has a name"),
            InvalidSettings::EventRepeated(name) => write!(f, "{} is selected twice", Printable(name)),
            InvalidSettings::Header(name, error) => write!(f, "the header `{}`: {error}", Printable(name)),
            InvalidSettings::HeaderRepeated(name) => write!(f, "{name} is set twice"),
        }
    }
}

impl std::error::Error for InvalidSettings {}
