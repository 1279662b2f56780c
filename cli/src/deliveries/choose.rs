//! `chatislav deliveries retry` and `cancel`: those that are named, or those of a choice.

use std::time::SystemTime;

use chatislav_dispatcher::BoxFuture;
use chatislav_dispatcher::outbox::{DeliveryId, Ledger, OutboxError, Query, SqliteOutbox, Trouble};
use chatislav_webhooks::Line;
use clap::Args;

use super::Which;
use crate::Done;
use crate::exit::{Exit, Failure};
use crate::outbox::{failed, id};
use crate::output::Output;

/// How many are looked up at once.
const PAGE: usize = 1_000;

#[derive(Args)]
pub(super) struct Arguments {
    /// Their ids.
    #[arg(value_name = "ID", value_parser = id)]
    ids: Vec<DeliveryId>,
    #[command(flatten)]
    which: Which,
}

pub(super) async fn retry(arguments: &Arguments, outbox: &SqliteOutbox, output: Output) -> Done {
    let now = SystemTime::now();
    each(arguments, outbox, "retried", output, |id| outbox.retry(id, now)).await
}

pub(super) async fn cancel(arguments: &Arguments, outbox: &SqliteOutbox, output: Output) -> Done {
    let now = SystemTime::now();
    each(arguments, outbox, "cancelled", output, |id| outbox.cancel(id, now)).await
}

/// Does it to each. Of those that are named it fails where one cannot be; of a choice those are passed over
/// that have changed meanwhile.
async fn each<'a>(
    arguments: &Arguments,
    outbox: &SqliteOutbox,
    done: &'static str,
    output: Output,
    work: impl Fn(DeliveryId) -> BoxFuture<'a, Result<(), OutboxError>>,
) -> Done {
    let Arguments { ids, which } = arguments;
    if ids.is_empty() != which.is_given() {
        return Err(Failure::usage("say which: their ids, or --state, --event and --url"));
    }
    let (mut count, mut exit) = (0, Exit::Good);
    for id in ids {
        match work(*id).await {
            Ok(()) => count += 1,
            Err(error) if error.trouble == Trouble::Refused => {
                output.error(&error.to_string());
                exit = Exit::Failed;
            }
            Err(error) => return Err(failed(error)),
        }
    }
    let mut page = Query { limit: PAGE, ..which.query(PAGE) };
    while ids.is_empty() {
        let found = outbox.list(page.clone()).await.map_err(failed)?;
        let Some(last) = found.last() else { break };
        page.before = Some(last.id);
        // What is asked together goes in few transactions: one for each would wait for the disk each time.
        let asked: Vec<_> = found.iter().map(|stored| work(stored.id)).collect();
        for outcome in asked {
            match outcome.await {
                Ok(()) => count += 1,
                Err(error) if error.trouble == Trouble::Refused => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
    output.line(Line::new(done).number("deliveries", count));
    output.say(&format!("{count} {done}"));
    Ok(exit)
}
