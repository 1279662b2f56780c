//! `chatislav clear`: the running receiver forgets what arrived.

use chatislav_webhooks::Line;
use clap::Args;
use serde::Deserialize;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::receiver::ReceiverArguments;
use crate::{Done, runtime};

/// Let the running receiver forget what arrived. Numbers go on.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav clear
  chatislav clear --receiver http://127.0.0.1:4181/#token=...")]
pub(crate) struct Arguments {
    #[command(flatten)]
    receiver: ReceiverArguments,
}

#[derive(Deserialize)]
struct Cleared {
    requests: u64,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    runtime::new()?.block_on(async {
        let receiver = arguments.receiver.running("clear").await?;
        let cleared = receiver.call("DELETE", "/api/v1/requests", None).await?;
        let Cleared { requests } = serde_json::from_slice(&cleared).map_err(Failure::failed)?;
        output.say(&format!("{requests} forgotten"));
        output.line(Line::new("cleared").number("requests", requests));
        Ok(Exit::Good)
    })
}
