//! Only a judged address is dialled, whatever DNS says next time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_dispatcher::{Attempt, BoxFuture, Dial, Dispatcher, Stream, SystemResolver};
use chatislav_webhooks::target::{Guard, Network, Pass};
use chatislav_webhooks::{Outcome, Phase, Schedule, Step, Target};
use hickory_proto::op::ResponseCode;

use super::lead;
use crate::rules::is_special;
use crate::support::{Answer, Dns, Server, addresses};

/// Writes down what is to be dialled, and connects to the test's server instead. An address that no
/// guard can have let through fails the test.
#[derive(Clone)]
struct Judged {
    dialled: Arc<Mutex<Vec<SocketAddr>>>,
    allowed: &'static [&'static str],
    to: SocketAddr,
}

impl Dial for Judged {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        let is_allowed = self.allowed.contains(&address.ip().to_string().as_str());
        assert!(is_allowed || !is_special(address.ip()), "{address} was dialled");
        self.dialled.lock().unwrap().push(address);
        Box::pin(async move { Ok(Box::new(tokio::net::TcpStream::connect(self.to).await?) as Box<dyn Stream>) })
    }
}

impl Judged {
    fn to(server: &Server) -> Self {
        Judged { dialled: Arc::default(), allowed: &[], to: server.address }
    }

    fn dialled(&self) -> Vec<String> {
        self.dialled.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

/// How a delivery with two retries went.
struct Delivered {
    end: Step,
    attempts: Vec<Attempt>,
    dialled: Vec<String>,
    asked: Vec<String>,
}

impl Delivered {
    fn outcomes(&self) -> Vec<Outcome> {
        self.attempts.iter().map(|attempt| attempt.outcome).collect()
    }
}

async fn deliver(url: &str, guard: Guard, allowed: &'static [&'static str], dns: &Dns, timeout: Duration) -> Delivered {
    let server = Server::answering("HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n").await;
    let dial = Judged { allowed, ..Judged::to(&server) };
    let dispatcher =
        Dispatcher::new(guard).with_resolver(SystemResolver::with_server(dns.address)).with_dial(dial.clone());
    let schedule = Schedule { delays: vec![Duration::from_millis(1); 2], ..Schedule::default() };
    let mut attempts = Vec::new();
    let request = lead(url).with_timeout(timeout);
    let end = dispatcher.deliver(&request, schedule, || 0, |report| attempts.push(report.attempt.clone())).await;
    Delivered { end, attempts, dialled: dial.dialled(), asked: dns.asked() }
}

const LONG: Duration = Duration::from_secs(20);
const HOOK: &str = "http://hooks.example.com/";

/// Delivers with Chatislav's guard past a server that says these lines.
async fn delivered(lines: Vec<Answer>) -> Delivered {
    deliver(HOOK, Guard::default(), &[], &Dns::says(lines).await, LONG).await
}

fn rule(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Blocked(rule) => rule.name(),
        other => panic!("not blocked: {other:?}"),
    }
}

/// Blocked at once by this rule, and nothing dialled.
#[track_caller]
fn is_blocked(delivered: &Delivered, by: &str) {
    assert_eq!((delivered.end, delivered.attempts.len()), (Step::Blocked, 1), "{:?}", delivered.attempts);
    assert_eq!(rule(&delivered.attempts[0].outcome), by);
    assert!(delivered.dialled.is_empty());
}

#[tokio::test]
async fn a_name_that_turns_private_is_blocked_at_the_retry() {
    let went = delivered(vec![addresses(&["93.184.215.14"]), addresses(&["10.11.12.13"])]).await;
    assert_eq!((went.end, went.dialled), (Step::Blocked, vec!["93.184.215.14:80".to_owned()]));
    assert_eq!(went.attempts[0].outcome, Outcome::ServerError(503));
    assert_eq!(went.attempts[0].blocked_address, None);
    // The operator may know the address; words that go further may not.
    let blocked = &went.attempts[1];
    assert_eq!(rule(&blocked.outcome), "private");
    assert_eq!(blocked.blocked_address, Some("10.11.12.13".parse().unwrap()));
    assert_eq!(blocked.error.as_deref(), Some("blocked: private (a private network, RFC 1918)"));
    assert!(!format!("{:?} {:?}", blocked.outcome, blocked.error).contains("10.11.12.13"));

    // And the other way round it is final: nobody asks again.
    let went = delivered(vec![addresses(&["fd00::1"]), addresses(&["2606:4700:4700::1111"])]).await;
    is_blocked(&went, "unique-local");
}

