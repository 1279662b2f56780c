//! `chatislav dispatch`: sends what is in an outbox.

use std::num::{NonZeroU32, NonZeroUsize};

use chatislav_dispatcher::engine::Rules;
use chatislav_dispatcher::outbox::ClaimRules;
use chatislav_webhooks::{Line, Printable};
use clap::Args;

use crate::carrier::CarrierArguments;
use crate::emptying::{empty, sum_up};
use crate::exit::{Exit, Failure};
use crate::outbox::StoreArguments;
use crate::output::Output;
use crate::policy::RetryArguments;
use crate::{Done, runtime};

/// Send what is in an outbox, and what is enqueued meanwhile, until Ctrl-C or SIGTERM.
///
/// What was enqueued ends exactly once as delivered, failed, exhausted or blocked, whatever happens to this
/// process. If it is killed, the next one sends again what was being sent just then, and marks it. One
/// dispatcher owns an outbox; `enqueue` and `deliveries` work beside it.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav dispatch --store sqlite:outbox.db
  chatislav dispatch --store sqlite:outbox.db --drain
  chatislav dispatch --store sqlite:outbox.db --rate 20 --per-endpoint 4
  chatislav dispatch --store sqlite:outbox.db --allow-local --time-scale 60")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: StoreArguments,
    /// End once nothing waits any more; the exit code is that of the worst delivery.
    #[arg(long)]
    drain: bool,
    #[command(flatten)]
    pace: PaceArguments,
    #[command(flatten)]
    retries: RetryArguments,
    #[command(flatten)]
    carrier: CarrierArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Pace")]
struct PaceArguments {
    /// How many attempts are made at once.
    #[arg(long, value_name = "N", default_value = "64")]
    concurrency: NonZeroUsize,
    /// How many of one endpoint, so that one that hangs leaves room for the others.
    #[arg(long, value_name = "N", default_value = "16")]
    per_endpoint: NonZeroU32,
    /// How many a second to one endpoint at most.
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    rate: Option<f64>,
    /// One at a time to each endpoint, in the order in which they were enqueued: a retry holds back what is
    /// behind it.
    #[arg(long)]
    ordered: bool,
}

/// Reads how many there are in a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if f64::is_finite(rate) && rate > 0.0 => Ok(rate),
        _ => Err("expected a number over 0, such as 20 or 0.5".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let Arguments { store, drain, pace, retries, carrier } = arguments;
    let dispatcher = carrier.dispatcher()?;
    let profile = retries.profile(None, output)?;
    let outbox = store.open()?;
    let PaceArguments { concurrency, per_endpoint, rate, ordered } = *pace;
    let claims = ClaimRules { per_endpoint, rate, ordered };
    let rules = Rules { concurrency, claims, profile, drain: *drain };
    let mut entropy = runtime::sequence(runtime::entropy()?);

    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        let path = store.path()?.display().to_string();
        output.line(Line::new("ready").text("store", &format!("sqlite:{path}")));
        output.note(&format!("dispatching what is in {}", Printable(&path)));
        let is_interrupted = std::sync::atomic::AtomicBool::new(false);
        let stop = async {
            interruption.await;
            is_interrupted.store(true, std::sync::atomic::Ordering::Relaxed);
            output.note("note: ending what was begun; once more ends at once");
        };
        let (summary, worst) = empty(&outbox, &dispatcher, &rules, &mut entropy, output, stop).await?;
        sum_up(summary, output);
        match (is_interrupted.into_inner(), drain) {
            (true, true) => Err(Failure {
                exit: Exit::Interrupted,
                message: format!("interrupted: what was not delivered waits in {path}"),
            }),
            (true, false) if summary.unkept > 0 => Ok(Exit::Failed),
            (true, false) => Ok(Exit::Good),
            (false, _) => Ok(worst),
        }
    })
}
