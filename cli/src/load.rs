//! `chatislav load`: so many deliveries a second, and how they fared.

mod book;
mod drive;
mod feed;
mod percentiles;
mod report;
mod schedule;
mod steady;
mod tally;
mod watch;

use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::engine::{Clock, Rules};
use chatislav_dispatcher::outbox::{ClaimRules, Endpoint, Ledger, MemoryOutbox, SqliteOutbox};
use chatislav_webhooks::{DeliveryKey, parse_duration};
use clap::{ArgAction, Args};
use tokio::runtime::Runtime;

use crate::carrier::CarrierArguments;
use crate::dispatch::rate;
use crate::exit::{Exit, Failure};
use crate::outbox::{failed, place};
use crate::output::Output;
use crate::policy::RetryArguments;
use crate::request::{RequestArguments, event_name, note_secret};
use crate::{Done, runtime, tell};
use book::{Balance, Book};
use drive::{Drive, Ending, Store};
use feed::{End, Fed, Feed};
use percentiles::percentiles;
use report::Report;
use schedule::Schedule;
use steady::SteadyClock;
use tally::{Row, Tally};
use watch::Watch;

/// So many may be open at once in memory.
const MOST_OPEN: usize = 100_000;

/// Send so many webhooks a second for a while, and measure how they fare.
///
/// The load is open: each delivery has its instant, whatever became of those before, and its latency counts
/// from that instant to its success, retries and all. So an endpoint that stalls cannot hide it by being asked
/// less. The service time is that of an attempt alone; lateness is by how much an attempt began after it was due.
///
/// Several --to are served in turn. Each body is new, and signed. What has not ended after the grace is
/// unfinished; lost is what was offered and is nowhere, and must be 0.
#[derive(Args)]
#[command(
    after_help = "Examples:
  chatislav load --to http://127.0.0.1:4180/hook --allow-local --secret s --rate 500 --for 30s
  chatislav load --settings webhook.toml --rate 50 --for 5m --histogram latency.hgrm
  chatislav load --to https://a.example/in --to https://b.example/in --secret s --rate 100 --for 1m --no-retry
  chatislav load lead_collection --settings webhook.toml --rate 200 --for 1m --store sqlite:load.db --output json

Exit codes: 0 if all were delivered; 1 if some failed, were unfinished or lost; 3 if the guard refused some;
130 if interrupted, and the report is printed all the same.",
    mut_arg("to", |to| to.action(ArgAction::Append).help("The URL to send to; several take turns")),
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    #[command(flatten)]
    load: LoadArguments,
    #[command(flatten)]
    retries: RetryArguments,
    #[command(flatten)]
    carrier: CarrierArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Load")]
struct LoadArguments {
    /// How many deliveries a second, to all endpoints together.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    rate: f64,
    /// For how long.
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    length: Duration,
    /// How many attempts are made at once, shared evenly by the endpoints.
    #[arg(long, value_name = "N", default_value = "256")]
    concurrency: NonZeroU32,
    /// How long retries and slow answers are waited for after that.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    grace: Duration,
    /// Write the distribution of latencies to this file, for HdrHistogram's plotters, in milliseconds.
    #[arg(long, value_name = "FILE")]
    histogram: Option<PathBuf>,
    /// Through this outbox instead of one in memory; nothing else may wait in it. It keeps what is unfinished.
    #[arg(long, value_name = "sqlite:FILE", value_parser = place)]
    store: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let Arguments { request, load, retries, carrier } = arguments;
    if load.length.is_zero() {
        return Err(Failure::usage("--for is over 0"));
    }
    let screen = request.screen()?;
    let dispatcher = carrier.dispatcher()?;
    let profile = retries.profile(request.json_style(), output)?;
    let style = profile.json_style;
    let file = request.file()?.map(Bytes::from);
    let body = |number| file.clone().map_or_else(|| request.sample(style, number).map(Bytes::from), Ok);
    let first = body(0)?;
    if let Some(skip) = screen.skips(&first)? {
        tell::skipped(skip, &DeliveryKey::of(&first).to_string(), output);
        return Ok(Exit::Good);
    }
    let event = event_name(&first).unwrap_or_default();
    let (endpoints, turns) = in_turn(screen.endpoints(output)?);
    let secret = screen.secret(output)?;
    note_secret(secret.as_ref(), output);
    let seed = request.seed().map_or_else(runtime::entropy, Ok)?;
    let mut entropy = runtime::sequence(seed);
    let runtime = runtime::new()?;
    let store = open(load, &runtime)?;
    if let Some(path) = &load.histogram {
        // Now, and not after all the work.
        write(path, "")?;
    }
    let share = u32::try_from(endpoints.len()).map_or(1, |count| load.concurrency.get().div_ceil(count.max(1)));
    let claims =
        ClaimRules { per_endpoint: NonZeroU32::new(share).unwrap_or(NonZeroU32::MIN), rate: None, ordered: false };
    let concurrency = NonZeroUsize::try_from(load.concurrency).unwrap_or(NonZeroUsize::MIN);
    let rules = Rules { concurrency, claims, profile, drain: false };

