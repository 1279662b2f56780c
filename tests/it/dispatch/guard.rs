//! Only a judged address is dialled, whatever DNS says next time.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_dispatcher::{BoxFuture, Dial, Dispatcher, Stream, SystemResolver};
use chatislav_webhooks::target::{Guard, Pass};
use chatislav_webhooks::{Outcome, Phase, Schedule, Step, Target};
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::net::UdpSocket;

use super::lead;
use crate::support::Server;

/// What a scripted DNS server answers to the n-th question for a name.
enum Answer {
    Addresses(&'static [&'static str]),
    Code(ResponseCode),
}

/// A DNS server that answers rounds of questions (A and AAAA are one round) by a script whose
/// last line sticks. TTL 0, so that nothing is cached. The names asked for are kept.
async fn dns(script: &'static [Answer]) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut rounds = [0_usize; 2];
        let mut buffer = [0; 1500];
        loop {
            let (size, peer) = socket.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..size]).unwrap();
            let query = question.queries[0].clone();
            names.lock().unwrap().push(query.name().to_string());
            let round = &mut rounds[usize::from(query.query_type() == RecordType::AAAA)];
            let line = &script[(*round).min(script.len() - 1)];
            *round += 1;
            let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
            answer.metadata.message_type = MessageType::Response;
            answer.metadata.recursion_available = true;
            answer.add_query(query.clone());
            match line {
                Answer::Code(code) => answer.metadata.response_code = *code,
                Answer::Addresses(addresses) => {
                    for address in *addresses {
                        let data = match address.parse().unwrap() {
                            IpAddr::V4(v4) if query.query_type() == RecordType::A => RData::A(v4.into()),
                            IpAddr::V6(v6) if query.query_type() == RecordType::AAAA => RData::AAAA(v6.into()),
                            _ => continue,
                        };
                        answer.add_answer(Record::from_rdata(query.name().clone(), 0, data));
                    }
                }
            }
            socket.send_to(&answer.to_vec().unwrap(), peer).await.unwrap();
        }
    });
    (address, asked)
}

/// Writes down what is to be dialled, and connects to the test's server instead.
#[derive(Clone)]
struct Diverted {
    dialled: Arc<Mutex<Vec<SocketAddr>>>,
    to: SocketAddr,
}

impl Dial for Diverted {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        self.dialled.lock().unwrap().push(address);
        Box::pin(async move { Ok(Box::new(tokio::net::TcpStream::connect(self.to).await?) as Box<dyn Stream>) })
    }
}

impl Diverted {
    fn to(server: &Server) -> Self {
        Diverted { dialled: Arc::default(), to: server.address }
    }

