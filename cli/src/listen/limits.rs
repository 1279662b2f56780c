//! What senders may cost: the flags and their defaults.

use std::time::Duration;

use chatislav_receiver::{Limits, journal};
use chatislav_webhooks::{parse_duration, parse_size};
use clap::Args;

#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArguments {
    /// The largest head, request line and headers together; a longer one is answered 431.
    #[arg(long, value_name = "SIZE", default_value = "64KiB", value_parser = parse_size)]
    max_head: usize,
    /// The most header lines; more are answered 431.
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_headers: usize,
    /// How long a head may take, and a connection be idle; a late head is answered 408.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    head_timeout: Duration,
    /// How long a body may pause; after that it is answered 408.
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = parse_duration)]
    body_pause: Duration,
    /// How long a body may take in all; after that it is answered 408.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = parse_duration)]
    body_timeout: Duration,
    /// How many bytes of a body must come each second, after the first five; a slower one is
    /// answered 408. 0 for any.
    #[arg(long, value_name = "SIZE", default_value = "64", value_parser = parse_size)]
    min_body_rate: usize,
    /// How much all bodies may hold together that are on their way; one that is over is answered
    /// 503. For small ones there is a quarter more, and one alone is always taken.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = parse_size)]
    max_bodies: usize,
    /// The most connections at once; who comes beyond is answered 503.
    #[arg(long, value_name = "N", default_value_t = 4096)]
    max_connections: usize,
    /// The most connections from one address. Behind a tunnel everybody is one address.
    #[arg(long, value_name = "N", default_value_t = 2048)]
    max_connections_per_peer: usize,
    /// The most requests that are kept; the oldest go first. [default: 10000, with --store 1000000]
    #[arg(long, value_name = "N")]
    max_requests: Option<usize>,
    /// The most bytes that are kept, heads, bodies and answers together. [default: 64MiB, with --store 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_kept: Option<usize>,
}

impl LimitArguments {
    /// How much is kept, in memory or in a store.
    pub(super) fn journal(&self, in_store: bool) -> journal::Limits {
        let default = if in_store { journal::Limits::of_store() } else { journal::Limits::default() };
        journal::Limits {
            count: self.max_requests.unwrap_or(default.count),
            bytes: self.max_kept.unwrap_or(default.bytes),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            head_bytes: self.max_head,
            headers: self.max_headers,
            head: self.head_timeout,
            body_idle: self.body_pause,
            body_total: self.body_timeout,
            body_rate: self.min_body_rate,
            bodies: self.max_bodies,
            connections: self.max_connections,
            connections_per_peer: self.max_connections_per_peer,
            ..Limits::default()
        }
    }
}
