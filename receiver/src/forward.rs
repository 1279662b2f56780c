//! Asking the app behind the receiver.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::plan::Action;

use crate::journal::{Answer, Capture};

/// Sends requests for a receiver, which has no HTTP client of its own.
pub trait Forward: Send + Sync {
    /// Sends a request once and gives back the answer. Redirects are not followed.
    fn forward(&self, request: Forwarded) -> Pin<Box<dyn Future<Output = Result<Answer, ForwardError>> + Send + '_>>;
}

/// A request for the app.
#[derive(Clone)]
pub struct Forwarded {
    /// The URL to send it to.
    pub url: String,
    /// The method as it came.
    pub method: String,
    /// The headers in order, without those of the connection.
    pub headers: Vec<(String, Bytes)>,
    /// The body as it came.
    pub body: Bytes,
    /// How long the app may take.
    pub timeout: Duration,
}

/// Why the app did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardError {
    /// It cannot be reached, or answers what is not HTTP: 502.
    Down(String),
    /// Nobody allowed requests to go there: 502.
    Blocked(String),
    /// It takes too long: 504.
    Late(String),
}

/// Where requests are forwarded to.
#[derive(Clone, Default)]
pub struct Forwards {
    /// Who sends them; nobody where there is no URL.
    pub sender: Option<Arc<dyn Forward>>,
    /// For the events of this name, or for all; the first that fits.
    pub routes: Vec<Route>,
    /// How long the app may take.
    pub timeout: Duration,
}

/// A URL for an event, or for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The event's name; any where there is none.
    pub event: Option<String>,
    /// Where it goes.
    pub url: String,
}

impl Forwarded {
    /// The request of a capture for another URL: the same bytes and headers, in the same order.
    /// What belongs to the connection stays behind (RFC 9110 section 7.6.1).
    pub fn of(capture: &Capture, body: Bytes, url: &str, timeout: Duration) -> Self {
        let headers = Forwarded::passed_on(capture.headers());
        let (method, _) = capture.method_and_target();
        Forwarded { url: url.to_owned(), method: method.into_owned(), headers, body, timeout }
    }

    /// The headers of a message that are not of its connection, nor the next connection's to say.
    pub(crate) fn passed_on<'a>(
        headers: impl Iterator<Item = (Cow<'a, str>, &'a [u8])> + Clone,
    ) -> Vec<(String, Bytes)> {
        let named: Vec<String> = headers
            .clone()
            .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
            .flat_map(|(_, value)| {
                let names = String::from_utf8_lossy(value).to_ascii_lowercase();
                names.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        let is_passed_on = |name: &str| {
            !is_of_the_connection(name)
                && !matches!(name, "host" | "expect")
                && !named.iter().any(|named| named == name)
        };
        headers
            .filter(|(name, _)| is_passed_on(&name.to_ascii_lowercase()))
            .map(|(name, value)| (name.into_owned(), Bytes::copy_from_slice(value)))
            .collect()
    }
}

/// Headers that speak of one connection and not of the message.
pub(crate) fn is_of_the_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

impl ForwardError {
    /// What the sender is told: 502 or 504, which it tries again.
    pub const fn status(&self) -> u16 {
        match self {
            ForwardError::Down(_) | ForwardError::Blocked(_) => 502,
            ForwardError::Late(_) => 504,
        }
    }
}

impl fmt::Display for ForwardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ForwardError::Down(reason) => write!(f, "the app cannot be reached: {reason}"),
            ForwardError::Blocked(reason) => write!(f, "the app may not be asked: {reason}"),
            ForwardError::Late(reason) => write!(f, "the app took too long: {reason}"),
        }
    }
}

impl Forwards {
    /// Whether these actions can be played: `forward` needs somewhere to go.
    pub(crate) fn can_play(&self, actions: &[&Action]) -> bool {
        self.sender.is_some() || !actions.iter().any(|action| matches!(action, Action::Forward))
    }

    /// Where an event goes, if anywhere.
    pub(crate) fn route(&self, event: &str) -> Option<(&Arc<dyn Forward>, &str)> {
        let fits = |route: &&Route| route.event.as_deref().is_none_or(|name| name == event);
        let exact = self.routes.iter().find(|route| route.event.as_deref() == Some(event));
        let route = exact.or_else(|| self.routes.iter().find(fits))?;
        Some((self.sender.as_ref()?, &route.url))
    }
}

impl fmt::Debug for Forwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.routes).finish()
    }
}

impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forwarded({} {}, {} bytes)", self.method, self.url, self.body.len())
    }
}
