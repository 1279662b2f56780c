//! `chatislav requests diff`: two requests, compared.

use chatislav_receiver::diff::diff;
use clap::Args;

use crate::Done;
use crate::exit::Exit;
use crate::output::Output;
use crate::receiver::ReceiverArguments;

/// Compare two requests, by bytes and by JSON. Exit 1 if they differ.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav requests diff 3f2a-16 3f2a-17")]
pub(crate) struct Arguments {
    /// One id.
    before: String,
    /// The other.
    after: String,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

pub(super) async fn run(arguments: &Arguments, output: Output) -> Done {
    let place = arguments.receiver.place().await?;
    let before = place.capture(&arguments.before).await?;
    let difference = diff(&before, &place.capture(&arguments.after).await?);
    output.json(&difference.to_json());
    output.say(&difference.to_string());
    Ok(if difference.is_none() { Exit::Good } else { Exit::Failed })
}
