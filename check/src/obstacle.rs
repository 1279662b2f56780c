//! What makes the battery pointless: it is said once, instead of forty times.

use std::fmt;

use crate::cause::Cause;
use crate::exchange::Exchange;

/// What the preflight found, or what ended a run before its end, and how it was seen.
#[derive(Clone, Debug)]
pub struct Obstacle {
    /// What stands in the way.
    pub kind: ObstacleKind,
    /// The exchanges that show it.
    pub exchanges: Vec<Exchange>,
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// There is no connection; in words why.
    Down(String),
    /// Connections are taken, and nothing is ever answered.
    Silent,
    /// Every connection is reset or closed without an answer.
    Drops,
    /// What answers does not speak HTTP/1.1.
    NotHttp,
    /// Everything is answered with a redirect.
    Redirects {
        /// The status.
        status: u16,
        /// The URL to use instead, where the answer names one.
        location: Option<String>,
    },
    /// Everything is answered 404 or 410.
    NotFound(u16),
    /// The method is not taken.
    MethodNotAllowed {
        /// What the answer says is.
        allow: Option<String>,
    },
    /// Everything is answered 5xx.
    Fails(u16),
    /// It was there, and since this case it is not.
    WentDown(&'static str),
    /// Whatever comes is answered 2xx.
    AcceptsAll,
    /// Genuine deliveries are refused, in either JSON style.
    RefusesAll {
        /// The status of the refusal.
        status: u16,
        /// Which secret signed, as a fingerprint.
        fingerprint: String,
        /// What likely is wrong.
        cause: Cause,
    },
}

impl Obstacle {
    /// What likely is wrong.
    pub fn cause(&self) -> Option<Cause> {
        match &self.kind {
            ObstacleKind::Redirects { .. } => Some(Cause::Redirected),
            ObstacleKind::NotFound(_) => Some(Cause::WrongPath),
            ObstacleKind::MethodNotAllowed { .. } => Some(Cause::MethodMissing),
            ObstacleKind::AcceptsAll => Some(Cause::NotVerified),
            ObstacleKind::WentDown(_) => Some(Cause::ProcessEnds),
            ObstacleKind::RefusesAll { cause, .. } => Some(*cause),
            ObstacleKind::Fails(_) => Some(Cause::HandlerFails),
            ObstacleKind::Down(_) | ObstacleKind::Silent | ObstacleKind::Drops | ObstacleKind::NotHttp => None,
        }
    }

    /// Whether there is no connection, which another exit code says.
    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind, ObstacleKind::Down(_))
    }
}

impl ObstacleKind {
    /// The word for it, which stays.
    pub const fn name(&self) -> &'static str {
        match self {
            ObstacleKind::Down(_) => "down",
            ObstacleKind::Silent => "silent",
            ObstacleKind::Drops => "drops",
            ObstacleKind::NotHttp => "not-http",
            ObstacleKind::Redirects { .. } => "redirects",
            ObstacleKind::NotFound(_) => "not-found",
            ObstacleKind::MethodNotAllowed { .. } => "method-not-allowed",
            ObstacleKind::Fails(_) => "fails",
            ObstacleKind::WentDown(_) => "went-down",
            ObstacleKind::AcceptsAll => "accepts-all",
            ObstacleKind::RefusesAll { .. } => "refuses-all",
        }
    }

    /// What to do about it, in a sentence.
    pub fn advice(&self) -> String {
        match self {
            ObstacleKind::Down(_) => "start it, and check the port and the scheme, http or https".to_owned(),
            ObstacleKind::Silent => {
                "look at what it waits for: a debugger, a lock, a database, the end of a body that it never reads"
                    .to_owned()
            }
            ObstacleKind::Drops => {
                "look at its log: a worker that dies, TLS on a plain port, or a proxy in front".to_owned()
            }
            ObstacleKind::NotHttp => "check the port and the scheme: http or https".to_owned(),
            ObstacleKind::Redirects { location: Some(location), .. } => {
                format!("save {location} at Chatislav, and check that: redirects are not followed")
            }
            ObstacleKind::Redirects { .. } => {
                "save the URL that answers by itself: redirects are not followed".to_owned()
            }
            ObstacleKind::NotFound(_) => "check the path, to the last slash".to_owned(),
            ObstacleKind::MethodNotAllowed { .. } => {
                "route POST and PUT there, or say --method as it stands on the Webhooks screen".to_owned()
            }
            ObstacleKind::Fails(_) => {
                "look at its log: genuine deliveries and forgeries end in the same error".to_owned()
            }
            ObstacleKind::WentDown(case) => format!("look at its log, start it again, and try --only {case}"),
            ObstacleKind::AcceptsAll => {
                "verify the signature before anything else, and answer 401 where that fails".to_owned()
            }
            ObstacleKind::RefusesAll { cause: Cause::WrongSecret, fingerprint, .. } => format!(
                "compare the secrets: this one has the fingerprint {fingerprint}; if they are the same, the endpoint does not verify the bytes as they came"
            ),
            ObstacleKind::RefusesAll { cause: Cause::EmptySecret | Cause::CommonSecret, .. } => {
                "set the secret where the endpoint runs: what everybody can sign is taken there".to_owned()
            }
            ObstacleKind::RefusesAll { cause: Cause::Overwhelmed, .. } => {
                "wait, or lift the rate limit for this route".to_owned()
            }
            ObstacleKind::RefusesAll { .. } => "let deliveries through to the handler, which verifies them".to_owned(),
        }
    }
}

impl fmt::Display for ObstacleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObstacleKind::Down(why) => write!(f, "the endpoint cannot be reached: {why}"),
            ObstacleKind::Silent => f.write_str("the endpoint takes connections and answers nothing, to anything"),
            ObstacleKind::Drops => f.write_str("the endpoint ends every connection without an answer"),
            ObstacleKind::NotHttp => f.write_str("what answers there does not speak HTTP/1.1"),
            ObstacleKind::Redirects { status, location: Some(location) } => {
                write!(f, "everything is answered {status}, a redirect to {location}")
            }
            ObstacleKind::Redirects { status, .. } => write!(f, "everything is answered {status}, a redirect"),
            ObstacleKind::NotFound(status) => {
                write!(f, "everything is answered {status}: there is no endpoint at this path")
            }
            ObstacleKind::MethodNotAllowed { allow: Some(allow) } => {
                write!(f, "the method is answered 405; allowed are {allow}")
            }
            ObstacleKind::MethodNotAllowed { .. } => f.write_str("the method is answered 405"),
            ObstacleKind::Fails(status) => write!(f, "everything is answered {status}"),
            ObstacleKind::WentDown(case) => write!(f, "since {case} the endpoint takes no connections any more"),
            ObstacleKind::AcceptsAll => {
                f.write_str("whatever comes is answered 2xx, unsigned and forged too: nothing is verified")
            }
            ObstacleKind::RefusesAll { status, cause: Cause::EmptySecret | Cause::CommonSecret, .. } => write!(
                f,
                "genuine deliveries are answered {status}, and those that are signed with what everybody knows are taken"
            ),
            ObstacleKind::RefusesAll { status, cause: Cause::Overwhelmed, .. } => {
                write!(f, "genuine deliveries are answered {status}, too many requests, and so are forgeries")
            }
            ObstacleKind::RefusesAll { status, .. } => {
                write!(f, "genuine deliveries are answered {status}, in either JSON style, and so are forgeries")
            }
        }
    }
}
