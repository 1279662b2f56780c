//! What a receiver is told at its start.

use std::time::Duration;

use chatislav_webhooks::DEFAULT_MAX_BODY;
use chatislav_webhooks::plan::Rules;

use crate::forward::Forwards;
use crate::tls::Tls;
use crate::verdict::Mode;

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// How requests are judged. The secrets can be changed while the receiver runs.
    pub mode: Mode,
    /// What good requests are answered. Can be changed while the receiver runs.
    pub rules: Rules,
    /// Obeys `?respond=` of requests whose signature verified.
    pub url_plans: bool,
    /// Where `forward` sends requests to.
    pub forwards: Forwards,
    /// Lets the plan answer refused requests too.
    pub ignore_verdict: bool,
    /// Explains refused signatures in the log, at most one a minute.
    pub explain: bool,
    /// The largest body, in bytes; a larger one is answered 413 before the rest is read.
    pub max_body: usize,
    /// What decides what the plan leaves to chance.
    pub seed: u64,
    /// Speaks TLS; else plain HTTP.
    pub tls: Option<Tls>,
    /// Takes HTTP/2 on plain connections too, from clients that know beforehand.
    pub h2c: bool,
    /// Stops after that many requests, answered or given up.
    pub exit_after: Option<u64>,
    /// What senders may cost.
    pub limits: Limits,
}

/// What senders may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of a head; a longer one is answered 431.
    pub head_bytes: usize,
    /// The most header lines of a head; one with more is answered 431.
    pub headers: usize,
    /// How long a head may take from its first byte, and a connection be idle.
    pub head: Duration,
    /// How long there may be nothing between two pieces of a body.
    pub body_idle: Duration,
    /// How long a body may take in all.
    pub body_total: Duration,
    /// How many bytes of a body must come in a second, after the first five; 0 for any rate.
    pub body_rate: usize,
    /// How many bytes the bodies may hold together that are on their way; one that is over is
    /// answered 503. For bodies up to 64 KiB there is a quarter more.
    pub bodies: usize,
    /// How many connections there may be; who comes beyond is answered 503 and closed.
    pub connections: usize,
    /// How many of them from one address.
    pub connections_per_peer: usize,
    /// How long requests may still be answered when the receiver is told to stop.
    pub stop: Duration,
}

impl Config {
    /// Judges in this mode, answers 200, and has the defaults of the command line.
    pub fn new(mode: Mode) -> Self {
        Config {
            mode,
            rules: Rules::default(),
            url_plans: true,
            forwards: Forwards::default(),
            ignore_verdict: false,
            explain: true,
            max_body: DEFAULT_MAX_BODY,
            seed: 0,
            tls: None,
            h2c: false,
            exit_after: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_bytes: 64 * 1024,
            headers: 100,
            head: Duration::from_secs(30),
            body_idle: Duration::from_secs(15),
            body_total: Duration::from_secs(120),
            body_rate: 64,
            bodies: 256 * 1024 * 1024,
            connections: 4096,
            connections_per_peer: 2048,
            stop: Duration::from_secs(10),
        }
    }
}
