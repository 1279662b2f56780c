//! A proxy that the operator chose: it is given an address that was judged, and never a name.

mod connect;
mod login;
mod socks;

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use url::{Host, Url};

use self::login::Login;
use crate::BoxFuture;
use crate::attempt::Dispatcher;
use crate::dial::{Dial, Stream};

/// An HTTP proxy that knows `CONNECT`, or a SOCKS5 proxy.
///
/// Its own host is the operator's choice: it is not judged, and the system resolves it. What goes
/// through it is judged as ever. TLS to the target goes on inside the tunnel. `Debug` and errors show neither user
/// name nor password.
#[derive(Clone)]
pub struct Proxy {
    kind: Kind,
    host: String,
    port: u16,
    login: Option<Login>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Socks5,
}

impl Proxy {
    /// Reads `http://HOST:PORT` or `socks5://HOST:PORT`, with `USER:PASSWORD@` before the host where
    /// the proxy asks for it. Without a port it is 80, or 1080 for SOCKS5.
    ///
    /// # Errors
    /// [`InvalidProxy`] for anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidProxy> {
        let url = Url::parse(text).map_err(|_| InvalidProxy::Url)?;
        let kind = match url.scheme() {
            "http" => Kind::Http,
            "socks5" => Kind::Socks5,
            "socks5h" => return Err(InvalidProxy::Name),
            "https" => return Err(InvalidProxy::Tls),
            _ => return Err(InvalidProxy::Url),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(InvalidProxy::Url),
        };
        let port = url.port().unwrap_or(if kind == Kind::Http { 80 } else { 1080 });
        if port == 0 {
            return Err(InvalidProxy::Url);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidProxy::Path);
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(Login::read(user, password.unwrap_or_default()).ok_or(InvalidProxy::Login)?),
        };
        Ok(Proxy { kind, host, port, login })
    }
}

impl Dial for Proxy {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let mut stream = TcpStream::connect((self.host.as_str(), self.port))
                .await
                .map_err(|error| fault(format_args!("cannot be reached: {error}")))?;
            stream.set_nodelay(true)?;
            match self.kind {
                Kind::Http => connect::open(&mut stream, address, self.login.as_ref()).await?,
                Kind::Socks5 => socks::open(&mut stream, address, self.login.as_ref()).await?,
            }
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn is_proxy(&self) -> bool {
        true
    }
}

impl Dispatcher {
    /// Opens every connection through this proxy, in place of plain TCP.
    #[must_use]
    pub fn with_proxy(self, proxy: Proxy) -> Self {
        self.with_dial(proxy)
    }
}

/// What the proxy did, in words that name it as the party at fault. They never hold what it said, since
/// that may hold the target's address.
fn fault(words: impl fmt::Display) -> io::Error {
    io::Error::other(format!("the proxy {words}"))
}

/// Reading from the proxy, or writing to it, failed.
fn broken(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => fault("closed the connection before it had answered"),
        _ => fault(format_args!("broke the connection: {error}")),
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.kind == Kind::Http { "http" } else { "socks5" };
        write!(f, "Proxy({scheme}, {:?}, {})", self.host, self.port)
    }
}

/// Why a text names no proxy. It never holds the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidProxy {
    /// It is no URL of a proxy.
    Url,
    /// It asks for TLS to the proxy itself.
    Tls,
    /// It asks the proxy to resolve names.
    Name,
    /// There is something behind host and port.
    Path,
    /// The user name or password is not one that the protocols can carry.
    Login,
}

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidProxy::Url => "expected http://HOST:PORT or socks5://HOST:PORT",
            InvalidProxy::Tls => "TLS to the proxy itself is not supported: http://HOST:PORT or socks5://HOST:PORT",
            InvalidProxy::Name => {
                "the proxy would resolve the name, and the guard would not see the address: say socks5"
            }
            InvalidProxy::Path => "a proxy is a host and a port, with nothing behind them",
            InvalidProxy::Login => {
                "a user name has 1 to 255 bytes and no colon, a password at most 255, and neither a control character"
            }
        })
    }
}

impl std::error::Error for InvalidProxy {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = match Proxy::parse(text) {
            Ok(proxy) => format!("{proxy:?}"),
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn a_proxy_is_a_scheme_a_host_and_a_port() {
        check("http://proxy:3128", r#"Proxy(http, "proxy", 3128)"#);
        check("HTTP://Proxy.Example:3128/", r#"Proxy(http, "proxy.example", 3128)"#);
        check("http://proxy", r#"Proxy(http, "proxy", 80)"#);
        check("http://proxy:80", r#"Proxy(http, "proxy", 80)"#);
        check("socks5://10.0.0.1", r#"Proxy(socks5, "10.0.0.1", 1080)"#);
        check("socks5://[::1]:80", r#"Proxy(socks5, "::1", 80)"#);
        check("http://[::1]:3128", r#"Proxy(http, "::1", 3128)"#);
        check("http://user:hunter2@proxy:3128", r#"Proxy(http, "proxy", 3128)"#);
        check("socks5://user@proxy", r#"Proxy(socks5, "proxy", 1080)"#);
        for text in ["", "proxy:3128", "proxy", "ftp://proxy", "socks4://proxy", "http://", "socks5://", "socks5:proxy"]
        {
            check(text, "Url");
        }
        check("http://proxy:0", "Url");
        check("http://proxy:65536", "Url");
        check("socks5h://proxy:1080", "Name");
        check("https://proxy:3128", "Tls");
        check("http://proxy/path", "Path");
        check("http://proxy?query", "Path");
        check("socks5://proxy#fragment", "Path");
        check("http://:hunter2@proxy", "Login");
        check("http://a%3ab:hunter2@proxy", "Login");
        check("http://a%0d%0ab:hunter2@proxy", "Login");
        check("http://a:b%00@proxy", "Login");
        check(&format!("socks5://{}@proxy", "a".repeat(256)), "Login");
        check(&format!("socks5://a:{}@proxy", "b".repeat(256)), "Login");
    }
}
