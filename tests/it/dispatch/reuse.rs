//! Which connection serves another attempt, and which must not.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_dispatcher::{BoxFuture, Cut, Dial, Dispatcher, MAX_ANSWER, Pooling, Resolve, ResolveError, Stream};
use chatislav_webhooks::target::{Guard, Network};
use chatislav_webhooks::{Outcome, Phase};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use super::{lead, local};
use crate::support::{Server, request};

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A server that answers each request on a connection by these bytes, and counts the requests.
async fn patient(answer: impl Into<Vec<u8>>) -> (Server, Arc<AtomicUsize>) {
    let (answer, requests) = (Arc::new(answer.into()), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&requests);
    let server = Server::new(move |mut stream, _| {
        let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
        async move {
            while !request(&mut stream).await.is_empty() {
                count.fetch_add(1, Ordering::SeqCst);
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, requests)
}

/// Two attempts in a row that end as expected: how many connections they took.
async fn twice(server: &Server, expected: Outcome) -> usize {
    let dispatcher = local();
    let first = dispatcher.attempt(&lead(&server.url("/"))).await;
    let second = dispatcher.attempt(&lead(&server.url("/"))).await;
    assert_eq!((first.outcome, second.outcome), (expected, expected), "{:?} {:?}", first.error, second.error);
    assert_eq!((first.reused, second.reused), (false, server.connections() == 1));
    server.connections()
}

#[tokio::test]
async fn attempts_at_one_target_share_a_connection() {
    let (server, requests) = patient(EMPTY).await;
    let dispatcher = local();
    let mut reused = Vec::new();
    for path in ["/", "/", "/another", "/"] {
        let attempt = dispatcher.clone().attempt(&lead(&server.url(path))).await;
        assert_eq!(attempt.outcome, Outcome::Success(200));
        reused.push(attempt.reused);
    }
    assert_eq!(reused, [false, true, true, true]);
    assert_eq!((server.connections(), requests.load(Ordering::SeqCst)), (1, 4));
}

#[tokio::test]
async fn an_answer_with_a_plain_end_leaves_the_connection() {
    let full = format!("HTTP/1.1 200 OK\r\ncontent-length: {MAX_ANSWER}\r\n\r\n{}", "x".repeat(MAX_ANSWER));
    let hints = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(50);
    for (answer, outcome) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", Outcome::Success(204)),
        ("HTTP/1.1 404 X\r\ncontent-length: 3\r\n\r\nno!", Outcome::ClientError(404)),
        ("HTTP/1.1 503 X\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n", Outcome::ServerError(503)),
        ("HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n", Outcome::Success(200)),
        (&full, Outcome::Success(200)),
        (&format!("{hints}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), Outcome::Success(200)),
    ] {
        let (server, _) = patient(answer).await;
        assert_eq!(twice(&server, outcome).await, 1, "{}", &answer[..30.min(answer.len())]);
    }
}

#[tokio::test]
async fn a_connection_in_doubt_is_closed() {
    let much = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", MAX_ANSWER + 1, "x".repeat(MAX_ANSWER + 1));
    for answer in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: x, Close\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nleft over",
        // The answer to a request that nobody made would be taken for the next one's.
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 418 X\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 418 X\r\ncontent-length: 0\r\n\r\n",
        &much,
    ] {
        let (server, requests) = patient(answer).await;
        assert_eq!(twice(&server, Outcome::Success(200)).await, 2, "{}", &answer[..50.min(answer.len())]);
        assert_eq!(requests.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn what_comes_while_nobody_asks_is_nobodys_answer() {
    let (idle, spoken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, tells) = (Arc::clone(&idle), Arc::clone(&spoken));
    let server = Server::new(move |mut stream, _| {
        let (told, tells) = (Arc::clone(&told), Arc::clone(&tells));
        async move {
            request(&mut stream).await;
            stream.write_all(EMPTY).await.unwrap();
            told.notified().await;
            stream.write_all(b"HTTP/1.1 418 X\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            tells.notify_one();
            let _ = stream.read(&mut [0]).await;
        }
    })
    .await;
    let dispatcher = local();
    assert_eq!(dispatcher.attempt(&lead(&server.url("/"))).await.outcome, Outcome::Success(200));
    idle.notify_one();
    spoken.notified().await;
    let attempt = dispatcher.attempt(&lead(&server.url("/"))).await;
    assert_eq!((attempt.outcome, attempt.reused, server.connections()), (Outcome::Success(200), false, 2));
}

#[tokio::test]
async fn a_reset_after_the_status_changes_nothing() {
    let server = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").await.unwrap();
        stream.set_zero_linger().unwrap();
    })
    .await;
    let dispatcher = local();
    for _ in 0..2 {
        let attempt = dispatcher.attempt(&lead(&server.url("/"))).await;
        assert_eq!((attempt.outcome, attempt.reused), (Outcome::Success(200), false), "{:?}", attempt.error);
        assert_eq!(attempt.answer.unwrap().cut, Some(Cut::Broken));
    }
}

#[tokio::test]
async fn a_body_without_end_costs_64_kib_and_the_connection() {
    let closed = Arc::new(Notify::new());
    let notices = Arc::clone(&closed);
    let server = Server::new(move |mut stream, _| {
        let notices = Arc::clone(&notices);
        async move {
            request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
            notices.notify_one();
        }
    })
    .await;
    let dispatcher = local();
    let answer = dispatcher.attempt(&lead(&server.url("/"))).await.answer.unwrap();
    assert_eq!((answer.body.len(), answer.cut), (MAX_ANSWER, Some(Cut::Size)));
    closed.notified().await;
}

#[tokio::test]
async fn a_storm_of_hints_costs_the_deadline() {
    let server = Server::new(|mut stream, _| async move {
        request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n").await.is_ok() {}
    })
    .await;
    let request = lead(&server.url("/")).with_timeout(Duration::from_millis(150));
    assert_eq!(local().attempt(&request).await.outcome, Outcome::Timeout(Phase::Headers));
}

#[tokio::test]
async fn an_attempt_that_is_given_up_takes_its_connection_along() {
    let (read, first) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (reads, gone) = (Arc::clone(&read), Arc::clone(&first));
    let server = Server::new(move |mut stream, number| {
        let (reads, gone) = (Arc::clone(&reads), Arc::clone(&gone));
        async move {
            request(&mut stream).await;
            if number == 0 {
                reads.notify_one();
                assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
                gone.notify_one();
            }
            stream.write_all(EMPTY).await.unwrap();
        }
    })
    .await;
    let dispatcher = local();
    let lead = lead(&server.url("/"));
    tokio::select! {
        _ = dispatcher.attempt(&lead) => panic!("nobody answers"),
        () = read.notified() => {}
    }
    first.notified().await;
    let attempt = dispatcher.attempt(&lead).await;
    assert_eq!((attempt.outcome, attempt.reused, server.connections()), (Outcome::Success(200), false, 2));
}

/// A resolver that answers with the next of these, and a dial that leads all of them to one server.
#[derive(Clone)]
struct Moving {
    addresses: Arc<Mutex<Vec<&'static str>>>,
    to: SocketAddr,
}

impl Resolve for Moving {
    fn resolve<'a>(&'a self, _: &'a str, _: bool) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        let next = self.addresses.lock().unwrap().remove(0);
        Box::pin(async move { Ok(next.split(' ').map(|address| address.parse().unwrap()).collect()) })
    }
}

impl Dial for Moving {
    fn dial(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move { Ok(Box::new(tokio::net::TcpStream::connect(self.to).await?) as Box<dyn Stream>) })
    }
}

#[tokio::test]
async fn a_connection_is_used_only_to_an_address_judged_just_now() {
    let (server, _) = patient(EMPTY).await;
    let moving = Moving {
        addresses: Arc::new(Mutex::new(vec![
            "93.184.215.14",
            "93.184.215.15",
            "93.184.215.15 93.184.215.14",
            "93.184.215.14",
            "10.0.0.1",
            "93.184.215.14 10.0.0.1",
        ])),
        to: server.address,
    };
    let dispatcher = Dispatcher::new(Guard::default()).with_resolver(moving.clone()).with_dial(moving);
    let mut seen = Vec::new();
    for _ in 0..6 {
        let attempt = dispatcher.attempt(&lead("http://hooks.example.com/")).await;
        seen.push((attempt.outcome.status(), attempt.reused));
    }
    let (fresh, reused, blocked) = ((Some(200), false), (Some(200), true), (None, false));
    assert_eq!(seen, [fresh, fresh, reused, reused, blocked, blocked]);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn another_policy_does_not_inherit_connections() {
    let (server, _) = patient(EMPTY).await;
    let first = local();
    let dispatchers = [
        first.clone(),
        first.clone().with_extra_roots(Vec::new()),
        first.clone().with_pooling(Pooling::default()),
        first.clone().with_resolver(chatislav_dispatcher::SystemResolver::new()),
        first.clone().with_dial(chatislav_dispatcher::TcpDial),
        Dispatcher::new(Guard { allow_networks: vec![Network::parse("127.0.0.0/8").unwrap()], ..Guard::default() }),
    ];
    for dispatcher in &dispatchers {
        assert!(!dispatcher.attempt(&lead(&server.url("/"))).await.reused);
    }
    assert_eq!(server.connections(), dispatchers.len());
    assert!(first.attempt(&lead(&server.url("/"))).await.reused);
}

/// Attempts at once, and how many of them found a connection.
async fn at_once(dispatcher: &Dispatcher, urls: [String; 2]) -> usize {
    let [one, other] = urls.map(|url| lead(&url));
    let (one, other) = tokio::join!(dispatcher.attempt(&one), dispatcher.attempt(&other));
    assert_eq!((one.outcome, other.outcome), (Outcome::Success(200), Outcome::Success(200)));
    usize::from(one.reused) + usize::from(other.reused)
}

#[tokio::test]
async fn no_more_is_kept_than_was_said() {
    let (server, _) = patient(EMPTY).await;
    let (another, _) = patient(EMPTY).await;
    let (same, both) = ([server.url("/"), server.url("/")], [server.url("/"), another.url("/")]);
    let whole = Pooling::default();
    for (pooling, urls, found) in [
        (whole, &same, 2),
        (whole, &both, 2),
        (Pooling { per_origin: 1, ..whole }, &same, 1),
        (Pooling { per_origin: 1, ..whole }, &both, 2),
        (Pooling { total: 1, ..whole }, &both, 1),
        (Pooling { timeout: Duration::ZERO, ..whole }, &both, 0),
        (Pooling::NONE, &same, 0),
    ] {
        let dispatcher = local().with_pooling(pooling);
        assert_eq!(at_once(&dispatcher, urls.clone()).await, 0);
        assert_eq!(at_once(&dispatcher, urls.clone()).await, found, "{pooling:?}");
    }
}

#[tokio::test]
async fn what_has_been_idle_too_long_is_closed_though_nobody_comes() {
    let closed = Arc::new(Notify::new());
    let notices = Arc::clone(&closed);
    let server = Server::new(move |mut stream, _| {
        let notices = Arc::clone(&notices);
        async move {
            request(&mut stream).await;
            stream.write_all(EMPTY).await.unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
            notices.notify_one();
        }
    })
    .await;
    let dispatcher = local().with_pooling(Pooling { timeout: Duration::from_millis(1), ..Pooling::default() });
    assert_eq!(dispatcher.attempt(&lead(&server.url("/"))).await.outcome, Outcome::Success(200));
    tokio::time::timeout(Duration::from_secs(20), closed.notified()).await.expect("it is closed");
}
