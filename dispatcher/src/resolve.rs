//! Names to addresses, without search domains and without the hosts file unless it is allowed.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

use crate::BoxFuture;

/// How long an address is kept at most, whatever its TTL says.
const MAX_TTL: Duration = Duration::from_secs(60);

/// Where the addresses of a name come from.
pub trait Resolve: Send + Sync {
    /// Every address of the name, to be judged one by one. `hosts_file` says whether an entry in
    /// the hosts file counts.
    ///
    /// The caller's deadline bounds the lookup.
    fn resolve<'a>(&'a self, name: &'a str, hosts_file: bool) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>>;
}

/// The resolver of the system's configuration, read at the first lookup.
///
/// An answer is kept as long as its TTL says and no longer than a minute; that there is none is not
/// kept. What is kept is judged like any other answer.
#[derive(Default)]
pub struct SystemResolver {
    /// What is asked instead of the servers of the system's configuration.
    config: Option<ResolverConfig>,
    dns: OnceLock<TokioResolver>,
    dns_and_hosts: OnceLock<TokioResolver>,
}

impl SystemResolver {
    /// Asks the servers of the system's configuration.
    pub fn new() -> Self {
        SystemResolver::default()
    }

    /// Asks this server and no other.
    pub fn with_server(server: SocketAddr) -> Self {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        SystemResolver { config: Some(config), ..SystemResolver::default() }
    }

    fn resolver(&self, hosts_file: bool) -> Result<&TokioResolver, ResolveError> {
        let cell = if hosts_file { &self.dns_and_hosts } else { &self.dns };
        if let Some(resolver) = cell.get() {
            return Ok(resolver);
        }
        let resolver = self.build(hosts_file).map_err(|error| ResolveError(error.to_string()))?;
        Ok(cell.get_or_init(|| resolver))
    }

    fn build(&self, hosts_file: bool) -> Result<TokioResolver, hickory_resolver::net::NetError> {
        let mut builder = match &self.config {
            None => TokioResolver::builder_tokio()?,
            Some(config) => TokioResolver::builder_with_config(config.clone(), TokioRuntimeProvider::default()),
        };
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.positive_max_ttl = Some(MAX_TTL);
        // No retry may fail by what an earlier one was told.
        options.negative_max_ttl = Some(Duration::ZERO);
        options.use_hosts_file = if hosts_file { ResolveHosts::Always } else { ResolveHosts::Never };
        builder.build()
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str, hosts_file: bool) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async move {
            let resolver = self.resolver(hosts_file)?;
            // The final dot keeps search domains out: `kubernetes` must not become a service.
            let answer = resolver.lookup_ip(format!("{name}.")).await.map_err(|error| {
                if error.is_nx_domain() {
                    ResolveError("the name does not exist".to_owned())
                } else if error.is_no_records_found() {
                    ResolveError("the name has no address".to_owned())
                } else {
                    ResolveError(error.to_string())
                }
            })?;
            Ok(answer.iter().collect())
        })
    }
}

/// Why a name has no addresses. It is a request error, so it is retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveError(pub String);

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ResolveError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_not_kept_longer_than_a_minute() {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = SystemResolver::with_server(socket.local_addr().unwrap());
        let serve = async {
            let mut query = [0; 512];
            let (_, peer) = socket.recv_from(&mut query).await.unwrap();
            let head = [&query[..2], b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"].concat();
            let question = &query[12..][..b"\x01x\x00\x00\x01\x00\x01".len()];
            // A pointer to the question's name, A, IN, a TTL of a day, four bytes.
            let record = b"\xc0\x0c\x00\x01\x00\x01\x00\x01\x51\x80\x00\x04\x5d\xb8\xd7\x0e";
            socket.send_to(&[&head, question, record].concat(), peer).await.unwrap();
        };
        let start = std::time::Instant::now();
        let (lookup, ()) = tokio::join!(resolver.resolver(false).unwrap().ipv4_lookup("x."), serve);
        let until = lookup.unwrap().valid_until();
        assert!(until >= start + MAX_TTL && until <= std::time::Instant::now() + MAX_TTL);
    }

    #[tokio::test]
    async fn search_domains_are_kept_out() {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut resolver = SystemResolver::with_server(socket.local_addr().unwrap());
        let search = vec!["svc.cluster.local.".parse().unwrap()];
        let servers = resolver.config.unwrap().name_servers().to_vec();
        resolver.config = Some(ResolverConfig::from_parts(None, search, servers));

        let mut query = [0; 512];
        let size = tokio::select! {
            _ = resolver.resolve("kubernetes", false) => unreachable!("nobody answers"),
            received = socket.recv(&mut query) => received.unwrap(),
        };
        // Behind the 12 bytes of the header stands the name as counted labels, and here it ends.
        assert_eq!(query[12..size][..12].to_ascii_lowercase(), b"\x0akubernetes\0");
    }
}
