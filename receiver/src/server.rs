//! Listening, serving, stopping.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chatislav_webhooks::plan::Action;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};

use crate::config::Config;
use crate::handle;
use crate::log::Sink;
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
    /// [`StartError`] if the plan has an action that is not played yet, or the port is taken.
    pub async fn bind(address: SocketAddr, config: Config, sink: Arc<dyn Sink>) -> Result<Self, StartError> {
        for action in config.plan.actions() {
            if !matches!(action, Action::Status(_) | Action::Never) {
                return Err(StartError::NotPlayed(NotPlayed(action.name())));
            }
        }
        let listener = TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))?;
        let shared = Arc::new(Shared::new(config, sink));
        Ok(Receiver { listener, shared })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` comes back or the number of requests is reached; then finishes what is
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
        self.shared.stop();
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
