//! TLS for `listen`: flags, files, and the authority that clients are to trust.

use std::net::IpAddr;
use std::path::PathBuf;

use chatislav_receiver::{Tls, own_hosts};
use clap::Args;

use crate::exit::Failure;
use crate::private;

#[derive(Args)]
#[command(next_help_heading = "TLS and HTTP/2")]
pub(super) struct TlsArguments {
    /// A chain of certificates in PEM, the server's own first.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Make a certificate for this run, and write the authority's where `send --ca` can read it.
    #[arg(long, conflicts_with = "tls_cert")]
    tls_self_signed: bool,
    /// Take HTTP/2 without TLS too, from clients that know beforehand.
    #[arg(long)]
    pub(super) h2c: bool,
}

/// TLS, and the file of the authority if we made it; removed when it is dropped.
pub(super) struct Made {
    pub(super) tls: Option<Tls>,
    pub(super) authority: Option<private::File>,
}

impl TlsArguments {
    pub(super) fn make(&self, host: IpAddr) -> Result<Made, Failure> {
        if self.tls_self_signed {
            let (tls, authority) = Tls::self_signed(&own_hosts(host)).map_err(Failure::usage)?;
            let name = format!("authority-{}.pem", std::process::id());
            let authority = private::File::create(&name, authority.as_bytes())?;
            return Ok(Made { tls: Some(tls), authority: Some(authority) });
        }
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(Made { tls: None, authority: None });
        };
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
        };
        let tls = Tls::from_pem(&read(certificate)?, &read(key)?).map_err(Failure::usage)?;
        Ok(Made { tls: Some(tls), authority: None })
    }
}
