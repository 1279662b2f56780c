//! Listening, accepting, stopping.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chatislav_webhooks::plan::Rules;
use chatislav_webhooks::{Error, Secret};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use crate::config::{Config, Limits};
use crate::connection;
use crate::journal::Journal;
use crate::log::Sink;
use crate::plans::NowhereToForward;
use crate::shared::Shared;

/// A receiver that has its port and does not serve yet.
pub struct Receiver {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Takes the port; 0 takes any free one.
    ///
    /// # Errors
    /// [`StartError`] if a plan says `forward` and there is nowhere to forward to, or the port is taken.
    pub async fn bind(
        address: SocketAddr,
        config: Config,
        journal: Arc<Journal>,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, StartError> {
        if !config.forwards.can_play(&config.rules.actions()) {
            return Err(StartError::Plan(NowhereToForward));
        }
        let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))?;
        let shared = Arc::new(Shared::new(config, journal, sink));
        Ok(Receiver { listener, shared })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// A way to the receiver while it runs.
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// Serves until `stop` comes back or the number of requests is reached; then finishes what is
    /// being answered.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let places = Places::new(&self.shared.config.limits);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.shared.stopping() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => match places.take(peer.ip()) {
                        Some(place) => {
                            connection::serve(stream, peer, Arc::clone(&self.shared), graceful.watcher(), place);
                        }
                        None => turn_away(&stream, peer, &self.shared),
                    },
                    Err(error) => {
                        // Out of descriptors, say. Those in use come free; spinning helps nobody.
                        self.shared.sink.notice(&format!("cannot accept a connection: {error}"));
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        drop(self.listener);
        self.shared.stop();
        // Who is still not done after this is closed with the process.
        let _ = tokio::time::timeout(self.shared.config.limits.stop, graceful.shutdown()).await;
    }
}

/// What can be done with a receiver while it runs.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    /// Puts other plans in force, from the next request on; counters begin anew.
    ///
    /// # Errors
    /// [`NowhereToForward`] if a plan says `forward` and there is no URL to forward to.
    pub fn change_rules(&self, rules: Rules) -> Result<(), NowhereToForward> {
        self.shared.change_rules(rules)
    }

    /// Verifies with these secrets, newest first, from the next request on. Which of them signed a request
    /// counts in the list that was in force when it came. A receiver that takes unsigned requests stays so.
    ///
    /// # Errors
    /// `secret_missing` for an empty list; what was before stays in force.
    pub fn change_secrets(&self, secrets: Vec<Secret>) -> Result<(), Error> {
        self.shared.change_secrets(secrets)
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Says something in the log.
    pub fn notice(&self, notice: &str) {
        self.shared.sink.notice(notice);
    }

    /// Comes back once the receiver is to stop.
    pub async fn stopping(&self) {
        self.shared.stopping().await;
    }
}

/// Says that there is no place, if that can be said without waiting. Chatislav tries again after a 503.
fn turn_away(stream: &TcpStream, peer: SocketAddr, shared: &Shared) {
    let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    shared.notice_at_most_each_second(&format!("a connection from {} was turned away: too many are open", peer.ip()));
}

/// How many connections there are, and from where.
#[derive(Clone)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

struct Taken {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
    limit: usize,
    limit_per_peer: usize,
}

/// A connection's place; dropping it gives it back.
pub(crate) struct Place(Places, IpAddr);

impl Places {
    pub(crate) fn new(limits: &Limits) -> Self {
        let Limits { connections: limit, connections_per_peer: limit_per_peer, .. } = *limits;
        Places(Arc::new(Mutex::new(Taken { all: 0, by_peer: HashMap::new(), limit, limit_per_peer })))
    }

    pub(crate) fn take(&self, peer: IpAddr) -> Option<Place> {
        let mut taken = self.lock();
        let of_peer = taken.by_peer.get(&peer).copied().unwrap_or(0);
        if taken.all >= taken.limit || of_peer >= taken.limit_per_peer {
            return None;
        }
        taken.all += 1;
        taken.by_peer.insert(peer, of_peer + 1);
        Some(Place(self.clone(), peer))
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Two numbers are changed with nothing between them that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        taken.all -= 1;
        if let Some(of_peer) = taken.by_peer.get_mut(&self.1) {
            *of_peer -= 1;
            if *of_peer == 0 {
                taken.by_peer.remove(&self.1);
            }
        }
    }
}

/// Why a receiver does not start.
#[derive(Debug)]
pub enum StartError {
    /// A plan says `forward`, and there is nowhere to forward to.
    Plan(NowhereToForward),
    /// The port is taken, or the address is not this machine's.
    Listen(SocketAddr, io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Plan(error) => write!(f, "{error}"),
            StartError::Listen(address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "port {} is in use; choose another with --port, or 0 for any free one", address.port())
            }
            StartError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
        }
    }
}

impl std::error::Error for StartError {}
