//! A receiver in this process, and what it logged.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chatislav_receiver::{Capture, Config, Handle, Journal, Mode, Receiver, Sink};
use chatislav_webhooks::Webhook;
use chatislav_webhooks::plan::{Per, Plan, Rules};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::SECRET;

/// A record, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: Option<u16>,
    pub(crate) verdict: String,
    pub(crate) event: String,
    pub(crate) attempt: u64,
    pub(crate) step: Option<(u64, u64)>,
}

#[derive(Default)]
pub(crate) struct Memory {
    records: Mutex<Vec<Answered>>,
    notices: Mutex<Vec<String>>,
}

impl Sink for Memory {
    fn record(&self, capture: &Capture) {
        self.records.lock().unwrap().push(Answered {
            status: capture.status(),
            verdict: capture.verdict.to_string(),
            event: capture.event.to_string(),
            attempt: capture.attempt,
            step: capture.step,
        });
    }

    fn notice(&self, notice: &str) {
        self.notices.lock().unwrap().push(notice.to_owned());
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) journal: Arc<Journal>,
    pub(crate) handle: Handle,
    log: Arc<Memory>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// A configuration that verifies with [`SECRET`] and answers by this plan.
pub(crate) fn verified(plan: &str) -> Config {
    let rules = Rules::of(Plan::parse(plan).unwrap(), Per::Delivery);
    Config { rules, ..Config::new(Mode::Verified(Webhook::new(SECRET).unwrap())) }
}

pub(crate) async fn start(config: Config) -> Running {
    start_with(config, Arc::new(Journal::default())).await
}

pub(crate) async fn start_with(config: Config, journal: Arc<Journal>) -> Running {
    let log = Arc::new(Memory::default());
    let address = "127.0.0.1:0".parse().unwrap();
    let receiver = Receiver::bind(address, config, Arc::clone(&journal), log.clone()).await.unwrap();
    let address = receiver.local_addr().unwrap();
    let handle = receiver.handle();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(receiver.run(async {
        let _ = stopped.await;
    }));
    Running { address, journal, handle, log, stop: Some(stop), task }
}

impl Running {
    pub(crate) fn records(&self) -> Vec<Answered> {
        self.log.records.lock().unwrap().clone()
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        self.log.notices.lock().unwrap().clone()
    }

    /// Tells it to stop, without waiting.
    pub(crate) fn begin_stop(&mut self) {
        self.stop.take();
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(mut self) -> Vec<Answered> {
        self.begin_stop();
        self.task.await.unwrap();
        self.log.records.lock().unwrap().clone()
    }

    /// Waits until it has stopped by itself.
    pub(crate) async fn ended(self) {
        tokio::time::timeout(std::time::Duration::from_secs(20), self.task).await.unwrap().unwrap();
    }
}
