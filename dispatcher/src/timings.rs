//! How long each phase of an attempt took.

use std::fmt;
use std::time::Duration;

use chatislav_webhooks::Phase;

/// The time spent in each phase that an attempt passed through; `None` for the others.
///
/// A reused connection has no `connect` and `tls`. The sum is at most the attempt's duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Judging the target, and resolving its name where it has one.
    pub dns: Option<Duration>,
    /// Opening the connection.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// Handing the request to the connection.
    pub write: Option<Duration>,
    /// From the end of the request to the answer's head.
    pub headers: Option<Duration>,
    /// Reading the answer's body, as far as it was read.
    pub body: Option<Duration>,
}

impl Timings {
    /// The phases passed through, in their order.
    pub fn phases(&self) -> impl Iterator<Item = (Phase, Duration)> + use<> {
        let all = [
            (Phase::Dns, self.dns),
            (Phase::Connect, self.connect),
            (Phase::Tls, self.tls),
            (Phase::Write, self.write),
            (Phase::Headers, self.headers),
            (Phase::Body, self.body),
        ];
        all.into_iter().filter_map(|(phase, time)| Some((phase, time?)))
    }

    pub(crate) fn add(&mut self, phase: Phase, time: Duration) {
        let sum = match phase {
            Phase::Dns => &mut self.dns,
            Phase::Connect => &mut self.connect,
            Phase::Tls => &mut self.tls,
            Phase::Write => &mut self.write,
            Phase::Headers => &mut self.headers,
            Phase::Body => &mut self.body,
        };
        *sum = Some(sum.unwrap_or_default() + time);
    }
}

/// A JSON object, in milliseconds.
impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (phase, time)) in self.phases().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}\"{}\":{:.3}", phase.name(), time.as_secs_f64() * 1e3)?;
        }
        f.write_str("}")
    }
}
