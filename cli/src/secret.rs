//! `chatislav secret`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chatislav_webhooks::settings::Secrets;
use chatislav_webhooks::{Secret, Timestamp, parse_duration};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use crate::Done;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::runtime;
use crate::settings::Change;

/// Make a secret, or roll the one of a webhook's settings.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print 32 random bytes of the operating system as 64 hexadecimal digits.
    Generate {
        /// Save it in these settings too, which have none yet.
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
    },
    /// Give settings a new secret and print it. The old one verifies for a while.
    Regenerate {
        /// The file of the settings.
        #[arg(long, value_name = "FILE")]
        settings: PathBuf,
        /// How long `listen --settings` takes the old one; 0 drops it at once.
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
        keep: Duration,
    },
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let random = runtime::random()?;
    let text = match &arguments.command {
        Command::Generate { settings: None } => Secret::generate(&random),
        Command::Generate { settings: Some(path) } => saved(path, output, |secrets| match secrets.current() {
            None => Ok(secrets.regenerate(&random, SystemTime::now(), Duration::ZERO)),
            Some(secret) => Err(Failure::usage(format!(
                "the settings have the secret {} already: `chatislav secret regenerate` rolls it",
                secret.fingerprint()
            ))),
        })?,
        Command::Regenerate { settings, keep } => {
            saved(settings, output, |secrets| Ok(secrets.regenerate(&random, SystemTime::now(), *keep)))?
        }
    };
    output.result(&text)?;
    Ok(Exit::Good)
}

/// Saves first and prints then: a secret that somebody has and that does not sign is worse than one
/// that has to be looked up in the file.
fn saved(
    path: &Path,
    output: Output,
    change: impl FnOnce(&mut Secrets) -> Result<Zeroizing<String>, Failure>,
) -> Result<Zeroizing<String>, Failure> {
    let (file, settings) = Change::begin(path, false)?;
    let mut settings = settings.unwrap_or_default();
    let text = change(&mut settings.secrets)?;
    file.save(&settings)?;
    if let Some(secret) = settings.secrets.current() {
        output.note(&format!("note: from now on {} signs with the secret {}", path.display(), secret.fingerprint()));
    }
    for (secret, until) in settings.secrets.previous() {
        let until = Timestamp::from(until);
        output.note(&format!("note: the secret {} is good until {until}", secret.fingerprint()));
    }
    Ok(text)
}
