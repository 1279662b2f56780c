//! TLS for the receiver: a certificate of yours, or one that it makes.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// Accepts TLS connections, and HTTP/2 where the client asks for it (ALPN).
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Why there is no TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTls(String);

impl Tls {
    /// Takes a chain of certificates, the server's own first, and its private key, both in PEM.
    ///
    /// # Errors
    /// [`InvalidTls`] if either is not there, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, InvalidTls> {
        let invalid = |what: &str, error: &dyn fmt::Display| InvalidTls(format!("{what}: {error}"));
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid("the certificate is not PEM", &error))?;
        if chain.is_empty() {
            return Err(InvalidTls("there is no certificate in the file".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| invalid("the key is not PEM", &error))?;
        Tls::new(chain, key).map_err(|error| invalid("the certificate and the key cannot be used", &error))
    }

    /// Makes an authority and a certificate for these hosts, and gives back the authority's
    /// certificate in PEM, for clients to trust. Neither key is kept: the next start has others.
    ///
    /// # Errors
    /// [`InvalidTls`] if a host is no name and no address.
    pub fn self_signed(hosts: &[String]) -> Result<(Self, String), InvalidTls> {
        let invalid = |error: rcgen::Error| InvalidTls(format!("no certificate can be made: {error}"));
        let mut authority = CertificateParams::new([]).map_err(invalid)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name = name("chatislav listen, this run");
        let authority_key = KeyPair::generate().map_err(invalid)?;
        let authority = CertifiedIssuer::self_signed(authority, authority_key).map_err(invalid)?;
        let key = KeyPair::generate().map_err(invalid)?;
        let mut server = CertificateParams::new(hosts).map_err(invalid)?;
        server.distinguished_name = name("chatislav listen");
        server.use_authority_key_identifier_extension = true;
        let certificate = server.signed_by(&key, &authority).map_err(invalid)?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let tls = Tls::new(vec![certificate.der().clone()], key);
        Ok((tls.map_err(|error| InvalidTls(error.to_string()))?, authority.pem()))
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> Accept<TcpStream> {
        self.0.accept(stream)
    }
}

/// The hosts for which a certificate of our own making is good: this machine, and the address that is listened on.
pub fn own_hosts(address: IpAddr) -> Vec<String> {
    let mut hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let own = address.to_string();
    if !address.is_unspecified() && !hosts.contains(&own) {
        hosts.push(own);
    }
    hosts
}

pub(crate) fn speaks_http2(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl fmt::Display for InvalidTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidTls {}
