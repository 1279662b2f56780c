//! `chatislav send --count`, `--store`: many deliveries, or one that outlives the command.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use chatislav_dispatcher::Dispatcher;
use chatislav_dispatcher::engine::Rules;
use chatislav_dispatcher::outbox::{ClaimRules, MemoryOutbox, NewDelivery, Outbox, SqliteOutbox};
use chatislav_webhooks::{Profile, Signature};
use clap::Args;

use super::Arguments;
use crate::dispatch::rate;
use crate::emptying::{empty, sum_up};
use crate::exit::{Exit, Failure};
use crate::outbox::{failed, place};
use crate::output::Output;
use crate::request::{Screen, event_name, note_secret};
use crate::{Done, runtime};

/// How many are put into the outbox at once.
const BATCH: u32 = 1_000;

#[derive(Args)]
#[command(next_help_heading = "Many")]
pub(super) struct BulkArguments {
    /// Send that many: samples anew, or the same file again. At most 100000 without --store.
    #[arg(long, value_name = "N", conflicts_with_all = ["tamper", "signature", "repeat"], value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// How many of them at once; without it 16.
    #[arg(long, value_name = "N", requires = "count")]
    concurrency: Option<NonZeroU32>,
    /// How many of them a second at most.
    #[arg(long, value_name = "PER_SECOND", requires = "count", value_parser = rate)]
    rate: Option<f64>,
    /// Keep it in this outbox until it has ended, with whatever waits there: `chatislav dispatch` goes on with
    /// what this command leaves.
    #[arg(long, value_name = "sqlite:FILE", conflicts_with_all = ["tamper", "signature", "repeat"], value_parser = place)]
    store: Option<PathBuf>,
}

impl BulkArguments {
    pub(super) fn is_given(&self) -> bool {
        self.count.is_some() || self.store.is_some()
    }
}

pub(super) fn run(
    arguments: &Arguments,
    screen: &Screen<'_>,
    file: Option<Bytes>,
    dispatcher: &Dispatcher,
    profile: Profile,
    entropy: &mut (dyn FnMut() -> u64 + Send),
    output: Output,
) -> Done {
    let BulkArguments { count, concurrency, rate, store } = &arguments.bulk;
    let count = count.unwrap_or(1);
    let outbox: Box<dyn Outbox> = match store {
        Some(path) => Box::new(SqliteOutbox::open(path).map_err(Failure::usage)?),
        None if count > 100_000 => return Err(Failure::usage("more than 100000 need a --store")),
        None => Box::new(MemoryOutbox::new()),
    };
    let per_endpoint = concurrency.or(NonZeroU32::new(16)).unwrap_or(NonZeroU32::MIN);
    let claims = ClaimRules { per_endpoint, rate: *rate, ordered: false };
    let concurrency = NonZeroUsize::try_from(per_endpoint).unwrap_or(NonZeroUsize::MIN);
    let rules = Rules { concurrency, claims, profile, drain: true };

    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        fill(arguments, screen, file, &*outbox, &rules, output).await?;
        let is_interrupted = AtomicBool::new(false);
        let stop = async {
            interruption.await;
            is_interrupted.store(true, Ordering::Relaxed);
        };
        let (summary, worst) = empty(&*outbox, dispatcher, &rules, entropy, output, stop).await?;
        if count > 1 {
            sum_up(summary, output);
        }
        if !is_interrupted.into_inner() {
            return Ok(worst);
        }
        let rest = store.as_ref().map_or_else(|| "is lost".to_owned(), |path| format!("waits in {}", path.display()));
        Err(Failure { exit: Exit::Interrupted, message: format!("interrupted: what was not delivered {rest}") })
    })
}

/// Puts the deliveries into the outbox, each signed.
async fn fill(
    arguments: &Arguments,
    screen: &Screen<'_>,
    file: Option<Bytes>,
    outbox: &dyn Outbox,
    rules: &Rules,
    output: Output,
) -> Result<(), Failure> {
    let endpoint = Arc::new(screen.endpoint(output)?);
    let secret = screen.secret(output)?;
    note_secret(secret.as_ref(), output);
    let count = arguments.bulk.count.unwrap_or(1);
    for first in (0..count).step_by(BATCH as usize) {
        let batch = (first..count.min(first.saturating_add(BATCH))).map(|number| {
            let body = match &file {
                Some(body) => body.clone(),
                None => Bytes::from(arguments.request.sample(rules.profile.json_style, u64::from(number))?),
            };
            let event = event_name(&body).unwrap_or_default();
            let signature = secret.as_ref().map(|secret| Signature::sign(secret, &body).to_string());
            Ok(NewDelivery { endpoint: Arc::clone(&endpoint), body, signature, event, at: SystemTime::now() })
        });
        let batch = batch.collect::<Result<Vec<_>, Failure>>()?;
        outbox.enqueue(batch, None).await.map_err(failed)?;
    }
    Ok(())
}
