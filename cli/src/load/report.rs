//! What a load came to: for people two tables, for programs a line for each endpoint and one in all.

use std::time::{Duration, SystemTime};

use chatislav_webhooks::{Line, Printable};
use hdrhistogram::Histogram;

use super::book::Balance;
use super::tally::Row;
use crate::exit::Exit;
use crate::output::{Output, Tone};

/// The quantiles that are told, beside the longest.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// What is known of an endpoint, or in all.
pub(super) struct Report<'a> {
    /// Its URL; `None` in all.
    pub(super) endpoint: Option<String>,
    pub(super) asked: f64,
    /// For how long was offered.
    pub(super) span: Duration,
    pub(super) start: SystemTime,
    pub(super) balance: Balance,
    pub(super) row: &'a Row,
}

impl Report<'_> {
    /// How bad it is.
    pub(super) fn exit(&self) -> Exit {
        match self.row.blocked {
            0 if self.row.delivered == self.balance.offered && self.balance.lost == 0 => Exit::Good,
            0 => Exit::Failed,
            _ => Exit::Blocked,
        }
    }

    /// How many a second were offered.
    pub(super) fn offered_rate(&self) -> f64 {
        rate(self.balance.offered, self.span)
    }

    fn delivered_rate(&self) -> f64 {
        let until_last = self.row.last.and_then(|last| last.duration_since(self.start).ok()).unwrap_or_default();
        rate(self.row.delivered, self.span.max(until_last))
    }

    fn counts(&self) -> [(&'static str, u64); 10] {
        let Balance { offered, unfinished, lost } = self.balance;
        let Row { sent, retries, delivered, failed, exhausted, blocked, duplicates, .. } = *self.row;
        [
            ("offered", offered),
            ("sent", sent),
            ("retries", retries),
            ("delivered", delivered),
            ("failed", failed),
            ("exhausted", exhausted),
            ("blocked", blocked),
            ("unfinished", unfinished),
            ("lost", lost),
            ("duplicates", duplicates),
        ]
    }

    fn times(&self) -> [(&'static str, &Histogram<u64>); 3] {
        [("latency", &self.row.latency), ("service", &self.row.service), ("lateness", &self.row.lateness)]
    }

    fn name(&self) -> String {
        self.endpoint.as_ref().map_or_else(|| "in all".to_owned(), |url| Printable(url).to_string())
    }

    fn line(&self) -> Line {
        let line = Line::new("load").text_or_null("endpoint", self.endpoint.as_deref());
        let line = self.counts().into_iter().fold(line, |line, (name, count)| line.integer(name, count));
        let (asked, offered, delivered) = (self.asked, self.offered_rate(), self.delivered_rate());
        let rates = format!("{{\"asked\":{asked:.3},\"offered\":{offered:.3},\"delivered\":{delivered:.3}}}");
        let line = line.number("rate", rates);
        let [latency, service, lateness] = self.times().map(|(_, histogram)| {
            let times = quantiles(histogram).map(|(name, ms)| (name, ms.unwrap_or_else(|| "null".to_owned())));
            let times: Vec<_> = times.map(|(name, ms)| format!("\"{name}\":{ms}")).collect();
            format!("{{{}}}", times.join(","))
        });
        line.number("latency_ms", latency).number("service_ms", service).number("lateness_ms", lateness)
    }
}

/// Tells of each endpoint, and last of all of them.
pub(super) fn tell(reports: &[Report<'_>], output: Output) {
    reports.iter().for_each(|report| output.line(report.line()));
    // Of one endpoint there is nothing more to say than in all.
    let shown = if let [_, all] = reports { std::slice::from_ref(all) } else { reports };
    let names: Vec<_> = shown.iter().map(Report::name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max("lateness, ms".len());
    let say = |name: &str, cells: Vec<String>| output.say(format!("{name:<width$}{}", cells.concat()).trim_end());

    // A column of nothing but zeros is left out where nobody looks for it.
    let is_told = |name: &str| {
        let is_some = |report: &Report<'_>| report.counts().iter().any(|(count, some)| *count == name && *some > 0);
        matches!(name, "offered" | "sent" | "delivered" | "lost" | "duplicates") || shown.iter().any(is_some)
    };
    let heads = shown.first().map(Report::counts).unwrap_or_default().map(|(name, _)| name);
    let heads = heads.into_iter().filter(|name| is_told(name)).chain(["offered/s", "delivered/s"]);
    say("", heads.map(|name| cell(name, name)).collect());
    for (report, name) in shown.iter().zip(&names) {
        let counts = report.counts().into_iter().filter(|(name, _)| is_told(name));
        let rates = [("offered/s", report.offered_rate()), ("delivered/s", report.delivered_rate())];
        let cells = counts.map(|(name, count)| painted(name, count, output));
        say(name, cells.chain(rates.map(|(name, rate)| cell(name, &format!("{rate:.1}")))).collect());
    }
    for (which, (kind, _)) in shown.first().map(Report::times).into_iter().flatten().enumerate() {
        say("", Vec::new());
        let heads = QUANTILES.iter().map(|(name, _)| *name).chain(["max"]);
        say(&format!("{kind}, ms"), heads.map(|name| cell(name, name)).collect());
        for (report, name) in shown.iter().zip(&names) {
            let histogram = report.times().into_iter().nth(which).map(|(_, histogram)| histogram);
            let cells = histogram.into_iter().flat_map(quantiles);
            say(name, cells.map(|(name, ms)| cell(name, ms.as_deref().unwrap_or("-"))).collect());
        }
    }
}

fn cell(head: &str, text: &str) -> String {
    format!("  {text:>width$}", width = head.len().max(9))
}

/// A count, red where it should be 0.
fn painted(name: &str, count: u64, output: Output) -> String {
    let cell = cell(name, &count.to_string());
    let is_good = matches!(name, "offered" | "sent" | "retries" | "delivered") || count == 0;
    if is_good { cell } else { output.paint(Tone::Bad, &cell) }
}

/// The quantiles in milliseconds, and the longest time; `None` where nothing was measured.
fn quantiles(histogram: &Histogram<u64>) -> impl Iterator<Item = (&'static str, Option<String>)> {
    let quantiles = QUANTILES.map(|(name, quantile)| (name, histogram.value_at_quantile(quantile)));
    let is_empty = histogram.is_empty();
    let ms = move |micros| (!is_empty).then(|| format!("{}.{:03}", micros / 1_000, micros % 1_000));
    quantiles.into_iter().chain([("max", histogram.max())]).map(move |(name, micros)| (name, ms(micros)))
}

fn rate(count: u64, span: Duration) -> f64 {
    if span.is_zero() { 0.0 } else { count as f64 / span.as_secs_f64() }
}
