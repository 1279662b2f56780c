//! `chatislav sign`: the signature of a file.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::output::Output;
use crate::secrets::SecretArguments;
use crate::{Done, input};

/// Sign exactly the bytes of a file and print 64 hexadecimal digits.
#[derive(Args)]
#[command(after_help = "Example:
  chatislav sign body.json --secret-env CHATISLAV_WEBHOOK_SECRET")]
pub(crate) struct Arguments {
    /// The body; standard input if it is - or absent.
    file: Option<PathBuf>,
    #[command(flatten)]
    secrets: SecretArguments,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let webhook = arguments.secrets.webhook(output)?;
    let body = input::read(arguments.file.as_deref())?;
    output.result(&webhook.sign(&body).to_string())?;
    Ok(Exit::Good)
}
