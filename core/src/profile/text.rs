//! A profile as TOML, every field in its place: what is hashed, compared and read again.

use super::{Profile, RetryAfter};
use crate::toml::{duration, quoted};

impl Profile {
    /// The profile as a TOML file with every field, always in the same order and way.
    ///
    /// Two profiles with the same text are the same policy. The time scale is not in it.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        line(&format!("name = {}", quoted(&self.name)));
        line(&format!("json-style = {}", quoted(self.json_style.name())));
        line("redirect = \"never\"");

        line("\n[outcomes]");
        for (class, decision) in self.decisions.classes() {
            line(&format!("{class} = \"{}\"", decision.name()));
        }

        line("\n[schedule]");
        let delays: Vec<_> = self.schedule.delays.iter().map(|delay| quoted(&duration(*delay))).collect();
        line(&format!("delays = [{}]", delays.join(", ")));
        line(&format!("jitter-percent = {}", self.schedule.jitter_percent.min(100)));
        if let Some(max) = self.max_delay {
            line(&format!("max = \"{}\"", duration(max)));
        }

        line("\n[retry-after]");
        match self.retry_after {
            RetryAfter::Ignore => line("policy = \"ignore\""),
            RetryAfter::Raise { cap } => line(&format!("policy = \"raise\"\ncap = \"{}\"", duration(cap))),
        }

        line("\n[headers]");
        let mut headers: Vec<_> =
            self.headers.iter().map(|header| (header.name().to_ascii_lowercase(), header.value())).collect();
        headers.sort();
        for (name, value) in headers {
            line(&format!("{} = {}", quoted(&name), quoted(value)));
        }
        out
    }
}
