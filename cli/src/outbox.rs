//! Where an outbox is, as the flags say it.

use std::path::PathBuf;
use std::time::SystemTime;

use chatislav_dispatcher::outbox::{DeliveryId, OutboxError, SqliteOutbox, Trouble};
use chatislav_webhooks::Timestamp;
use clap::Args;

use crate::exit::Failure;

#[derive(Args)]
pub(crate) struct StoreArguments {
    /// The outbox: a SQLite file of your own, made if it is not there.
    #[arg(long, value_name = "sqlite:FILE", value_parser = place, global = true)]
    store: Option<PathBuf>,
}

impl StoreArguments {
    /// Opens it as its one dispatcher.
    pub(crate) fn open(&self) -> Result<SqliteOutbox, Failure> {
        SqliteOutbox::open(self.path()?).map_err(Failure::usage)
    }

    /// Opens it beside its dispatcher.
    pub(crate) fn join(&self) -> Result<SqliteOutbox, Failure> {
        SqliteOutbox::join(self.path()?).map_err(Failure::usage)
    }

    /// The same, for who has no use for a new one.
    pub(crate) fn join_existing(&self) -> Result<SqliteOutbox, Failure> {
        let path = self.path()?;
        if !path.exists() {
            return Err(Failure::usage(format!("there is no {}; `chatislav enqueue` makes one", path.display())));
        }
        self.join()
    }

    pub(crate) fn path(&self) -> Result<&PathBuf, Failure> {
        self.store.as_ref().ok_or_else(|| Failure::usage("say which outbox: --store sqlite:FILE"))
    }
}

/// Reads `sqlite:FILE`.
pub(crate) fn place(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err("write it as sqlite:FILE".to_owned()),
    }
}

pub(crate) fn failed(error: OutboxError) -> Failure {
    match error.trouble {
        Trouble::Import => Failure::usage(error),
        Trouble::Full | Trouble::Fenced | Trouble::Refused | Trouble::Closed | Trouble::Other => Failure::failed(error),
    }
}

/// An instant as machine output has it.
pub(crate) fn instant(at: SystemTime) -> String {
    Timestamp::from(at).rfc3339()
}

/// Reads the id of a delivery.
pub(crate) fn id(text: &str) -> Result<DeliveryId, String> {
    text.parse().map_err(|error| format!("{error}"))
}
