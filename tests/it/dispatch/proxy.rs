//! Through a proxy of the operator's: it is told the judged address, and is the one at fault when it is.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_dispatcher::{BoxFuture, Dial, Dispatcher, Proxy, Resolve, ResolveError};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Outcome, Phase};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::tls::{https, roots};
use super::{lead, local};
use crate::support::{Server, request};

/// What a scripted proxy reads, and then says.
#[derive(Clone, Copy)]
enum Turn {
    /// Up to an empty line.
    Head(&'static [u8]),
    /// That many bytes.
    Bytes(usize, &'static [u8]),
}

use Turn::{Bytes, Head};

#[derive(Clone, Copy)]
enum End {
    /// Copies both ways between the client and this address, whatever was asked for.
    Tunnel(SocketAddr),
    Close,
    Hold,
}

type Heard = Arc<Mutex<Vec<u8>>>;

/// A proxy that plays these turns with each connection, and all that it read in them.
async fn proxy(turns: &'static [Turn], end: End) -> (Server, Heard) {
    let heard = Heard::default();
    let hears = Arc::clone(&heard);
    let server = Server::new(move |mut stream, _| {
        let hears = Arc::clone(&hears);
        async move {
            for turn in turns {
                let (bytes, reply) = match *turn {
                    Head(reply) => (request(&mut stream).await, reply),
                    Bytes(count, reply) => {
                        let mut bytes = vec![0; count];
                        stream.read_exact(&mut bytes).await.unwrap();
                        (bytes, reply)
                    }
                };
                hears.lock().unwrap().extend(bytes);
                stream.write_all(reply).await.unwrap();
            }
            match end {
                End::Tunnel(to) => {
                    let mut upstream = TcpStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream).await;
                }
                End::Close => {}
                End::Hold => std::future::pending().await,
            }
        }
    })
    .await;
    (server, heard)
}

/// What DNS says, to whatever name.
struct Says(&'static str);

impl Resolve for Says {
    fn resolve<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async { Ok(vec![self.0.parse().unwrap()]) })
    }
}

fn through(proxy: &Server, scheme: &str) -> Dispatcher {
    let proxy = Proxy::parse(&format!("{scheme}{}", proxy.address)).unwrap();
    Dispatcher::new(Guard::default()).with_proxy(proxy)
}

async fn receiver() -> Server {
    Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await
}

const NAME: &str = "http://hooks.example.com:8080/in";
const TUNNEL: &[Turn] = &[Head(b"HTTP/1.1 200 Connection established\r\n\r\n")];

/// Attempts through a proxy that opens a tunnel: what the proxy was told.
async fn told(turns: &'static [Turn], scheme: &str, url: &str, resolves_to: &'static str) -> Vec<u8> {
    let receiver = receiver().await;
    let (proxy, heard) = proxy(turns, End::Tunnel(receiver.address)).await;
    let attempt = through(&proxy, scheme).with_resolver(Says(resolves_to)).attempt(&lead(url)).await;
    assert_eq!(attempt.outcome, Outcome::Success(204), "{:?}", attempt.error);
    assert_eq!((proxy.connections(), receiver.connections()), (1, 1));
    heard.lock().unwrap().clone()
}

#[track_caller]
fn same(heard: &[u8], expected: &str) {
    assert_eq!(String::from_utf8_lossy(heard), expected);
}

#[tokio::test]
async fn an_http_proxy_is_told_the_address_and_never_the_name() {
    let heard = told(TUNNEL, "http://", NAME, "93.184.215.14").await;
    same(&heard, "CONNECT 93.184.215.14:8080 HTTP/1.1\r\nHost: 93.184.215.14:8080\r\n\r\n");
    let heard = told(TUNNEL, "http://", "http://hooks.example.com/", "2606:4700:4700::1111").await;
    same(&heard, "CONNECT [2606:4700:4700::1111]:80 HTTP/1.1\r\nHost: [2606:4700:4700::1111]:80\r\n\r\n");
    let heard = told(TUNNEL, "http://", "http://0x08.8.8.8/", "0.0.0.0").await;
    same(&heard, "CONNECT 8.8.8.8:80 HTTP/1.1\r\nHost: 8.8.8.8:80\r\n\r\n");
    let heard = told(TUNNEL, "http://us%65r:hunter2@", "http://8.8.8.8/", "0.0.0.0").await;
    let login = "Proxy-Authorization: Basic dXNlcjpodW50ZXIy";
    same(&heard, &format!("CONNECT 8.8.8.8:80 HTTP/1.1\r\nHost: 8.8.8.8:80\r\n{login}\r\n\r\n"));
}

