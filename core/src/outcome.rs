//! How one attempt to deliver ended, and whether the vendor would try again.

use std::fmt;

use crate::target::Rule;

/// How one attempt ended.
///
/// The vendor's rule, from its page on delivery: 2xx is success; 5xx, request errors and timeouts
/// are retried; 3xx and 4xx fail and are not retried; a blocked target is never requested. A
/// [`Profile`](crate::Profile) may decide otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx: delivered, whatever happens to the body of the answer.
    Success(u16),
    /// 3xx: failed, and the redirect is not followed.
    Redirect(u16),
    /// 4xx: failed. 408, 425 and 429 are 4xx like any other.
    ClientError(u16),
    /// 5xx: retried.
    ServerError(u16),
    /// There was no valid answer; the phase says how far it came. Retried.
    RequestError(Phase),
    /// The deadline passed; the phase says where. Retried.
    Timeout(Phase),
    /// The guard refused the target, so no request was made. Final.
    Blocked(Rule),
}

impl Outcome {
    /// The outcome that a status line decides. 1xx and anything over 599 are no valid answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200..=299 => Outcome::Success(status),
            300..=399 => Outcome::Redirect(status),
            400..=499 => Outcome::ClientError(status),
            500..=599 => Outcome::ServerError(status),
            _ => Outcome::RequestError(Phase::Headers),
        }
    }

    /// Whether the vendor tries again.
    pub fn is_retried(self) -> bool {
        matches!(self, Outcome::ServerError(_) | Outcome::RequestError(_) | Outcome::Timeout(_))
    }

    /// The status, if one was received.
    pub fn status(self) -> Option<u16> {
        match self {
            Outcome::Success(status)
            | Outcome::Redirect(status)
            | Outcome::ClientError(status)
            | Outcome::ServerError(status) => Some(status),
            Outcome::RequestError(_) | Outcome::Timeout(_) | Outcome::Blocked(_) => None,
        }
    }

    /// The phase in which a request error or a timeout happened.
    pub fn phase(self) -> Option<Phase> {
        match self {
            Outcome::RequestError(phase) | Outcome::Timeout(phase) => Some(phase),
            _ => None,
        }
    }

    /// What the vendor does next and why, in one line; [`Profile::consequence`](crate::Profile::consequence)
    /// has the words for any sender.
    pub fn consequence(self) -> &'static str {
        match self {
            Outcome::Success(_) => "2xx: delivered",
            Outcome::Redirect(_) => "3xx: final, redirects are not followed and not retried",
            Outcome::ClientError(_) => "4xx: final, not retried",
            Outcome::ServerError(_) => "5xx: retried",
            Outcome::RequestError(_) => "request error: retried",
            Outcome::Timeout(_) => "timeout: retried",
            Outcome::Blocked(_) => "blocked: final, no request was made",
        }
    }
}

/// How far an attempt had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Looking up the name.
    Dns,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Write,
    /// Waiting for the status line and the headers.
    Headers,
    /// Reading the body of the answer.
    Body,
}

impl Phase {
    /// The word for logs.
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Dns => "dns",
            Phase::Connect => "connect",
            Phase::Tls => "tls",
            Phase::Write => "write",
            Phase::Headers => "headers",
            Phase::Body => "body",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