#[tokio::test]
async fn a_name_that_stays_public_is_asked_for_at_each_attempt() {
    let public = ["93.184.215.14", "93.184.215.15", "2606:4700:4700::1111"];
    let went = delivered(public.map(|address| addresses(&[address])).to_vec()).await;
    assert_eq!(went.end, Step::Exhausted);
    assert_eq!(went.dialled, ["93.184.215.14:80", "93.184.215.15:80", "[2606:4700:4700::1111]:80"]);
}

#[tokio::test]
async fn one_unsafe_address_refuses_the_whole_answer() {
    for (line, by) in [
        (&["93.184.215.14", "127.0.0.1"][..], "loopback"),
        (&["127.0.0.1", "93.184.215.14"], "loopback"),
        (&["93.184.215.14", "::1"], "loopback"),
        (&["2606:4700:4700::1111", "169.254.169.254"], "metadata"),
        (&["93.184.215.14", "::ffff:8.8.8.8"], "ipv4-embedded"),
        (&["93.184.215.14", "64:ff9b::a00:1"], "private"),
    ] {
        is_blocked(&delivered(vec![addresses(line)]).await, by);
    }
}

#[tokio::test]
async fn a_chain_of_names_is_judged_by_where_it_ends() {
    let private = vec!["10.0.0.1".parse().unwrap()];
    let chain = vec!["a.example.net.", "b.example.org.", "db.internal."];
    is_blocked(&delivered(vec![Answer::Chain(chain.clone(), private)]).await, "private");
    let public = vec!["93.184.215.14".parse().unwrap()];
    let went = delivered(vec![Answer::Chain(chain, public)]).await;
    assert_eq!((went.end, went.dialled.len()), (Step::Exhausted, 3));

    // The same, where the resolver has to ask for each name; the last one is no question at all.
    for (last, by) in [("c.example.org.", "private"), ("localhost.", "loopback")] {
        let dns = Dns::scripted("127.0.0.1:0", move |name, _| match name {
            "hooks.example.com" => Answer::Alias("b.example.net."),
            "b.example.net" => Answer::Alias(last),
            _ => addresses(&["192.168.0.1"]),
        })
        .await;
        is_blocked(&deliver(HOOK, Guard::default(), &[], &dns, LONG).await, by);
    }
}

#[tokio::test]
async fn names_that_lead_in_a_circle_have_no_address() {
    let dns = Dns::scripted("127.0.0.1:0", |name, _| match name {
        "hooks.example.com" => Answer::Alias("b.example.net."),
        _ => Answer::Alias("hooks.example.com."),
    })
    .await;
    let went = deliver(HOOK, Guard::default(), &[], &dns, LONG).await;
    assert_eq!((went.end, went.outcomes()), (Step::Exhausted, vec![Outcome::RequestError(Phase::Dns); 3]));
    // Each question is asked a bounded number of times.
    assert!(went.asked.len() <= 60, "{}", went.asked.len());
}

#[tokio::test]
async fn an_answer_that_needs_tcp_is_judged_to_its_end() {
    let many = |last: &str| {
        let mut all: Vec<IpAddr> = (0..1_000_u32).map(|n| IpAddr::V4((0x5db8_0000 + n).into())).collect();
        all.push(last.parse().unwrap());
        Answer::Addresses(all, 0)
    };
    is_blocked(&delivered(vec![many("10.0.0.1")]).await, "private");
    let went = delivered(vec![many("93.184.215.14")]).await;
    assert_eq!((went.end, went.dialled.len()), (Step::Exhausted, 3));
}

