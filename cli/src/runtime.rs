//! The runtime, randomness and signals of a command.

use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

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

/// 32 random bytes of the operating system, for what nobody may guess.
pub(crate) fn random() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut random = Zeroizing::new([0; 32]);
    match getrandom::fill(&mut *random) {
        Ok(()) => Ok(random),
        Err(error) => Err(Failure::failed(format!("the system gives no random numbers: {error}"))),
    }
}

/// Numbers for jitter, which the first one fixes: any run of them is spread evenly.
pub(crate) fn sequence(seed: u64) -> impl FnMut() -> u64 + Send {
    // Seeds that differ in little differ much here.
    let mut state = seed.wrapping_mul(0xD129_0D35_4B6A_F2B5);
    move || {
        // Weyl's sequence with the golden ratio.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state
    }
}

/// Waits for Ctrl-C or SIGTERM from now on, not only from the first poll: whoever reads `ready`
/// may send one at once. After the first a second one ends the process on the spot.
///
/// To be called within the runtime.
pub(crate) fn interruption() -> Result<impl Future<Output = ()>, Failure> {
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot wait for signals: {error}"));
    let mut signals = Signals::new().map_err(cannot)?;
    Ok(async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(130);
        });
    })
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
