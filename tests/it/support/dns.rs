//! A DNS server, over UDP and TCP, that answers by a script.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

/// What is answered to a question.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These addresses, of the family that was asked for, to be kept for so many seconds.
    Addresses(Vec<IpAddr>, u32),
    /// Another name for it, for which the resolver has to ask.
    Alias(&'static str),
    /// Another name for another name for it, and the addresses of the last, all at once.
    Chain(Vec<&'static str>, Vec<IpAddr>),
    Code(ResponseCode),
    Silence,
}

/// Addresses that nobody may keep.
pub(crate) fn addresses(addresses: &[&str]) -> Answer {
    Answer::Addresses(addresses.iter().map(|address| address.parse().unwrap()).collect(), 0)
}

type Script = Arc<dyn Fn(&str, usize) -> Answer + Send + Sync>;

/// Ends when it is dropped.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    tasks: [JoinHandle<()>; 2],
}

impl Dns {
    /// Answers the n-th round of questions for a name (A and AAAA are one) with the n-th line; the
    /// last one sticks.
    pub(crate) async fn says(lines: Vec<Answer>) -> Self {
        Dns::scripted("127.0.0.1:0", move |_, round| lines[round.min(lines.len() - 1)].clone()).await
    }

    /// Answers by name (without the final dot) and number of the round, from 0.
    pub(crate) async fn scripted(at: &str, script: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let (udp, tcp) = sockets(at).await;
        let address = udp.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let server = Server { script: Arc::new(script), rounds: Arc::default(), asked: Arc::clone(&asked) };
        let tasks = [tokio::spawn(serve_udp(udp, server.clone())), tokio::spawn(serve_tcp(tcp, server))];
        Dns { address, asked, tasks }
    }

    /// The names that were asked for, as they stood in the questions.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The same port for both; where the system has given it to somebody else for TCP, another.
async fn sockets(at: &str) -> (UdpSocket, TcpListener) {
    for _ in 0..20 {
        let udp = UdpSocket::bind(at).await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
    panic!("no port is free for both UDP and TCP");
}

#[derive(Clone)]
struct Server {
    script: Script,
    rounds: Arc<Mutex<HashMap<(String, RecordType), usize>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn serve_udp(socket: UdpSocket, server: Server) {
    let mut buffer = [0; 1500];
    loop {
        let (size, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..size]).unwrap();
        let Some(answer) = server.answer(&question) else { continue };
        let mut bytes = answer.to_vec().unwrap();
        if bytes.len() > usize::from(question.max_payload()) {
            bytes = answer.truncate().to_vec().unwrap();
        }
        socket.send_to(&bytes, peer).await.unwrap();
    }
}

async fn serve_tcp(listener: TcpListener, server: Server) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, server.clone()));
    }
}

/// Each message has its length before it.
async fn converse(mut stream: TcpStream, server: Server) {
    while let Ok(length) = stream.read_u16().await {
        let mut bytes = vec![0; length.into()];
        stream.read_exact(&mut bytes).await.unwrap();
        let Some(answer) = server.answer(&Message::from_vec(&bytes).unwrap()) else { continue };
        let bytes = answer.to_vec().unwrap();
        stream.write_u16(bytes.len().try_into().unwrap()).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
    }
}

impl Server {
    /// The answer to a message, or silence.
    fn answer(&self, message: &Message) -> Option<Message> {
        let query = message.queries[0].clone();
        let asked = query.name().to_string();
        let name = asked.trim_end_matches('.').to_ascii_lowercase();
        self.asked.lock().unwrap().push(asked);
        let round = {
            let mut rounds = self.rounds.lock().unwrap();
            let next = rounds.entry((name.clone(), query.query_type())).or_default();
            *next += 1;
            *next - 1
        };
        let mut answer = Message::response(message.metadata.id, message.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        match (self.script)(&name, round) {
            Answer::Silence => return None,
            Answer::Code(code) => {
                answer.metadata.response_code = code;
                answer.add_authority(authority());
            }
            Answer::Alias(other) => {
                answer.add_answer(alias(query.name(), other));
            }
            Answer::Addresses(addresses, ttl) => add(&mut answer, query.name(), &query, &addresses, ttl),
            Answer::Chain(names, addresses) => {
                let mut last = query.name().clone();
                for name in names {
                    answer.add_answer(alias(&last, name));
                    last = Name::from_ascii(name).unwrap();
                }
                add(&mut answer, &last, &query, &addresses, 0);
            }
        }
        Some(answer)
    }
}

/// By which a resolver may keep for an hour that there is no such name.
fn authority() -> Record {
    let zone = Name::from_ascii("example.com.").unwrap();
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 3_600, 3_600, 3_600, 3_600);
    Record::from_rdata(zone, 3_600, RData::SOA(soa))
}

fn alias(name: &Name, other: &str) -> Record {
    Record::from_rdata(name.clone(), 0, RData::CNAME(CNAME(Name::from_ascii(other).unwrap())))
}

fn add(answer: &mut Message, name: &Name, query: &Query, addresses: &[IpAddr], ttl: u32) {
    for address in addresses {
        let data = match *address {
            IpAddr::V4(v4) if query.query_type() == RecordType::A => RData::A(v4.into()),
            IpAddr::V6(v6) if query.query_type() == RecordType::AAAA => RData::AAAA(v6.into()),
            _ => continue,
        };
        answer.add_answer(Record::from_rdata(name.clone(), ttl, data));
    }
}
