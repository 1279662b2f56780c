//! How requests are carried: past which guard, through which proxy, trusting whom.

use std::path::PathBuf;

use chatislav_dispatcher::{CertificateDer, Dispatcher, Proxy, read_certificates};
use chatislav_webhooks::target::Guard;
use clap::Args;

use crate::exit::Failure;
use crate::guard::GuardArguments;

#[derive(Args)]
pub(crate) struct CarrierArguments {
    #[command(flatten)]
    guard: GuardArguments,
    /// Trust the authorities of this PEM file too.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Connect through this proxy: http://HOST:PORT (by CONNECT) or socks5://HOST:PORT.
    ///
    /// Names are resolved and judged here, and the proxy is given the judged address. Its own host is
    /// not judged. With --allow-local, 127.0.0.1 is the proxy's machine. USER:PASSWORD@ may stand before the host,
    /// where other users of this machine can see it. HTTP_PROXY and its like are not read.
    #[arg(long, value_name = "URL", help_heading = "Proxy")]
    proxy: Option<String>,
}

impl CarrierArguments {
    /// The guard that the arguments ask for.
    pub(crate) fn guard(&self) -> Guard {
        self.guard.guard()
    }

    pub(crate) fn dispatcher(&self) -> Result<Dispatcher, Failure> {
        self.dispatcher_past(self.guard())
    }

    /// As [`Self::dispatcher`], past another guard.
    pub(crate) fn dispatcher_past(&self, guard: Guard) -> Result<Dispatcher, Failure> {
        let dispatcher = Dispatcher::new(guard).with_extra_roots(self.certificates()?);
        let Some(url) = &self.proxy else { return Ok(dispatcher) };
        // Not by clap, which would show what it refuses, and that may hold a password.
        let proxy = Proxy::parse(url).map_err(|error| Failure::usage(format!("--proxy: {error}")))?;
        Ok(dispatcher.with_proxy(proxy))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let Some(path) = &self.ca else { return Ok(Vec::new()) };
        let pem = std::fs::read(path)
            .map_err(|error| Failure::usage(format!("cannot read the --ca file {}: {error}", path.display())))?;
        read_certificates(&pem).map_err(|error| Failure::usage(format!("the --ca file {}: {error}", path.display())))
    }
}