    fn dialled(&self) -> Vec<String> {
        self.dialled.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

/// Delivers a lead to `url` past this script, with two retries: the end, each attempt, each dial.
async fn delivered(url: &str, guard: Guard, script: &'static [Answer]) -> (Step, Vec<Outcome>, Vec<String>) {
    let server = Server::answering("HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n").await;
    let dial = Diverted::to(&server);
    let (resolver, _) = dns(script).await;
    let dispatcher =
        Dispatcher::new(guard).with_resolver(SystemResolver::with_server(resolver)).with_dial(dial.clone());
    let schedule = Schedule { delays: vec![Duration::from_millis(1); 2], ..Schedule::default() };
    let mut outcomes = Vec::new();
    let step = dispatcher.deliver(&lead(url), schedule, || 0, |report| outcomes.push(report.attempt.outcome)).await;
    (step, outcomes, dial.dialled())
}

fn rule(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Blocked(rule) => rule.name(),
        other => panic!("not blocked: {other:?}"),
    }
}

#[tokio::test]
async fn a_name_that_turns_private_is_blocked_at_the_retry() {
    let script = &[Answer::Addresses(&["93.184.215.14"]), Answer::Addresses(&["10.0.0.1"])];
    let (step, outcomes, dialled) = delivered("http://hooks.example.com:8080/", Guard::default(), script).await;
    assert_eq!(step, Step::Blocked);
    assert_eq!(outcomes[0], Outcome::ServerError(503));
    assert_eq!(rule(&outcomes[1]), "private");
    assert_eq!(dialled, ["93.184.215.14:8080"]);
}

#[tokio::test]
async fn one_unsafe_address_refuses_the_whole_answer() {
    for script in [
        &[Answer::Addresses(&["93.184.215.14", "127.0.0.1"])],
        &[Answer::Addresses(&["93.184.215.14", "::1"])],
        &[Answer::Addresses(&["2606:4700:4700::1111", "169.254.169.254"])],
        &[Answer::Addresses(&["93.184.215.14", "::ffff:8.8.8.8"])],
    ] {
        let (step, _, dialled) = delivered("http://hooks.example.com/", Guard::default(), script).await;
        assert_eq!((step, dialled.len()), (Step::Blocked, 0));
    }
}

#[tokio::test]
async fn what_does_not_resolve_is_retried() {
    for (script, words) in [
        (&[Answer::Code(ResponseCode::NXDomain)], "does not exist"),
        (&[Answer::Addresses(&[])], "has no address"),
        (&[Answer::Code(ResponseCode::ServFail)], ""),
    ] {
        let server = Server::answering("").await;
        let (resolver, _) = dns(script).await;
        let dispatcher = Dispatcher::new(Guard::default())
            .with_resolver(SystemResolver::with_server(resolver))
            .with_dial(Diverted::to(&server));
        let attempt = dispatcher.attempt(&lead("http://hooks.example.com/")).await;
        assert_eq!(attempt.outcome, Outcome::RequestError(Phase::Dns));
        let error = attempt.error.unwrap();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn internal_names_and_addresses_are_not_even_looked_up() {
    let (resolver, asked) = dns(&[Answer::Addresses(&["93.184.215.14"])]).await;
    let dispatcher = Dispatcher::new(Guard::default()).with_resolver(SystemResolver::with_server(resolver));
    for (url, name) in [
        ("http://localhost/", "localhost"),
        ("http://kubernetes/", "single-label-name"),
        ("http://db.internal/", "internal-name"),
        ("http://127.0.0.1:4180/", "loopback"),
        ("http://0x7f.1/", "loopback"),
        ("http://[::ffff:127.0.0.1]/", "ipv4-embedded"),
    ] {
        assert_eq!(rule(&dispatcher.attempt(&lead(url)).await.outcome), name, "{url}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_allowed_passes_and_nothing_beside_it() {
    let script = &[Answer::Addresses(&["10.0.0.1"]), Answer::Addresses(&["192.168.0.1"])];
    let network = Guard {
        allow_networks: vec!["10.0.0.0/8"]
            .into_iter()
            .map(|text| chatislav_webhooks::target::Network::parse(text).unwrap())
            .collect(),
        ..Guard::default()
    };
    let (step, outcomes, dialled) = delivered("http://hooks.example.com/", network, script).await;
    assert_eq!((step, dialled), (Step::Blocked, vec!["10.0.0.1:80".to_owned()]));
    assert_eq!(rule(&outcomes[1]), "private");

    let host = Guard { allow_hosts: vec!["HOOKS.example.com.".into()], ..Guard::default() };
    let (step, _, dialled) = delivered("http://hooks.example.com/", host, script).await;
    assert_eq!((step, dialled.len()), (Step::Exhausted, 3));
}

#[tokio::test]
async fn judging_connects_to_nobody() {
    let server = Server::answering("").await;
    let dial = Diverted::to(&server);
    let (resolver, _) = dns(&[Answer::Addresses(&["93.184.215.14", "2606:4700:4700::1111"])]).await;
    let dispatcher =
        Dispatcher::new(Guard::default()).with_resolver(SystemResolver::with_server(resolver)).with_dial(dial.clone());
    let target = Target::parse("https://hooks.example.com/").unwrap();
    assert_eq!(dispatcher.judge(&target, Duration::from_secs(5)).await, Ok((Pass::Public, 2)));
    assert!(dial.dialled().is_empty());
}