#[tokio::test]
async fn a_socks_proxy_is_told_the_address_and_never_the_name() {
    const V4: &[Turn] = &[Bytes(3, b"\x05\x00"), Bytes(10, b"\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38")];
    let heard = told(V4, "socks5://", NAME, "93.184.215.14").await;
    assert_eq!(heard, b"\x05\x01\x00\x05\x01\x00\x01\x5d\xb8\xd7\x0e\x1f\x90");

    // The proxy says where it connects from, in each of three ways.
    const V6: &[Turn] =
        &[Bytes(3, b"\x05\x00"), Bytes(22, b"\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x04\x38")];
    let heard = told(V6, "socks5://", "http://hooks.example.com/", "2606:4700:4700::1111").await;
    let address = b"\x26\x06\x47\x00\x47\x00\0\0\0\0\0\0\0\0\x11\x11";
    assert_eq!(heard, [b"\x05\x01\x00\x05\x01\x00\x04", &address[..], b"\x00\x50"].concat());

    const LOGIN: &[Turn] =
        &[Bytes(4, b"\x05\x02"), Bytes(14, b"\x01\x00"), Bytes(10, b"\x05\x00\x00\x03\x05proxy\x04\x38")];
    let heard = told(LOGIN, "socks5://user:hunter2@", "http://8.8.8.8/", "0.0.0.0").await;
    assert_eq!(heard, b"\x05\x02\x00\x02\x01\x04user\x07hunter2\x05\x01\x00\x01\x08\x08\x08\x08\x00\x50");
}

#[tokio::test]
async fn a_target_that_is_blocked_is_never_asked_for() {
    let (proxy, _) = proxy(TUNNEL, End::Close).await;
    for scheme in ["http://", "socks5://"] {
        for (url, resolves_to) in [
            ("http://10.0.0.1/", "8.8.8.8"),
            ("http://localhost/", "8.8.8.8"),
            ("http://db.internal/", "8.8.8.8"),
            ("https://[::ffff:8.8.8.8]/", "8.8.8.8"),
            (NAME, "10.0.0.1"),
            (NAME, "fd00::1"),
            ("https://hooks.example.com/", "127.0.0.1"),
        ] {
            let attempt = through(&proxy, scheme).with_resolver(Says(resolves_to)).attempt(&lead(url)).await;
            assert!(matches!(attempt.outcome, Outcome::Blocked(_)), "{url} {resolves_to}");
        }
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn tls_goes_on_inside_the_tunnel() {
    let (authority, server) = https(&[&rustls::version::TLS13]).await;
    let (proxy, heard) = proxy(TUNNEL, End::Tunnel(server.address)).await;
    let port = server.address.port();
    let dispatcher = local()
        .with_extra_roots(roots(&authority))
        .with_proxy(Proxy::parse(&format!("http://{}", proxy.address)).unwrap());
    let attempt = dispatcher.attempt(&lead(&format!("https://localhost:{port}/"))).await;
    assert_eq!(attempt.outcome, Outcome::Success(200), "{:?}", attempt.error);
    same(&heard.lock().unwrap(), &format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
}

/// What comes of an attempt through a proxy that plays these turns and closes.
async fn fails(scheme: &str, turns: &'static [Turn], words: &str) {
    let (proxy, _) = proxy(turns, End::Close).await;
    let attempt = through(&proxy, scheme).with_resolver(Says("93.184.215.14")).attempt(&lead(NAME)).await;
    assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Connect), "{words}");
    let error = attempt.error.unwrap();
    assert!(error.starts_with("the proxy ") && error.contains(words), "{error:?} should say {words:?}");
    assert!(!error.contains("93.184") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn an_http_proxy_that_refuses_is_the_one_at_fault() {
    fails("http://", &[Head(b"HTTP/1.1 403 no 93.184.215.14\r\n\r\n")], "refused to connect: status 403").await;
    fails("http://", &[Head(b"HTTP/1.1 502\r\nContent-Length: 9\r\n\r\nno route\n")], "status 502").await;
    fails("http://", &[Head(b"HTTP/1.1 302 X\r\nLocation: http://x/\r\n\r\n")], "status 302").await;
    fails("http://", &[Head(b"HTTP/1.1 101 X\r\n\r\n")], "status 101").await;
    fails("http://", &[Head(b"HTTP/1.1 407 X\r\n\r\n")], "asks for a user name and password: status 407").await;
    fails("http://u:hunter2@", &[Head(b"HTTP/1.1 407 X\r\n\r\n")], "refused the user name and password").await;
    fails("http://", &[Head(b"HTTP/1.1 2000 OK\r\n\r\n")], "without a status").await;
    fails("http://", &[Head(b"SSH-2.0-OpenSSH\r\n")], "something other than HTTP/1").await;
    fails("http://", &[Head(b"HTTP/1.1 200 OK\r\nVia: x\r\n")], "closed the connection").await;
    fails("http://", &[Head(b"HTTP/1.1 103 X\r\n\r\n")], "closed the connection").await;
    fails("http://", &[Head(b"")], "closed the connection").await;
}

#[tokio::test]
async fn a_socks_proxy_that_refuses_is_the_one_at_fault() {
    const OPEN: Turn = Bytes(3, b"\x05\x00");
    let socks = "socks5://";
    fails(socks, &[OPEN, Bytes(10, b"\x05\x02")], "refused to connect: SOCKS reply 2, not allowed by its rules").await;
    fails(socks, &[OPEN, Bytes(10, b"\x05\x05\x00\x01\0\0\0\0\0\0")], "SOCKS reply 5, connection refused").await;
    fails(socks, &[OPEN, Bytes(10, b"\x05\x63\x00")], "SOCKS reply 99").await;
    fails(socks, &[OPEN, Bytes(10, b"\x05\x00\x00\x07")], "SOCKS type 7").await;
    fails(socks, &[OPEN, Bytes(10, b"\x05\x00\x00\x01\x0a")], "closed the connection").await;
    fails(socks, &[Bytes(3, b"\x04\x5a")], "something other than SOCKS 5").await;
    fails(socks, &[Bytes(3, b"HTTP/1.1 400 Bad Request\r\n\r\n")], "something other than SOCKS 5").await;
    fails(socks, &[Bytes(3, b"\x05\xff")], "SOCKS method 255").await;
    fails(socks, &[Bytes(3, b"\x05\x02")], "was not offered: SOCKS method 2").await;
    fails("socks5://u:hunter2@", &[Bytes(4, b"\x05\x02"), Bytes(11, b"\x01\x01")], "refused the user name").await;
    fails("socks5://u:hunter2@", &[Bytes(4, b"\x05\xff")], "takes no user name").await;
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_the_one_at_fault() {
    let (gone, _) = proxy(TUNNEL, End::Close).await;
    let dispatcher = through(&gone, "http://");
    drop(gone);
    let attempt = dispatcher.attempt(&lead("http://8.8.8.8/")).await;
    assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Connect));
    assert!(attempt.error.unwrap().starts_with("the proxy cannot be reached: "));
}

#[tokio::test]
async fn a_proxy_that_hangs_is_within_the_deadline() {
    const INTERIM: &[Turn] = &[Head(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 O")];
    for (scheme, turns) in
        [("http://", INTERIM), ("http://", &[]), ("socks5://", &[Bytes(3, b"\x05")]), ("socks5://", &[])]
    {
        let (proxy, _) = proxy(turns, End::Hold).await;
        let request = lead("http://8.8.8.8/").with_timeout(Duration::from_millis(150));
        let attempt = through(&proxy, scheme).attempt(&request).await;
        assert_eq!(attempt.outcome, Outcome::Timeout(Phase::Connect), "{scheme}");
        let error = attempt.error.unwrap();
        assert!(error.contains("in the phase connect, through the proxy"), "{error}");
    }
}

#[tokio::test]
async fn a_head_without_an_end_is_refused() {
    for line in ["X: y\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let endless = Server::new(move |mut stream, _| async move {
            request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 103 X\r\n").await;
            if line.ends_with("\r\n\r\n") {
                let _ = stream.write_all(b"\r\n").await;
            }
            while stream.write_all(line.as_bytes()).await.is_ok() {}
        })
        .await;
        let attempt = through(&endless, "http://").attempt(&lead("http://8.8.8.8/")).await;
        assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Connect));
        assert_eq!(attempt.error.unwrap(), "the proxy answered with a head that does not end");
    }
}

