//! Where the vendor sends to, and where it refuses to send.
//!
//! The vendor blocks localhost, private networks and internal host names before a request is
//! made. Which addresses and names those are is our reading: every block of the IANA
//! special-purpose registries (as of 2026-06, whatever their "globally reachable" flag), and
//! names that can only mean something inside a network.

mod classify;
mod guard;
mod network;

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

pub use classify::{Rule, classify};
pub use guard::{Admission, Guard, Pass, Refusal};
pub use network::{InvalidNetwork, Network};

/// A URL that could be sent to: http or https, a host, a port that can be connected to.
///
/// `Display` leaves out a user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: TargetHost,
}

#[derive(Clone, PartialEq, Eq)]
enum TargetHost {
    /// Lower case, A-labels, without a trailing dot.
    Name(String),
    Address(IpAddr),
}

impl Target {
    /// Parses a URL as browsers do (WHATWG), so that every spelling of an address is judged as
    /// the address it means.
    ///
    /// # Errors
    /// [`InvalidTarget`] for what cannot be a target at all.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let mut url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => InvalidTarget::NoScheme,
            url::ParseError::EmptyHost => InvalidTarget::NoHost,
            url::ParseError::InvalidPort => InvalidTarget::Port,
            _ => InvalidTarget::Host,
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidTarget::Scheme);
        }
        if url.port() == Some(0) {
            return Err(InvalidTarget::Port);
        }
        let host = match url.host() {
            None => return Err(InvalidTarget::NoHost),
            Some(Host::Ipv4(address)) => TargetHost::Address(address.into()),
            Some(Host::Ipv6(address)) => TargetHost::Address(address.into()),
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                // The URL standard leaves the limits of DNS (RFC 1035 section 2.3.4) to us.
                if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
                    return Err(InvalidTarget::Host);
                }
                TargetHost::Name(name.to_ascii_lowercase())
            }
        };
        url.set_fragment(None);
        Ok(Target { url, host })
    }

    /// Whether the connection is to be made with TLS.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host's name, or `None` where the URL holds an address.
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            TargetHost::Name(name) => Some(name),
            TargetHost::Address(_) => None,
        }
    }

    /// The address that the URL holds, or `None` where it holds a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self.host {
            TargetHost::Name(_) => None,
            TargetHost::Address(address) => Some(address),
        }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The value of the `Host` header: the host as parsed, with the port unless it is the default.
    pub fn host_header(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The request target: path and query.
    pub fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// Whether the URL carries a user name or password, which are not sent.
    pub fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.url.scheme(), self.host_header(), self.path_and_query())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Why a text cannot be a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidTarget {
    /// It does not begin with `http://` or `https://`.
    NoScheme,
    /// Its scheme is neither http nor https.
    Scheme,
    /// It has no host.
    NoHost,
    /// Its host is neither a name that DNS can hold nor an address.
    Host,
    /// Its port is 0, over 65535, or no number.
    Port,
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidTarget::NoScheme => "a URL begins with http:// or https://",
            InvalidTarget::Scheme => "the scheme of a webhook is http or https",
            InvalidTarget::NoHost => "the URL has no host",
            InvalidTarget::Host => "the host is neither a DNS name nor an address",
            InvalidTarget::Port => "the port is not a number from 1 to 65535",
        })
    }
}

impl std::error::Error for InvalidTarget {}
