//! Listening, serving, stopping.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatislav_webhooks::DEFAULT_MAX_BODY;
use chatislav_webhooks::plan::{Action, CounterKey, Counters, Per, Plan};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::handle;
use crate::log::Sink;
use crate::verdict::Mode;

/// How many counters of either kind are kept.
const COUNTERS: usize = 10_000;

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// How requests are judged.
    pub mode: Mode,
    /// What good requests are answered.
    pub plan: Plan,
    /// What shares a counter of the plan.
    pub per: Per,
    /// Lets the plan answer refused requests too.
    pub ignore_verdict: bool,
    /// The largest body, in bytes; a larger one is answered 413 before the rest is read.
    pub max_body: usize,
    /// What decides what the plan leaves to chance.
    pub seed: u64,
    /// Stops after that many answers.
    pub exit_after: Option<u64>,
    /// How long senders may take.
    pub limits: Limits,
}

/// How long senders may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of a request, and between two requests of a connection.
    pub head: Duration,
    /// Between two pieces of a body.
    pub body_idle: Duration,
    /// For the whole of a body.
    pub body_total: Duration,
    /// For requests that are being answered when the receiver is told to stop.
    pub stop: Duration,
}

impl Config {
    /// Judges in this mode, answers 200, and has the defaults of the command line.
    pub fn new(mode: Mode) -> Self {
        Config {
            mode,
            plan: Plan::default(),
            per: Per::default(),
            ignore_verdict: false,
            max_body: DEFAULT_MAX_BODY,
            seed: 0,
            exit_after: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(30),
            body_idle: Duration::from_secs(15),
            body_total: Duration::from_secs(120),
            stop: Duration::from_secs(10),
        }
    }
}

/// A receiver that has its port and does not serve yet.
pub struct Receiver {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What the connections share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) sink: Arc<dyn Sink>,
    /// Which attempt of its delivery a request is.
    pub(crate) attempts: SharedCounters,
    /// Which step of the plan a request comes to.
    pub(crate) steps: SharedCounters,
    ids: AtomicU64,
    answers: AtomicU64,
    stop: watch::Sender<bool>,
}

pub(crate) struct SharedCounters(Mutex<Counters>);

impl SharedCounters {
    pub(crate) fn next(&self, key: CounterKey) -> u64 {
        // A counter is whole whatever thread panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next(key)
    }
}

impl Shared {
    pub(crate) fn next_id(&self) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{:04x}-{number}", self.config.seed & 0xFFFF)
    }

    pub(crate) fn count_answer(&self) {
        let answers = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        if self.config.exit_after.is_some_and(|limit| answers >= limit) {
            self.stop.send_replace(true);
        }
    }

    /// Comes back once the receiver is to stop.
    pub(crate) async fn stopping(&self) {
        // The sender lives in self, so the channel cannot close before.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}

impl Receiver {
    /// Takes the port; 0 takes any free one.
    ///
    /// # Errors
    /// [`StartError`] if the plan has an action that is not played yet, or the port is taken.
    pub async fn bind(address: SocketAddr, config: Config, sink: Arc<dyn Sink>) -> Result<Self, StartError> {
        for action in config.plan.actions() {
            if !matches!(action, Action::Status(_) | Action::Never) {
                return Err(StartError::NotPlayed(NotPlayed(action.name())));
            }
        }
        let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))?;
        let counters = || SharedCounters(Mutex::new(Counters::new(COUNTERS)));
        let shared = Arc::new(Shared {
            config,
            sink,
            attempts: counters(),
            steps: counters(),
            ids: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            stop: watch::Sender::new(false),
        });
        Ok(Receiver { listener, shared })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` comes back or the number of answers is reached; then finishes what is
    /// being answered.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.shared.stopping() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => serve(stream, Arc::clone(&self.shared), &graceful),
                    Err(error) => {
                        // Out of descriptors, say. Those in use come free; spinning helps nobody.
                        self.shared.sink.notice(&format!("cannot accept a connection: {error}"));
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        drop(self.listener);
        self.shared.stop.send_replace(true);
        // Who is still not done after this is closed with the process.
        let _ = tokio::time::timeout(self.shared.config.limits.stop, graceful.shutdown()).await;
    }
}

fn serve(stream: TcpStream, shared: Arc<Shared>, graceful: &GracefulShutdown) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let head = shared.config.limits.head;
    let sink = Arc::clone(&shared.sink);
    let connection = http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(head).serve_connection(
        TokioIo::new(stream),
        service_fn(move |request| handle::request(Arc::clone(&shared), request)),
    );
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await
            && error.is_parse()
        {
            sink.notice(&format!("a request that is not HTTP was refused: {error}"));
        }
    });
}

/// An action of the plan language that this version does not play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPlayed(&'static str);

impl fmt::Display for NotPlayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the plan's action `{}` is not played yet; this version plays statuses and never", self.0)
    }
}

/// Why a receiver does not start.
#[derive(Debug)]
pub enum StartError {
    /// The plan has an action that is not played yet.
    NotPlayed(NotPlayed),
    /// The port is taken, or the address is not this machine's.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NotPlayed(not_played) => write!(f, "{not_played}"),
            StartError::Listen(address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "port {} is in use; choose another with --port, or 0 for any free one", address.port())
            }
            StartError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
        }
    }
}

impl std::error::Error for StartError {}
