//! HTTPS with a private authority, and without.

use std::sync::Arc;

use chatislav_dispatcher::{CertificateDer, read_certificates};
use chatislav_webhooks::{Outcome, Phase};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::{lead, local};
use crate::support::Server;

/// An authority in PEM, and a server with a certificate of it for `localhost`.
pub(super) async fn https(versions: &[&'static rustls::SupportedProtocolVersion]) -> (String, Server) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::new(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust us leaves here.
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            }
        }
    })
    .await;
    (authority.pem(), server)
}

pub(super) fn roots(pem: &str) -> Vec<CertificateDer<'static>> {
    read_certificates(pem.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_private_authority_is_trusted_if_it_is_given() {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let (authority, server) = https(&[version]).await;
        let url = format!("https://localhost:{}/", server.address.port());
        let dispatcher = local().with_extra_roots(roots(&authority));
        let attempt = dispatcher.attempt(&lead(&url)).await;
        assert_eq!(attempt.outcome, Outcome::Success(200), "{:?}", attempt.error);
        assert!(attempt.timings.connect.is_some() && attempt.timings.tls.is_some());

        let attempt = dispatcher.attempt(&lead(&url)).await;
        assert_eq!((attempt.outcome, attempt.reused, server.connections()), (Outcome::Success(200), true, 1));
        assert_eq!((attempt.timings.connect, attempt.timings.tls), (None, None));
    }
}

#[tokio::test]
async fn an_unknown_authority_is_a_request_error() {
    let (_, server) = https(rustls::ALL_VERSIONS).await;
    let (another, _) = https(rustls::ALL_VERSIONS).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let attempt = local().with_extra_roots(roots(&another)).attempt(&lead(&url)).await;
    assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Tls));
    assert!(attempt.error.unwrap().starts_with("invalid peer certificate"));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_a_request_error() {
    let (authority, server) = https(rustls::ALL_VERSIONS).await;
    for host in ["127.0.0.1", "other.localhost"] {
        let url = format!("https://{host}:{}/", server.address.port());
        let attempt = local().with_extra_roots(roots(&authority)).attempt(&lead(&url)).await;
        assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Tls), "{host}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_request_error() {
    let (authority, _) = https(rustls::ALL_VERSIONS).await;
    let server = Server::new(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let url = format!("https://localhost:{}/", server.address.port());
    let attempt = local().with_extra_roots(roots(&authority)).attempt(&lead(&url)).await;
    assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Tls));
}

#[test]
fn what_is_no_certificate_is_refused() {
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(read_certificates(pem.as_bytes()).is_err(), "{pem:?}");
    }
}