    let clock = SteadyClock::new();
    let book = Book::new(endpoints.len());
    let tally = Tally::new(endpoints.clone()).map_err(|error| Failure::failed(format!("{error:?}")))?;
    let watch = Watch::new(tally, &book, &rules.profile, clock, output);
    let feed = Feed {
        schedule: Schedule::new(load.rate, load.length),
        clock,
        start: clock.now(),
        endpoints: &endpoints,
        turns: &turns,
        body: &body,
        event: &event,
        secret: secret.as_ref(),
        outbox: &*store,
        book: &book,
        most_open: if load.store.is_some() { usize::MAX } else { MOST_OPEN },
    };
    let drive = Drive {
        store: &*store,
        forgets: load.store.is_none(),
        carrier: &dispatcher,
        rules: &rules,
        clock,
        book: &book,
        watch: &watch,
        patience: load.length.saturating_add(load.grace),
    };
    let (ending, fed) = drive.run(&runtime, &feed, &mut entropy)?;
    let balances = runtime.block_on(book.balance(&*store)).map_err(failed)?;
    let (start, tally) = (feed.start, watch.end());
    if book.unoffered() > 0 {
        output.error(&format!("{} ended that were not offered here, or twice", book.unoffered()));
    }
    let span = if matches!(fed.end, End::All) { load.length.max(fed.after) } else { fed.after };
    let reports = reports(load, &endpoints, &turns, &balances, &tally, (start, span));
    report::tell(&reports, output);
    if let Some(path) = &load.histogram {
        write(path, &percentiles(&tally.all.latency))?;
    }
    let exit = conclude(load, &reports, ending, fed, output)?;
    Ok(if book.unoffered() > 0 { exit.max(Exit::Failed) } else { exit })
}

/// The endpoints without repetitions, and whose turn it is.
fn in_turn(all: Vec<Endpoint>) -> (Vec<Arc<Endpoint>>, Vec<usize>) {
    let mut endpoints: Vec<Arc<Endpoint>> = Vec::new();
    let turns = all.into_iter().map(|endpoint| {
        let known = endpoints.iter().position(|known| **known == endpoint);
        known.unwrap_or_else(|| {
            endpoints.push(Arc::new(endpoint));
            endpoints.len() - 1
        })
    });
    let turns = turns.collect();
    (endpoints, turns)
}

fn open(load: &LoadArguments, runtime: &Runtime) -> Result<Box<dyn Store>, Failure> {
    let Some(path) = &load.store else { return Ok(Box::new(MemoryOutbox::new())) };
    let outbox = SqliteOutbox::open(path).map_err(Failure::usage)?;
    let counts = runtime.block_on(outbox.counts()).map_err(failed)?;
    let waiting: u64 = counts.iter().filter(|(state, _)| !state.is_end()).map(|(_, count)| count).sum();
    if waiting > 0 {
        let what = format!("{waiting} wait in {}: a load wants an outbox of its own", path.display());
        return Err(Failure::usage(what));
    }
    Ok(Box::new(outbox))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}

/// One for each endpoint, and one in all.
fn reports<'a>(
    load: &LoadArguments,
    endpoints: &[Arc<Endpoint>],
    turns: &[usize],
    balances: &[Balance],
    tally: &'a Tally,
    (start, span): (SystemTime, Duration),
) -> Vec<Report<'a>> {
    let report = |endpoint, asked, balance, row: &'a Row| Report { endpoint, asked, span, start, balance, row };
    let each =
        endpoints.iter().zip(balances).zip(&tally.rows).enumerate().map(|(index, ((endpoint, balance), row))| {
            let share = turns.iter().filter(|turn| **turn == index).count() as f64 / turns.len() as f64;
            report(Some(endpoint.target.to_string()), load.rate * share, *balance, row)
        });
    let all = balances.iter().fold(Balance::default(), |sum, balance| sum.and(*balance));
    each.chain([report(None, load.rate, all, &tally.all)]).collect()
}

/// Says what a number alone does not, and how bad it all is.
fn conclude(load: &LoadArguments, reports: &[Report<'_>], ending: Ending, fed: Fed, output: Output) -> Done {
    let Some(all) = reports.last() else { return Ok(Exit::Good) };
    let after = fed.after;
    let mut exit = all.exit();
    match fed.end {
        End::All => {}
        End::Stopped if ending == Ending::Interrupted => {}
        End::Stopped => {
            let meant = Schedule::new(load.rate, load.length).count();
            output.error(&format!("{} of {meant} were offered before the grace was over", all.balance.offered));
            exit = exit.max(Exit::Failed);
        }
        End::TooMany => {
            output.error(&format!(
                "{MOST_OPEN} were open after {after:.1?}, so nothing more was offered; --store holds more"
            ));
            exit = exit.max(Exit::Failed);
        }
        End::Failed(failure) => {
            output.error(&failure.message);
            exit = exit.max(failure.exit);
        }
    }
    if all.balance.lost > 0 {
        output.error(&format!("{} of {} are lost", all.balance.lost, all.balance.offered));
    }
    let offered = all.offered_rate();
    if offered < 0.98 * load.rate && ending != Ending::Interrupted {
        output.note(&format!(
            "note: this machine offered {offered:.1}/s instead of {}/s: its own delay is in the times",
            load.rate
        ));
    }
    match ending {
        Ending::Interrupted => {
            let rest =
                load.store.as_ref().map_or_else(|| "is lost".to_owned(), |path| format!("waits in {}", path.display()));
            Err(Failure { exit: Exit::Interrupted, message: format!("interrupted: what was not delivered {rest}") })
        }
        Ending::AllEnded | Ending::GraceOver => Ok(exit),
    }
}
