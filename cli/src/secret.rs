//! `chatislav secret generate`.

use clap::{Args, Subcommand};

use crate::Done;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Make a secret.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print 32 random bytes of the operating system as 64 hexadecimal digits.
    Generate,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let Command::Generate = arguments.command;
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes)
        .map_err(|error| Failure::failed(format!("the system gives no random numbers: {error}")))?;
    output.result(&zeroize::Zeroizing::new(hex::encode(*bytes)))?;
    Ok(Exit::Good)
}
