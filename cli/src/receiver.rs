//! The running receiver: found by the file that it wrote, or by a URL; or the file that it keeps
//! requests in.

use std::fs;
use std::path::{Path, PathBuf};

use chatislav_receiver::Journal;
use chatislav_webhooks::Printable;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::exit::Failure;
use crate::private;

#[derive(Args)]
#[command(next_help_heading = "Which receiver")]
pub(crate) struct ReceiverArguments {
    /// The receiver's console, if it is not the only one that runs here. The link that `listen`
    /// prints has the token in it.
    #[arg(long, value_name = "URL", conflicts_with = "store")]
    receiver: Option<String>,
    /// The token for --receiver.
    #[arg(long, env = "CHATISLAV_RECEIVER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
    /// Read the file of `listen --store`, whether a receiver runs or not.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

/// Where requests are read from.
pub(crate) enum Place {
    Running(Client),
    Store(Box<Journal>),
}

/// What a running receiver writes down about itself.
#[derive(Deserialize, Serialize)]
pub(crate) struct Running {
    v: u8,
    pid: u32,
    pub(crate) url: String,
    pub(crate) console: String,
    token: String,
    store: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Health {
    pid: u32,
}

impl ReceiverArguments {
    /// Whether a receiver was named; the token may come from the environment.
    pub(crate) fn is_given(&self) -> bool {
        self.receiver.is_some() || self.store.is_some()
    }

    pub(crate) async fn place(&self) -> Result<Place, Failure> {
        match &self.store {
            Some(path) => {
                let journal = Journal::open_read_only(path).map_err(Failure::usage)?;
                Ok(Place::Store(Box::new(journal)))
            }
            None => self.running("").await.map(Place::Running),
        }
    }

    /// A receiver that runs; `what` cannot be done without one.
    pub(crate) async fn running(&self, what: &str) -> Result<Client, Failure> {
        if self.store.is_some() {
            return Err(Failure::usage(format!("{what} needs a running receiver; --store only reads")));
        }
        if let Some(url) = &self.receiver {
            let client = Client::parse(url, self.token.as_deref())?;
            client.call("GET", "/health", None).await?;
            return Ok(client);
        }
        let mut running = all().await?;
        match (running.pop(), running.is_empty()) {
            (Some(only), true) => Client::parse(&only.console, Some(&only.token)),
            (None, _) => Err(Failure::usage(
                "no receiver is running here: start one with `chatislav listen`, or give --receiver URL or --store FILE",
            )),
            (Some(last), false) => {
                running.push(last);
                let list: Vec<_> = running
                    .iter()
                    .map(|one| {
                        let store = one.store.as_ref().map(|path| format!("  --store {}", path.display()));
                        format!(
                            "\n  --receiver {}  (receives on {}{})",
                            one.console,
                            one.url,
                            store.unwrap_or_default()
                        )
                    })
                    .collect();
                let list = list.concat();
                Err(Failure::usage(format!("several receivers are running; say which, by the link it printed:{list}")))
            }
        }
    }
}

impl Running {
    /// This process.
    pub(crate) fn here(url: &str, console: &str, token: &str, store: Option<&Path>) -> Self {
        Running {
            v: 1,
            pid: std::process::id(),
            url: url.to_owned(),
            console: console.to_owned(),
            token: token.to_owned(),
            store: store.map(Path::to_owned),
        }
    }

    /// Writes it down until the file is dropped.
    pub(crate) fn publish(&self) -> Result<private::File, Failure> {
        let text = serde_json::to_vec(self).map_err(Failure::failed)?;
        private::File::create(&format!("receiver-{}.json", self.pid), &text)
    }

    /// Whether this very process still answers; `None` if that cannot be told.
    async fn answers(&self) -> Option<bool> {
        let client = Client::parse(&self.console, None).ok()?;
        match client.call("GET", "/health", None).await {
            Ok(health) => Some(serde_json::from_slice::<Health>(&health).is_ok_and(|health| health.pid == self.pid)),
            Err(_) => client.is_absent().await.then_some(false),
        }
    }
}

/// The receivers that run. A file whose receiver is no more, killed say, is removed.
async fn all() -> Result<Vec<Running>, Failure> {
    let folder = private::folder()?;
    let entries = fs::read_dir(&folder)
        .map_err(|error| Failure::failed(format!("cannot read {}: {error}", Printable(&folder.to_string_lossy()))))?;
    let mut running: Vec<Running> = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !(name.starts_with("receiver-") && name.ends_with(".json")) {
            continue;
        }
        // One that is not whole is being written.
        let Some(one) = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Running>(&text).ok()) else {
            continue;
        };
        match one.answers().await {
            Some(true) => running.push(one),
            Some(false) => drop(fs::remove_file(&path)),
            None => {}
        }
    }
    running.sort_by(|a, b| a.console.cmp(&b.console));
    Ok(running)
}
