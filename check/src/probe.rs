//! What counts effects: a command or a URL that gives a number.

use std::process::Stdio;
use std::time::Duration;

use chatislav_dispatcher::{BoxFuture, Dispatcher};
use chatislav_webhooks::Target;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::client::Client;
use crate::exchange::Seen;
use crate::message::{Message, Move};

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long between two looks.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long a count must stay the same to be taken for the last.
const CALM: Duration = Duration::from_millis(500);
/// How long it may take to become calm.
const UNREST: Duration = Duration::from_secs(10);
/// How long an effect may come after the answer.
const EFFECT: Duration = Duration::from_secs(3);

/// Counts what deliveries have done: rows in a table, leads in a list.
pub trait Probe: Send + Sync {
    /// The count now.
    ///
    /// The error is in words.
    fn count(&self) -> BoxFuture<'_, Result<u64, String>>;
}

/// A command of the shell that prints a number.
#[derive(Clone, Debug)]
pub struct ProbeCommand(pub String);

impl Probe for ProbeCommand {
    fn count(&self) -> BoxFuture<'_, Result<u64, String>> {
        Box::pin(async move {
            let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let output = Command::new(shell)
                .args([flag, &self.0])
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .kill_on_drop(true)
                .output();
            let output = timeout(PATIENCE, output).await.map_err(|_| format!("no number within {PATIENCE:?}"))?;
            let output = output.map_err(|error| format!("it cannot be run: {error}"))?;
            if !output.status.success() {
                return Err(format!("it failed: {}", output.status));
            }
            number(&output.stdout)
        })
    }
}

/// A URL whose answer to a GET is a number. The guard judges it like the endpoint.
pub struct ProbeUrl {
    client: Client,
    message: Message,
}

impl ProbeUrl {
    /// Asks this target by this dispatcher.
    pub fn new(dispatcher: Dispatcher, target: Target) -> Self {
        let head = format!(
            "GET {} HTTP/1.1\r\nhost: {}\r\nuser-agent: chatislav-check/{}\r\naccept: application/json, text/plain\r\nconnection: close\r\n\r\n",
            target.path_and_query(),
            target.host_header(),
            env!("CARGO_PKG_VERSION")
        );
        let message = Message {
            case: "probe",
            moves: vec![Move::Write(head.into())],
            is_head: false,
            body_at: None,
            body_len: 0,
            expected: Vec::new(),
            private: Vec::new(),
        };
        ProbeUrl { client: Client::new(dispatcher, target, PATIENCE, Vec::new()), message }
    }
}

impl Probe for ProbeUrl {
    fn count(&self) -> BoxFuture<'_, Result<u64, String>> {
        Box::pin(async move {
            match self.client.send(&self.message).await.seen {
                Seen::Answer(answer) if answer.status == 200 => number(&answer.body),
                seen => Err(format!("it {seen}")),
            }
        })
    }
}

fn number(bytes: &[u8]) -> Result<u64, String> {
    let text = str::from_utf8(bytes).unwrap_or_default().trim();
    text.parse().map_err(|_| "what it gives is not a whole number".to_owned())
}

/// The count, once it has stayed the same for a while.
pub(crate) async fn settled(probe: &dyn Probe) -> Result<u64, String> {
    let start = Instant::now();
    let mut count = probe.count().await?;
    let mut since = Instant::now();
    while since.elapsed() < CALM {
        if start.elapsed() > UNREST {
            return Err(format!("its number still changes after {UNREST:?}"));
        }
        sleep(INTERVAL).await;
        let now = probe.count().await?;
        if now != count {
            (count, since) = (now, Instant::now());
        }
    }
    Ok(count)
}

/// Waits until the count is over this one, or for as long as an effect may take.
pub(crate) async fn risen(probe: &dyn Probe, over: u64) -> Result<(), String> {
    let start = Instant::now();
    while probe.count().await? <= over && start.elapsed() < EFFECT {
        sleep(INTERVAL).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_alone() {
        assert_eq!(number(b" 17\n"), Ok(17));
        for text in [&b""[..], b"17 rows", b"-1", b"1.5", b"{\"count\": 1}", b"\xFF"] {
            assert!(number(text).is_err(), "{text:?}");
        }
    }
}
