//! A dispatcher that is killed, at every point of its work: what a receiver has seen of it afterwards, and what
//! the outbox says.

mod audit;
mod child;
mod facts;
mod matrix;
mod soak;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::outbox::{NewDelivery, State};
use chatislav_receiver::Config;
use chatislav_webhooks::{Profile, Schedule, Webhook};

use super::endpoint;
use crate::support::{SECRET, verified};

/// What the receiver does with each kind of event, by the event's name.
const PLAN: &str = "when(event=slow) 503x2,200; when(event=wrong) 404; when(event=down) 500; else 200";
const KINDS: [&str; 4] = ["fine", "slow", "wrong", "down"];
const PATHS: [&str; 2] = ["/one", "/two"];

/// Three attempts, and nothing left to chance.
const DELAYS: [Duration; 2] = [Duration::from_millis(40); 2];

fn profile() -> Profile {
    Profile::from(Schedule { delays: DELAYS.to_vec(), jitter_percent: 0, time_scale: 1.0 })
}

fn config() -> Config {
    verified(PLAN)
}

/// How a delivery of this event has to end.
fn end_of(event: &str) -> State {
    match event {
        "wrong" => State::Failed,
        "down" => State::Exhausted,
        _ => State::Delivered,
    }
}

/// The delivery of this number, signed: all bodies differ, kinds and endpoints alternate.
fn numbered(number: usize, url: &str, at: SystemTime) -> NewDelivery {
    let (kind, path) = (KINDS[number % 4], PATHS[number / 4 % 2]);
    let body = Bytes::from(format!(r#"{{"event": "{kind}", "number": {number}}}"#));
    let signature = Some(signature(&body));
    NewDelivery { endpoint: endpoint(&format!("{url}{path}")), body, signature, event: kind.to_owned(), at }
}

fn signature(body: &[u8]) -> String {
    Webhook::new(SECRET).unwrap().sign(body).to_string()
}
