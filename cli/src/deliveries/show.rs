//! `chatislav deliveries show`: one delivery, with its attempts.

use chatislav_dispatcher::outbox::{DeliveryId, Ledger, Query, Record, SqliteOutbox};
use chatislav_webhooks::{Line, Printable};
use clap::Args;

use crate::Done;
use crate::exit::{Exit, Failure};
use crate::outbox::{failed, id, instant};
use crate::output::Output;

/// Show one delivery and each of its attempts.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav deliveries show 17 --store sqlite:outbox.db
  chatislav deliveries show 17 --body --store sqlite:outbox.db > body.json     the very bytes")]
pub(super) struct Arguments {
    /// Its id.
    #[arg(value_parser = id)]
    id: DeliveryId,
    /// Write the very bytes of the body to stdout, and nothing else.
    #[arg(long)]
    body: bool,
}

pub(super) async fn run(arguments: &Arguments, outbox: &SqliteOutbox, output: Output) -> Done {
    let absent = || Failure::failed(format!("there is no delivery {}", arguments.id));
    if arguments.body {
        let body = outbox.body(arguments.id).await.map_err(failed)?.ok_or_else(absent)?;
        output.bytes(&body)?;
        return Ok(Exit::Good);
    }
    let query = Query { before: Some(DeliveryId(arguments.id.0.saturating_add(1))), limit: 1, ..Query::default() };
    let found = outbox.list(query).await.map_err(failed)?;
    let stored = found.first().filter(|stored| stored.id == arguments.id).ok_or_else(absent)?;
    super::tell(stored, output);
    let key = stored.key.to_string();
    for record in outbox.attempts(arguments.id).await.map_err(failed)? {
        tell(&record, &key, output);
    }
    Ok(Exit::Good)
}

fn tell(record: &Record, key: &str, output: Output) {
    let Record { attempt, send, started, duration, status, phase, error, phases, profile, decision } = record;
    let ms = duration.map(|duration| format!("{:.3}", duration.as_secs_f64() * 1e3));
    output.line(
        Line::new("attempt")
            .text("delivery", key)
            .number("attempt", attempt)
            .number("send", send)
            .text("started", &instant(*started))
            .number_or_null("status", *status)
            .text_or_null("error", error.as_deref())
            .text_or_null("phase", phase.map(|phase| phase.name()))
            .number_or_null("ms", ms.as_deref())
            .number("phases", phases)
            .text("decision", decision)
            .text("profile", profile),
    );
    let what = match (status, error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => Printable(error).to_string(),
        (None, None) => "no answer".to_owned(),
    };
    let took = ms.map_or(String::new(), |ms| format!("  {ms} ms"));
    output.say(&format!("        {}  attempt {attempt}  {what}  → {decision}{took}", instant(*started)));
}
