//! `chatislav requests`: what arrived, from the running receiver or a store.

mod diff;
mod explain;
mod export;
mod show;

use chatislav_receiver::deliveries;
use chatislav_receiver::journal::{self, Capture};
use chatislav_webhooks::Printable;
use chatislav_webhooks::filter::Filter;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::escaped;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::receiver::{Place, ReceiverArguments};
use crate::{Done, runtime};

/// How many requests are asked for at once.
const PAGE: usize = 500;
/// How many are listed unless it is said.
const LIMIT: u64 = 100;
/// How many deliveries a running receiver tells at once.
const MAX_DELIVERIES: usize = 1000;

/// List what arrived, the newest last.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav requests --filter 'status:401,5xx event:lead_*'
  chatislav requests --filter 'verdict:signature_mismatch body:\"ada@example.com\"'
  chatislav requests --deliveries                 did the sender keep the rules?
  chatislav requests show 3f2a-17 --body > body.json
  chatislav requests export --format har --redact -o requests.har
  chatislav requests diff 3f2a-16 3f2a-17

Filters: terms with blanks between them, all of which hold; `!` before one negates it.
  id path target event verdict end method   text; * stands for any text; a,b for either
  status 503 5xx >=500 none · attempt secret size ms   numbers and comparisons
  delivery header body step                 header:user-agent=curl* body:\"text\"
  verified unsigned refused                 words; any other word is looked for anywhere")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Which.
    #[arg(long, value_name = "FILTER", default_value = "", value_parser = Filter::parse, hide_default_value = true)]
    filter: Filter,
    /// How many at most, the newest.
    #[arg(long, value_name = "N", default_value_t = LIMIT, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Group them: a line for each delivery, with its attempts and what its sender did wrong.
    #[arg(long)]
    deliveries: bool,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

#[derive(Subcommand)]
enum Command {
    Show(show::Arguments),
    Export(export::Arguments),
    Diff(diff::Arguments),
}