#[tokio::test]
async fn what_does_not_resolve_is_retried() {
    for (line, words) in [
        (Answer::Code(ResponseCode::NXDomain), "the name does not exist"),
        (addresses(&[]), "the name has no address"),
        (Answer::Code(ResponseCode::ServFail), "server failure"),
        (Answer::Code(ResponseCode::Refused), "refused"),
    ] {
        let went = delivered(vec![line.clone()]).await;
        assert_eq!(went.end, Step::Exhausted, "{line:?}");
        assert_eq!(went.outcomes(), [Outcome::RequestError(Phase::Dns); 3], "{line:?}");
        let error = went.attempts[0].error.clone().unwrap();
        assert!(error.to_lowercase().contains(words), "{line:?}: {error}");
        // A name that comes to be is found at the next attempt, or by the resolver's own second question.
        let went = delivered(vec![line, addresses(&["93.184.215.14"])]).await;
        assert!(went.dialled.len() >= 2, "{:?}", went.attempts);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_within_the_deadline_and_retried() {
    let dns = Dns::says(vec![Answer::Silence]).await;
    let went = deliver(HOOK, Guard::default(), &[], &dns, Duration::from_millis(150)).await;
    assert_eq!((went.end, went.outcomes()), (Step::Exhausted, vec![Outcome::Timeout(Phase::Dns); 3]));
    // It is for the caller to say how long; nothing else ends the wait sooner.
    let target = Target::parse(HOOK).unwrap();
    let dispatcher = Dispatcher::new(Guard::default()).with_resolver(SystemResolver::with_server(dns.address));
    let judged = dispatcher.judge(&target, Duration::from_millis(150)).await.unwrap_err();
    assert_eq!((judged.outcome, judged.blocked_address), (Outcome::Timeout(Phase::Dns), None));
}

#[tokio::test]
async fn internal_names_and_addresses_are_not_even_looked_up() {
    let dns = Dns::says(vec![addresses(&["93.184.215.14"])]).await;
    let dispatcher = Dispatcher::new(Guard::default()).with_resolver(SystemResolver::with_server(dns.address));
    for (url, name) in [
        ("http://localhost/", "localhost"),
        ("http://kubernetes/", "single-label-name"),
        ("http://db.internal/", "internal-name"),
        ("http://127.0.0.1:4180/", "loopback"),
        ("http://0x7f.1/", "loopback"),
        ("http://[::ffff:127.0.0.1]/", "ipv4-embedded"),
    ] {
        let attempt = dispatcher.attempt(&lead(url)).await;
        assert_eq!((rule(&attempt.outcome), attempt.blocked_address), (name, None), "{url}");
    }
    assert!(dns.asked().is_empty());
}

#[tokio::test]
async fn what_is_allowed_passes_and_nothing_beside_it() {
    let lines = [addresses(&["10.0.0.1"]), addresses(&["192.168.0.1"])];
    let network = Guard { allow_networks: vec![Network::parse("10.0.0.0/8").unwrap()], ..Guard::default() };
    let dns = Dns::says(lines.to_vec()).await;
    let went = deliver(HOOK, network, &["10.0.0.1"], &dns, LONG).await;
    assert_eq!((went.end, went.dialled), (Step::Blocked, vec!["10.0.0.1:80".to_owned()]));
    assert_eq!(went.attempts[0].pass, Some(Pass::Network));
    assert_eq!(rule(&went.attempts[1].outcome), "private");

    let host = Guard { allow_hosts: vec!["HOOKS.example.com.".into()], ..Guard::default() };
    let dns = Dns::says(lines.to_vec()).await;
    let went = deliver(HOOK, host, &["10.0.0.1", "192.168.0.1"], &dns, LONG).await;
    assert_eq!((went.end, went.dialled.len()), (Step::Exhausted, 3));
    assert!(went.attempts.iter().all(|attempt| attempt.pass == Some(Pass::Host)));
}

#[tokio::test]
async fn judging_connects_to_nobody() {
    let server = Server::answering("").await;
    let dial = Judged::to(&server);
    let dns = Dns::says(vec![addresses(&["93.184.215.14", "2606:4700:4700::1111"]), addresses(&["10.0.0.1"])]).await;
    let dispatcher = Dispatcher::new(Guard::default())
        .with_resolver(SystemResolver::with_server(dns.address))
        .with_dial(dial.clone());
    let target = Target::parse("https://hooks.example.com/").unwrap();
    assert_eq!(dispatcher.judge(&target, Duration::from_secs(5)).await, Ok((Pass::Public, 2)));
    let judged = dispatcher.judge(&target, Duration::from_secs(5)).await.unwrap_err();
    assert_eq!(judged.blocked_address, Some("10.0.0.1".parse().unwrap()));
    assert!(!judged.error.contains("10.0.0.1"));
    assert!(dial.dialled().is_empty());
}
