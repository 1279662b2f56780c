//! `chatislav enqueue`: events into an outbox, to be sent by `chatislav dispatch`.

mod import;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use chatislav_dispatcher::outbox::{Endpoint, NewDelivery, Outbox};
use chatislav_webhooks::sample::JsonStyle;
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{DeliveryKey, Line, Secret, Signature, Target};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::guard::advice;
use crate::outbox::{StoreArguments, failed};
use crate::output::Output;
use crate::request::{RequestArguments, Screen, event_name, note_secret};
use crate::{Done, runtime, tell};
use import::{Enqueued, import};

/// Put an event into an outbox, or each line of a file; `chatislav dispatch` sends it.
///
/// It is signed now, and the signature is kept: the secret is not. Once this ends with 0, it is on the disk.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav enqueue lead_collection --to https://example.com/hook --secret-file s --store sqlite:outbox.db
  chatislav enqueue --body captured.json --settings webhook.toml --store sqlite:outbox.db
  chatislav enqueue --ndjson events.ndjson --settings webhook.toml --store sqlite:outbox.db

A line of --ndjson is sent as it is, byte for byte, without its line end. Whatever stops it, the same command
goes on where it stood; lines that were added since are enqueued too.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    /// Enqueue each line of this file; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["body", "event", "set", "json_style", "seed"])]
    ndjson: Option<PathBuf>,
    /// What the import is called in the outbox, instead of its file and URL: the same name goes on with the
    /// same lines. Standard input goes on only by one.
    #[arg(long, value_name = "NAME", requires = "ndjson")]
    import: Option<String>,
    #[command(flatten)]
    store: StoreArguments,
}

/// Where everything goes, and what it is signed with.
struct Sender {
    endpoint: Arc<Endpoint>,
    secret: Option<Secret>,
}

impl Sender {
    fn delivery(&self, body: Bytes, event: String, at: SystemTime) -> NewDelivery {
        let signature = self.secret.as_ref().map(|secret| Signature::sign(secret, &body).to_string());
        NewDelivery { endpoint: Arc::clone(&self.endpoint), body, signature, event, at }
    }
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let screen = arguments.request.screen()?;
    let sender = Sender { endpoint: Arc::new(screen.endpoint(output)?), secret: screen.secret(output)? };
    note_secret(sender.secret.as_ref(), output);
    note_refused(&sender.endpoint.target, output);
    if let Some(path) = &arguments.ndjson {
        return many(path, arguments, &screen, &sender, output);
    }
    let style = arguments.request.json_style().unwrap_or(JsonStyle::Python);
    let body = arguments.request.file()?.map_or_else(|| arguments.request.sample(style, 0), Ok)?;
    let key = DeliveryKey::of(&body).to_string();
    if let Some(skip) = screen.skips(&body)? {
        tell::skipped(skip, &key, output);
        return Ok(Exit::Good);
    }
    // What --body holds is sent as it is, whatever it is.
    let event = event_name(&body).unwrap_or_default();
    let delivery = sender.delivery(Bytes::from(body), event, SystemTime::now());
    let outbox = arguments.store.join()?;
    let ids = runtime::new()?.block_on(outbox.enqueue(vec![delivery], None)).map_err(failed)?;
    let id = ids.first().copied();
    output.line(Line::new("enqueued").number_or_null("id", id).text("delivery", &key));
    output.say(&format!("enqueued as {}", id.map_or_else(String::new, |id| id.to_string())));
    Ok(Exit::Good)
}

/// What the guard refuses by its name or address is refused for good when it is dispatched.
fn note_refused(target: &Target, output: Output) {
    if let Err(rule) = Guard::default().admit(target) {
        output.note(&format!("note: {} to `chatislav dispatch`", advice(target, rule)));
    }
}

fn many(path: &Path, arguments: &Arguments, screen: &Screen<'_>, sender: &Sender, output: Output) -> Done {
    let name = match &arguments.import {
        Some(name) => Some(name.clone()),
        None if path == Path::new("-") => None,
        None => {
            let cannot = |error| Failure::usage(format!("cannot read {}: {error}", path.display()));
            let path = std::fs::canonicalize(path).map_err(cannot)?;
            Some(format!("{} to {}", path.display(), sender.endpoint.target))
        }
    };
    let outbox = arguments.store.join()?;
    let bar = output.shows_progress().then(tell::waiting_bar);
    let watch = |count| {
        if let Some(bar) = &bar {
            bar.set_message(format!("{count} enqueued"));
        }
    };
    let fires = |event: &str| screen.skips_event(event).is_none();
    let done = runtime::new()?.block_on(import(path, name.as_deref(), sender, &outbox, fires, watch));
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let Enqueued { count, first, last, skipped, before } = done?;
    output.line(
        Line::new("enqueued")
            .number("count", count)
            .number_or_null("first", first)
            .number_or_null("last", last)
            .number("skipped", skipped)
            .number("lines_before", before),
    );
    let skipped = if skipped > 0 { format!(", {skipped} skipped by the settings") } else { String::new() };
    let before = if before > 0 { format!("; {before} line(s) were there before") } else { String::new() };
    output.say(&format!("{count} enqueued{skipped}{before}"));
    Ok(Exit::Good)
}