#[derive(Deserialize)]
struct Page {
    requests: Vec<Box<RawValue>>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct Grouped {
    deliveries: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    time: String,
    method: String,
    target: String,
    event: String,
    verdict: String,
    status: Option<u16>,
    end: String,
    attempt: u64,
    bytes: u64,
}

#[derive(Deserialize)]
struct Conduct {
    event: String,
    verdict: String,
    state: String,
    next: String,
    attempts: Vec<Attempt>,
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Attempt {
    id: String,
    status: Option<u16>,
    end: String,
    gap_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Fault {
    message: String,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    runtime::new()?.block_on(async {
        if arguments.command.is_some() && arguments.is_given() {
            return Err(Failure::usage("the options of the list are not for a command: they come after its name"));
        }
        match &arguments.command {
            Some(Command::Show(arguments)) => show::run(arguments, output).await,
            Some(Command::Export(arguments)) => export::run(arguments, output).await,
            Some(Command::Diff(arguments)) => diff::run(arguments, output).await,
            None if arguments.deliveries => arguments.group(output).await,
            None => arguments.list(output).await,
        }
    })
}

impl Arguments {
    /// Whether anything was asked of the list.
    fn is_given(&self) -> bool {
        !self.filter.is_empty() || self.limit != LIMIT || self.deliveries || self.receiver.is_given()
    }

    fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    async fn list(&self, output: Output) -> Done {
        let place = self.receiver.place().await?;
        let mut lines = place.lines(&self.filter, self.limit()).await?;
        lines.reverse();
        for line in &lines {
            output.json(line);
            output.say(&row(line, output)?);
        }
        if lines.is_empty() {
            output.note("nothing");
        }
        Ok(Exit::Good)
    }

    async fn group(&self, output: Output) -> Done {
        let mut lines = match self.receiver.place().await? {
            Place::Store(journal) => {
                let lines = deliveries(&journal, &self.filter, self.limit());
                journal.fault().map_or(Ok(lines), |fault| Err(Failure::failed(fault)))?
            }
            Place::Running(_) if self.limit() > MAX_DELIVERIES => {
                return Err(Failure::usage(format!(
                    "--limit {}: a running receiver tells at most {MAX_DELIVERIES} deliveries; --store FILE all",
                    self.limit
                )));
            }
            Place::Running(client) => {
                let (limit, filter) = (self.limit, escaped(&self.filter.to_string()));
                let told =
                    client.call("GET", &format!("/api/v1/deliveries?limit={limit}&filter={filter}"), None).await?;
                let Grouped { deliveries } = serde_json::from_slice(&told).map_err(Failure::failed)?;
                deliveries.into_iter().map(|line| line.get().to_owned()).collect()
            }
        };
        lines.reverse();
        for line in &lines {
            output.json(line);
            output.say(&conduct(line, output)?);
        }
        if lines.is_empty() {
            output.note("nothing");
        }
        Ok(Exit::Good)
    }
}

impl Place {
    /// The newest requests that a filter lets through, newest first, as the log has them.
    async fn lines(&self, filter: &Filter, limit: usize) -> Result<Vec<String>, Failure> {
        let client = match self {
            Place::Store(journal) => {
                let lines = journal::search(journal, filter, u64::MAX, limit).lines;
                return journal.fault().map_or(Ok(lines), |fault| Err(Failure::failed(fault)));
            }
            Place::Running(client) => client,
        };
        let filter = escaped(&filter.to_string());
        let (mut lines, mut before) = (Vec::new(), String::new());
        while lines.len() < limit {
            let count = PAGE.min(limit - lines.len());
            let told =
                client.call("GET", &format!("/api/v1/requests?limit={count}&filter={filter}{before}"), None).await?;
            let Page { requests, next } = serde_json::from_slice(&told).map_err(Failure::failed)?;
            lines.extend(requests.into_iter().map(|line| line.get().to_owned()));
            let Some(next) = next else { break };
            before = format!("&before={next}");
        }
        Ok(lines)
    }

    /// One request, whole.
    async fn capture(&self, id: &str) -> Result<Capture, Failure> {
        match self {
            Place::Store(journal) => {
                let found = journal.named(id);
                found.map(|capture| (*capture).clone()).ok_or_else(|| Failure::failed("no such request in this store"))
            }
            Place::Running(client) => {
                let id = escaped(id).replace("%2D", "-");
                let record = client.call("GET", &format!("/api/v1/requests/{id}"), None).await?;
                journal::from_json(&String::from_utf8_lossy(&record)).map_err(Failure::failed)
            }
        }
    }
}

fn tone(verdict: &str) -> (Tone, &'static str) {
    match verdict {
        "verified" => (Tone::Good, "✓"),
        "unsigned" => (Tone::Middling, "?"),
        _ => (Tone::Bad, "✗"),
    }
}

/// A status, or how it ended without one.
fn answered(status: Option<u16>, end: &str) -> String {
    status.map_or_else(|| Printable(end).to_string(), |status| status.to_string())
}

fn row(line: &str, output: Output) -> Result<String, Failure> {
    let row: Row = serde_json::from_str(line).map_err(Failure::failed)?;
    let (tone, symbol) = tone(&row.verdict);
    let verdict = output.paint(tone, &format!("{symbol} {}", Printable(&row.verdict)));
    let event = if row.event.is_empty() { "-" } else { &row.event };
    Ok(format!(
        "{}  {}  {} {}  {}  {verdict}  → {}  attempt {}  {} B",
        Printable(&row.id),
        Printable(&row.time),
        Printable(&row.method),
        Printable(&row.target),
        Printable(event),
        answered(row.status, &row.end),
        row.attempt,
        row.bytes,
    ))
}

fn conduct(line: &str, output: Output) -> Result<String, Failure> {
    let conduct: Conduct = serde_json::from_str(line).map_err(Failure::failed)?;
    let attempts: Vec<_> = conduct
        .attempts
        .iter()
        .map(|attempt| {
            let gap = attempt.gap_ms.map(|ms| format!("+{:.1}s ", ms / 1e3)).unwrap_or_default();
            format!("{gap}{}", answered(attempt.status, &attempt.end))
        })
        .collect();
    let first = conduct.attempts.first().map(|attempt| attempt.id.as_str()).unwrap_or_default();
    let event = if conduct.event.is_empty() { &conduct.verdict } else { &conduct.event };
    let kept = if conduct.faults.is_empty() {
        output.paint(Tone::Good, "✓ the sender kept the rules")
    } else {
        output.paint(Tone::Bad, &format!("✗ the sender broke {} of the rules", conduct.faults.len()))
    };
    let mut text = format!(
        "{}  {}  {}  {}  {kept}",
        Printable(first),
        Printable(event),
        attempts.join(" → "),
        Printable(&conduct.state)
    );
    text.push_str(&format!("\n    next: {}", Printable(&conduct.next)));
    for fault in &conduct.faults {
        text.push_str(&format!("\n    {}", Printable(&fault.message)));
    }
    Ok(text)
}
