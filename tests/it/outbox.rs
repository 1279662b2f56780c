//! The outbox, in memory and in a file, and the engine that empties it.

mod conformance;
mod crash;
mod engine;
mod file;
mod hurried;
mod misbehaving;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_dispatcher::Method;
use chatislav_dispatcher::outbox::{Claimed, Endpoint, NewDelivery, Record, Settlement};
use chatislav_webhooks::{Step, Target};

use crate::support::{LEAD, LEAD_SIGNATURE};

/// The instant at which each test begins, in seconds after which others are given.
fn second(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn endpoint(url: &str) -> Arc<Endpoint> {
    let (target, headers) = (Target::parse(url).unwrap(), Vec::new());
    Arc::new(Endpoint { target, method: Method::Post, headers, timeout: Duration::from_secs(30) })
}

fn lead(endpoint: &Arc<Endpoint>) -> NewDelivery {
    NewDelivery {
        endpoint: Arc::clone(endpoint),
        body: LEAD.into(),
        signature: Some(LEAD_SIGNATURE.to_owned()),
        event: "lead_collection".to_owned(),
        at: second(0),
    }
}

fn leads(endpoint: &Arc<Endpoint>, count: usize) -> Vec<NewDelivery> {
    (0..count).map(|_| lead(endpoint)).collect()
}

/// What is said of a delivery whose attempt ended so, at this second.
fn settlement(claimed: &Claimed, step: Step, seconds: u64) -> Settlement {
    let record = Record {
        attempt: claimed.attempts + 1,
        send: claimed.send,
        started: second(seconds),
        duration: Some(Duration::from_millis(7)),
        status: Some(if step == Step::Delivered { 204 } else { 503 }),
        phase: None,
        error: None,
        phases: r#"{"connect":1.5}"#.to_owned(),
        profile: "639c9abb9c5eab5e".to_owned(),
        decision: step.name().to_owned(),
    };
    Settlement { id: claimed.id, lease: claimed.lease, record, step, at: second(seconds) }
}

/// Another attempt at this second.
fn retry(seconds: u64) -> Step {
    Step::Retry { at: second(seconds), delay: Duration::from_secs(5) }
}
