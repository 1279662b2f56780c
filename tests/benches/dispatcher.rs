//! The dispatcher beside `oha` and beside hyper-util's pooled client, against one bare hyper server.
//!
//! Clients and server run as processes of their own, each pinned to a core, in alternating rounds.
//! Ours and hyper-util's sign a body of its own for each delivery; `oha` repeats one unsigned
//! request. `taskset` must be there (Debian: util-linux), and for the comparison of rates
//! `oha` (`cargo install oha --locked`), which `OHA` may name.

#[path = "dispatcher/outbox.rs"]
mod outbox;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatislav_dispatcher::{Dispatcher, Method, Request};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Outcome, SIGNATURE_HEADER, Target, Webhook};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

const SECRET: &str = "s";
const BODY: usize = 2048;
const FILLING: &str = match std::str::from_utf8(&[b'x'; BODY]) {
    Ok(filling) => filling,
    Err(_) => "",
};
const WARM: Duration = Duration::from_millis(300);
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const HELD: usize = 512;
const WAITING: [usize; 2] = [1_000, 1_000_000];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [_, "serve"] => runtime().block_on(serve()),
        [_, "deliver", who, address, in_flight] => deliver(who, parse(address), parse(in_flight)),
        [_, "hold", address] => hold(parse(address)),
        [_, "outbox", address, in_flight] => runtime().block_on(outbox::deliver(parse(address), parse(in_flight))),
        [_, "fill", path, count] => runtime().block_on(outbox::fill(Path::new(path), parse(count))),
        [_, "claim", path] => runtime().block_on(outbox::claim(Path::new(path))),
        _ => compare(),
    }
}

fn compare() {
    println!("\ndispatcher: {BODY} B, the client on one core, a bare hyper server on the other");
    let server = Server::start();
    let oha = std::env::var("OHA").unwrap_or_else(|_| "oha".to_owned());
    let has_oha = Command::new(&oha).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !has_oha {
        println!("  no `oha`: cargo install oha --locked");
    }
    for in_flight in [64, 256] {
        let (mut rates, mut costs, mut rate, mut cost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut durable, mut drained, mut durable_costs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let repeated = has_oha.then(|| repeated(&oha, server.address, in_flight));
            let pooled = delivered("pooled", server.address, in_flight);
            let ours = delivered("ours", server.address, in_flight);
            rates.extend(repeated.map(|repeated| ours.rate / repeated));
            costs.push(ours.cpu / pooled.cpu);
            rate.push(ours.rate);
            cost.push(ours.cpu);
            let [all, cpu, drain] = numbers(&["outbox", &server.address.to_string(), &in_flight.to_string()]);
            durable.extend(repeated.map(|repeated| all / repeated));
            drained.extend(repeated.map(|repeated| drain / repeated));
            durable_costs.push(cpu);
        }
        println!(
            "  {in_flight:>3} in flight   {:.0} deliveries/s, {:.1} µs CPU each   (medians of {ROUNDS})",
            median(rate),
            median(cost)
        );
        if has_oha {
            println!("    rate, of oha's                  {:.2}   (gate 0.8)", median(rates));
        }
        println!("    CPU, of hyper-util's pool       {:.2}   (gate 1.25)", median(costs));
        println!("    through an outbox on the disk   {:.1} µs CPU each, enqueued and sent", median(durable_costs));
        if has_oha {
            println!("      rate, of oha's                {:.2}   (gate 0.25)", median(durable));
            println!("      the sending alone             {:.2}", median(drained));
        }
    }
    let [each] = numbers(&["hold", &server.address.to_string()]);
    println!("  memory of one of {HELD} in flight, beyond its body: {each:.1} KiB   (gate 32)");
    waiting();
}

/// What waits costs neither memory nor time.
fn waiting() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut times = Vec::new();
    for count in WAITING {
        let path = folder.path().join(count.to_string());
        let path = path.to_str().expect("UTF-8");
        assert!(pinned(0, &["fill", path, &count.to_string()]).status().expect("it runs").success());
        let [kib, time] = numbers(&["claim", path]);
        println!(
            "  {count:>7} waiting retries: {:.1} MiB, a claim of 64 takes {time:.0} µs   (gate 300 MiB)",
            kib / 1024.0
        );
        times.push(time);
    }
    println!("    time of a claim, of the first's {:.2}", times[1] / times[0]);
}

