//! Where secrets come from, and what is said about them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chatislav_webhooks::{Secret, Settings, Webhook};
use clap::Args;
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::output::Output;

const VARIABLE: &str = "CHATISLAV_WEBHOOK_SECRET";
const OLD_VARIABLE: &str = "CHATISLAV_WEBHOOK_SECRET_OLD";

#[derive(Args)]
#[command(next_help_heading = "Secrets")]
pub(crate) struct SecretArguments {
    /// A secret, newest first. Other users of this machine can see it in the list of processes;
    /// --secret-env and --secret-file keep it to yourself.
    #[arg(long, value_name = "TEXT")]
    secret: Vec<String>,
    /// The name of an environment variable that holds a secret. Comes after each --secret.
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
    /// A file that holds a secret; one final line end is dropped. Comes after each --secret-env.
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
}

/// A secret and where it was found.
pub(crate) struct Source {
    pub(crate) secret: Secret,
    pub(crate) origin: String,
}

impl SecretArguments {
    pub(crate) fn is_explicit(&self) -> bool {
        !(self.secret.is_empty() && self.secret_env.is_empty() && self.secret_file.is_empty())
    }

    /// The secrets, newest first; none if none was given and the environment has none.
    pub(crate) fn read(&self, output: Output) -> Result<Vec<Source>, Failure> {
        let mut sources = Vec::new();
        if self.is_explicit() {
            for text in &self.secret {
                sources.push(from_text(text, "--secret")?);
            }
            for name in &self.secret_env {
                sources.push(from_variable(name)?);
            }
            for path in &self.secret_file {
                sources.push(from_file(path)?);
            }
        } else {
            for name in [VARIABLE, OLD_VARIABLE] {
                if let Some(value) = variable(name)? {
                    sources.push(source(value.as_bytes(), &format!("the variable {name}"))?);
                }
            }
        }
        for source in &sources {
            if let Some(suspicion) = source.secret.suspicion() {
                output.note(&format!("note: the secret from {}: {suspicion}; it is used as it is", source.origin));
            }
        }
        Ok(sources)
    }

    /// The secrets unless the user said `--unsigned`, which overrides the environment.
    pub(crate) fn read_unless(&self, unsigned: bool, output: Output) -> Result<Vec<Source>, Failure> {
        match (unsigned, self.is_explicit()) {
            (true, true) => Err(Failure::usage("--unsigned and a secret exclude each other")),
            (true, false) => Ok(Vec::new()),
            (false, _) => self.read(output),
        }
    }

    /// A webhook with at least one secret.
    pub(crate) fn webhook(&self, output: Output) -> Result<Webhook, Failure> {
        webhook(&self.read(output)?)
    }
}

/// The secrets of a file of settings that are good now, newest first.
pub(crate) fn of_settings(settings: &Settings, path: &Path, now: SystemTime) -> Vec<Source> {
    let origin = format!("the settings {}", path.display());
    let secrets = settings.secrets.valid(now).into_iter().cloned();
    secrets.map(|secret| Source { secret, origin: origin.clone() }).collect()
}

pub(crate) fn webhook<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Result<Webhook, Failure> {
    let secrets: Vec<Secret> = sources.into_iter().map(|source| source.secret.clone()).collect();
    Webhook::new(secrets).map_err(|error| Failure::usage(format!("{error}: {}", error.hint())))
}

/// A secret that an argument holds.
pub(crate) fn from_text(text: &str, origin: &str) -> Result<Source, Failure> {
    source(text.as_bytes(), origin)
}

/// The secret of a variable that must be there.
pub(crate) fn from_variable(name: &str) -> Result<Source, Failure> {
    let value = variable(name)?.ok_or_else(|| Failure::usage(format!("the variable {name} is not set")))?;
    source(value.as_bytes(), &format!("the variable {name}"))
}

/// The secret of a file, without one final line end.
pub(crate) fn from_file(path: &Path) -> Result<Source, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read the secret file {}: {error}", path.display())))?;
    let bytes = Zeroizing::new(bytes);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    source(bytes, &format!("the file {}", path.display()))
}

fn source(bytes: &[u8], origin: &str) -> Result<Source, Failure> {
    match Secret::new(bytes) {
        Ok(secret) => Ok(Source { secret, origin: origin.to_owned() }),
        Err(error) => Err(Failure::usage(format!("{error} ({origin}); {}", error.hint()))),
    }
}

fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("the variable {name} is not UTF-8; use --secret-file for bytes")))
        }
    }
}
