//! TLS with the platform's roots, and a private one where the user gives it.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use chatislav_webhooks::Target;
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio_rustls::TlsConnector;

use crate::dial::Stream;

/// Opens TLS connections. The roots are read at the first one, not at start.
pub(crate) struct Tls {
    extra_roots: Vec<CertificateDer<'static>>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Tls { extra_roots, config: OnceLock::new() }
    }

    pub(crate) async fn connect(&self, target: &Target, stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
        let name = match (target.name(), target.address()) {
            (Some(name), _) => ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
            (None, Some(address)) => ServerName::from(address),
            (None, None) => return Err(io::Error::other("the target has no host")),
        };
        let connector = TlsConnector::from(self.config().map_err(io::Error::other)?);
        Ok(Box::new(connector.connect(name, stream).await?))
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(default_provider());
        let verifier = Verifier::new_with_extra_roots(self.extra_roots.iter().cloned(), Arc::clone(&provider))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }
}

/// Reads the certificates of a PEM file, for a private authority.
///
/// # Errors
/// [`InvalidCertificates`] if there is none, or one that does not parse.
pub fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, InvalidCertificates> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| InvalidCertificates)?;
    let is_sound =
        |certificate: &CertificateDer<'static>| rustls::RootCertStore::empty().add(certificate.clone()).is_ok();
    if certificates.is_empty() || !certificates.iter().all(is_sound) {
        return Err(InvalidCertificates);
    }
    Ok(certificates)
}

/// A file holds no certificate of an authority in PEM form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCertificates;

impl fmt::Display for InvalidCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    }
}

impl std::error::Error for InvalidCertificates {}