/// What this program prints in another role.
fn numbers<const N: usize>(arguments: &[&str]) -> [f64; N] {
    let output = pinned(0, arguments).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().map(parse).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// What one client did in a round.
struct Delivered {
    /// Deliveries per second.
    rate: f64,
    /// CPU µs per delivery.
    cpu: f64,
}

fn delivered(who: &str, address: SocketAddr, in_flight: usize) -> Delivered {
    let arguments = ["deliver", who, &address.to_string(), &in_flight.to_string()];
    let [rate, cpu] = numbers(&arguments);
    Delivered { rate, cpu }
}

/// Requests per second of `oha`.
fn repeated(oha: &str, address: SocketAddr, in_flight: usize) -> f64 {
    let seconds = format!("{}s", ROUND.as_secs());
    let output = Command::new("taskset")
        .args(["-c", "0", oha, "--no-tui", "--output-format", "json", "-m", "POST", "-T", "application/json"])
        .args(["-z", &seconds, "-c", &in_flight.to_string(), "-d", &body(0)])
        .arg(format!("http://{address}/hook"))
        .output()
        .expect("oha runs");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON of oha");
    assert_eq!(told["summary"]["successRate"], 1.0, "{told}");
    told["summary"]["requestsPerSec"].as_f64().expect("a rate")
}

/// A body like no other, made as fast as can be: it is not what is measured.
fn body(number: usize) -> String {
    let mut body = String::with_capacity(BODY);
    body.push_str(&format!("{{\"event\": \"e\", \"n\": \"{number:016}\", \"x\": \""));
    body.push_str(&FILLING[..BODY - body.len() - 2]);
    body.push_str("\"}");
    body
}

/// Delivers for a round, and says how fast and at what cost.
fn deliver(who: &str, address: SocketAddr, in_flight: usize) {
    runtime().block_on(async {
        let rounds = |time| async move {
            match who {
                "ours" => ours(address, in_flight, time).await,
                _ => pooled(address, in_flight, time).await,
            }
        };
        rounds(WARM).await;
        let (cpu, start) = (cpu(), Instant::now());
        let count = rounds(ROUND).await as f64;
        println!("{} {}", count / start.elapsed().as_secs_f64(), (self::cpu() - cpu) / count * 1e6);
    });
}

async fn ours(address: SocketAddr, in_flight: usize, time: Duration) -> usize {
    let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() });
    let webhook = Arc::new(Webhook::new(SECRET).expect("a secret"));
    let target = Target::parse(&format!("http://{address}/hook")).expect("a target");
    at_once(in_flight, time, move |number| {
        let body = Bytes::from(body(number));
        let signature = webhook.sign(&body).to_string();
        let request = Request::new(target.clone(), Method::Post, body, Some(&signature), &[]).expect("a request");
        let dispatcher = dispatcher.clone();
        async move { assert_eq!(dispatcher.attempt(&request).await.outcome, Outcome::Success(200)) }
    })
    .await
}

async fn pooled(address: SocketAddr, in_flight: usize, time: Duration) -> usize {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let webhook = Arc::new(Webhook::new(SECRET).expect("a secret"));
    let url: hyper::Uri = format!("http://{address}/hook").parse().expect("a URL");
    at_once(in_flight, time, move |number| {
        let body = Bytes::from(body(number));
        let signature = webhook.sign(&body).to_string();
        let request = hyper::Request::post(url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "bench")
            .header(SIGNATURE_HEADER, signature)
            .body(Full::new(body))
            .expect("a request");
        let client = client.clone();
        async move {
            let exchange = async {
                let answer = client.request(request).await.expect("an answer");
                assert_eq!(answer.status(), 200);
                answer.into_body().collect().await.expect("a body");
            };
            tokio::time::timeout(Duration::from_secs(30), exchange).await.expect("in time");
        }
    })
    .await
}

/// Keeps so many at work for so long, and counts what they did.
async fn at_once<F, R>(in_flight: usize, time: Duration, one: F) -> usize
where
    F: Fn(usize) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let (end, next) = (Instant::now() + time, Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (one, next) = (one.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                while Instant::now() < end {
                    one(next.fetch_add(1, Ordering::Relaxed)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("it succeeds");
    }
    next.load(Ordering::Relaxed)
}

/// How many KiB one attempt takes whose answer is outstanding, beyond its body.
fn hold(address: SocketAddr) {
    runtime().block_on(async {
        let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() });
        let target = Target::parse(&format!("http://{address}/never")).expect("a target");
        let before = memory_kib();
        for number in 0..HELD {
            let (dispatcher, target) = (dispatcher.clone(), target.clone());
            tokio::spawn(async move {
                let body = Bytes::from(body(number));
                let request = Request::new(target, Method::Post, body, None, &[]).expect("a request");
                dispatcher.attempt(&request).await
            });
        }
        while held(address) < HELD {
            tokio::task::yield_now().await;
        }
        println!("{}", (memory_kib() - before) / HELD as f64 - BODY as f64 / 1024.0);
    });
}

/// How many requests the server is holding.
fn held(address: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(b"GET /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    parse(answer.rsplit("\r\n\r\n").next().expect("a body"))
}

/// hyper with nothing on top: reads the body, answers 200. It also holds what is to be held.
async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let held = Arc::new(AtomicUsize::new(0));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.set_nodelay(true);
        let held = Arc::clone(&held);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let held = Arc::clone(&held);
            async move {
                let (head, body) = request.into_parts();
                body.collect().await?;
                let text = match head.uri.path() {
                    "/never" => {
                        held.fetch_add(1, Ordering::Relaxed);
                        std::future::pending().await
                    }
                    "/held" => held.load(Ordering::Relaxed).to_string(),
                    _ => String::new(),
                };
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from(text))))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let mut child = pinned(1, &["serve"]).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says where it is");
        Server { child, address: parse(line.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program on one core, where there are two.
fn pinned(core: usize, arguments: &[&str]) -> Command {
    let this = std::env::current_exe().expect("this program");
    let mut command = Command::new(&this);
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > core) {
        command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(Path::new(&this));
    }
    command.args(arguments);
    command
}

/// User and system time of this process so far, in seconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name").split(' ').collect();
    // Hundredths, the unit that Linux shows to programs on every architecture.
    (parse::<f64>(fields[11]) + parse::<f64>(fields[12])) / 100.0
}

fn memory_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a size");
    parse(line.split_whitespace().nth(1).expect("a number"))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn parse<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("not understood: {text}"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
