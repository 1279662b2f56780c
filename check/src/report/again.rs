//! How somebody sees it with their own eyes.

use chatislav_webhooks::Printable;

use super::Report;
use crate::captured;
use crate::curl::single;
use crate::exchange::Exchange;
use crate::preflight;

impl Report {
    /// A line for a POSIX shell that makes this exchange again: by curl where one line can do that, else
    /// by `chatislav check` of the case alone. `None` for what the preflight could not send by curl.
    pub fn again(&self, exchange: &Exchange) -> Option<String> {
        let line = match exchange.curl(&self.target) {
            Some(curl) => curl,
            None if [preflight::NAME, captured::NAME].contains(&exchange.case) => return None,
            None => format!("chatislav check {} --only {} --seed {}", single(&self.target), exchange.case, self.seed),
        };
        Some(Printable(&line).to_string())
    }
}
