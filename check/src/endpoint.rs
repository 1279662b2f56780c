//! Whose endpoint is graded, and what is needed to speak to it.

use std::fmt;

use chatislav_dispatcher::Dispatcher;
use chatislav_webhooks::{CustomHeader, Method, Secret, Target};

/// An endpoint, and how deliveries to it are made.
#[derive(Clone)]
pub struct Endpoint {
    /// What carries requests. Its guard judges the target before each.
    pub dispatcher: Dispatcher,
    /// Where it is.
    pub target: Target,
    /// The method that the Webhooks screen has; `None` asks for both, and POST for the most part.
    pub method: Option<Method>,
    /// Custom headers of the Webhooks screen, for every request.
    pub headers: Vec<CustomHeader>,
    /// What signs genuine deliveries.
    pub secret: Secret,
    /// What a rotation has left good for a while.
    pub old_secrets: Vec<Secret>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}, secret {})", self.target, self.secret.fingerprint())
    }
}
