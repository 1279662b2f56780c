//! The runtime, randomness and signals of a command.

use tokio::runtime::{Builder, Runtime};

use crate::exit::Failure;

/// One thread: with so little work per request a second one costs more than it brings.
pub(crate) fn new() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))
}

/// A number drawn evenly from 64 bits, from the operating system.
pub(crate) fn entropy() -> Result<u64, Failure> {
    getrandom::u64().map_err(|error| Failure::failed(format!("the system gives no random numbers: {error}")))
}

/// Comes back at Ctrl-C or SIGTERM. After that a second one ends the process on the spot.
pub(crate) async fn interrupted() {
    signal().await;
    tokio::spawn(async {
        signal().await;
        std::process::exit(130);
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = ctrl_c() => {}
        () = terminated => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's default ends the process.
        std::future::pending::<()>().await;
    }
}