/// What comes behind the proxy's own answer is the tunnel's, to the byte, however the answer was cut.
#[tokio::test]
async fn no_byte_of_the_tunnel_is_lost() {
    const HTTP: &[Turn] = &[Head(b"HTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n\r\n\r\ntunnel")];
    const BARE: &[Turn] = &[Head(b"HTTP/1.0 299 OK\n\n\r\n\r\ntunnel")];
    const SOCKS: &[Turn] = &[Bytes(3, b"\x05\x00"), Bytes(10, b"\x05\x00\x00\x03\x00\x04\x38\r\n\r\ntunnel")];
    for (scheme, turns) in [("http://", HTTP), ("http://", BARE), ("socks5://", SOCKS)] {
        let (proxy, _) = proxy(turns, End::Close).await;
        let dial = Proxy::parse(&format!("{scheme}{}", proxy.address)).unwrap();
        let mut stream = dial.dial("8.8.8.8:80".parse().unwrap()).await.unwrap();
        let mut bytes = String::new();
        stream.read_to_string(&mut bytes).await.unwrap();
        assert_eq!(bytes, "\r\n\r\ntunnel", "{scheme}");
    }
    // A head that comes byte by byte.
    let slow = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        for byte in b"HTTP/1.1 200 OK\r\nA: b\r\n\r\ntunnel" {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    })
    .await;
    let dial = Proxy::parse(&slow.url("/")).unwrap();
    let mut bytes = String::new();
    dial.dial("8.8.8.8:80".parse().unwrap()).await.unwrap().read_to_string(&mut bytes).await.unwrap();
    assert_eq!(bytes, "tunnel");
}
