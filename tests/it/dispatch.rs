//! The dispatcher against scripted servers, resolvers and certificates.

mod connect;
mod deadline;
mod early;
mod guard;
#[cfg(target_os = "linux")]
mod namespace;
mod outcome;
mod profile;
mod proxy;
mod resend;
mod reuse;
mod settings;
mod timings;
mod tls;

use chatislav_dispatcher::{Attempt, Dispatcher, Method, Request};
use chatislav_webhooks::Target;
use chatislav_webhooks::target::Guard;

use crate::support::{LEAD, LEAD_SIGNATURE};

/// A dispatcher that may send to this machine.
fn local() -> Dispatcher {
    Dispatcher::new(Guard { allow_local: true, ..Guard::default() })
}

fn lead(url: &str) -> Request {
    Request::new(Target::parse(url).unwrap(), Method::Post, LEAD.into(), Some(LEAD_SIGNATURE), &[]).unwrap()
}

async fn attempt(url: &str) -> Attempt {
    local().attempt(&lead(url)).await
}
