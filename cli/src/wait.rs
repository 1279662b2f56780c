//! `chatislav wait`: until requests have arrived, for scripts.

use std::time::Duration;

use chatislav_webhooks::filter::Filter;
use chatislav_webhooks::{Line, Printable, parse_duration};
use clap::Args;
use serde::Deserialize;

use crate::client::{Client, Events, escaped};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::receiver::ReceiverArguments;
use crate::{Done, runtime};

/// Wait until requests have arrived; exit 4 if they do not in time, and say what came closest.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav wait --count 3 --filter 'event:lead_collection verified' --timeout 10s
  chatislav wait --new --filter 'status:5xx'      from now on, not from the receiver's start")]
pub(crate) struct Arguments {
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// Which: see `chatislav requests --help`.
    #[arg(long, value_name = "FILTER", default_value = "", value_parser = Filter::parse, hide_default_value = true)]
    filter: Filter,
    /// How long.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    timeout: Duration,
    /// Count from now on, and not from the receiver's start.
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

#[derive(Deserialize)]
struct Receiver {
    start: u64,
    newest: u64,
}

#[derive(Deserialize)]
struct Closest {
    matched: u64,
    closest: Option<NearMiss>,
}

#[derive(Deserialize)]
struct NearMiss {
    id: String,
    message: String,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        tokio::select! {
            done = arguments.wait(output) => done,
            () = interruption => Err(Failure { exit: Exit::Interrupted, ..Failure::failed("interrupted") }),
        }
    })
}

impl Arguments {
    async fn wait(&self, output: Output) -> Done {
        let receiver = self.receiver.running("wait").await?;
        let known = receiver.call("GET", "/api/v1/receiver", None).await?;
        let known: Receiver = serde_json::from_slice(&known).map_err(Failure::failed)?;
        let after = if self.new { known.newest } else { known.start };
        let filter = self.filter.to_string();
        let mut events = receiver.follow(&filter, Some(after)).await?;
        output.note(&format!("waiting for {}", self.count));
        let mut seen = 0;
        let arrived = arrived(&mut events, self.count, &mut seen, output);
        let in_time = tokio::time::timeout(self.timeout, arrived).await;
        match in_time {
            Ok(()) if seen >= self.count => told(seen, self.count, output),
            Ok(()) => Err(Failure::unreachable(format!("the receiver ended: {seen} of {}", self.count))),
            Err(_) => {
                let Closest { matched, closest } = nearest(&receiver, &filter, after).await?;
                // What was seen counts, also where it is kept no more.
                let matched = matched.max(seen);
                if matched >= self.count {
                    return told(matched, self.count, output);
                }
                let closest = closest.map(|miss| format!("; {} ({})", Printable(&miss.message), Printable(&miss.id)));
                output.line(Line::new("waited").number("seen", matched).number("count", self.count));
                let message = format!("{matched} of {}{}", self.count, closest.unwrap_or_default());
                Err(Failure { exit: Exit::Waited, ..Failure::failed(message) })
            }
        }
    }
}

/// Counts what comes until there are enough, or the receiver has ended.
async fn arrived(events: &mut Events, count: u64, seen: &mut u64, output: Output) {
    while *seen < count {
        let Some(event) = events.next().await else { break };
        match event.kind.as_str() {
            "request" => {
                *seen += 1;
                output.json(&event.data);
            }
            _ => output.note("note: some requests are kept no more, and are not counted"),
        }
    }
}

fn told(seen: u64, count: u64, output: Output) -> Done {
    output.say(&format!("{seen} of {count}"));
    output.line(Line::new("waited").number("seen", seen).number("count", count));
    Ok(Exit::Good)
}

async fn nearest(receiver: &Client, filter: &str, after: u64) -> Result<Closest, Failure> {
    let path = format!("/api/v1/closest?after={after}&filter={}", escaped(filter));
    let told = receiver.call("GET", &path, None).await?;
    serde_json::from_slice(&told).map_err(Failure::failed)
}
