//! The receiver's CPU per request beside a bare hyper server, its start and its memory.
//!
//! Both servers run as processes of their own under the same load, in alternating rounds: signed
//! POSTs of 2 KiB over 64 connections. CPU time comes from the system's account of the process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatislav_webhooks::Webhook;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECRET: &str = "s";
const CONNECTIONS: usize = 64;
const BODY: usize = 2048;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const STARTS: usize = 21;

fn main() {
    if std::env::args().any(|argument| argument == "bare") {
        runtime().block_on(bare());
        return;
    }
    let mut bare_cpu = Vec::new();
    let mut ours_cpu = Vec::new();
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let (bare, bare_rate) = measure(Server::bare());
        let (ours, ours_rate) = measure(Server::ours());
        bare_cpu.push(bare);
        ours_cpu.push(ours);
        ratios.push(ours / bare);
        rates.push(ours_rate / bare_rate);
    }
    let starts = (0..STARTS).map(|_| Server::ours().start.as_secs_f64() * 1e3).collect();
    let idle = Server::ours().memory_mib();
    println!("\nreceiver: {BODY} B signed POST, {CONNECTIONS} connections, verified and logged as NDJSON");
    println!("  CPU per request    bare hyper {:.1} µs, chatislav listen {:.1} µs", median(bare_cpu), median(ours_cpu));
    println!("  ratio of CPU       {:.2}   (median of {ROUNDS} alternating rounds)", median(ratios));
    println!("  ratio of rate      {:.2}", median(rates));
    println!("  start to `ready`   {:.1} ms   (median of {STARTS}; gate 15)", median(starts));
    println!("  idle memory        {idle:.1} MiB   (gate 10)");
}

struct Server {
    child: Child,
    address: SocketAddr,
    start: Duration,
    _log: tempfile::NamedTempFile,
}

impl Server {
    fn bare() -> Self {
        Server::spawn(Command::new(std::env::current_exe().expect("this program")).arg("bare"))
    }

    fn ours() -> Self {
        let arguments = ["listen", "--port", "0", "--output", "json", "--secret", SECRET];
        Server::spawn(Command::new(binary()).args(arguments))
    }

    /// Its output goes to a file, as where people keep a log.
    fn spawn(command: &mut Command) -> Self {
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        let start = Instant::now();
        let child = command.stdout(log.reopen().expect("the same file")).spawn().expect("the server starts");
        let ready = loop {
            let text = std::fs::read_to_string(log.path()).expect("it is there");
            if text.contains('\n') {
                break text;
            }
            std::thread::yield_now();
        };
        let start = start.elapsed();
        let address = ready.split("http://").nth(1).and_then(|rest| rest.split(['"', '\n']).next()).expect("a URL");
        let address = address.parse().expect("an address");
        Server { child, address, start, _log: log }
    }

    /// User and system time so far, in seconds.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it is running");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name").split(' ').collect();
        let ticks: f64 = fields[11].parse::<f64>().expect("utime") + fields[12].parse::<f64>().expect("stime");
        // The unit that Linux shows to programs, on every architecture.
        ticks / 100.0
    }

    fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it is running");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a size");
        line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary() -> PathBuf {
    // target/release/deps/receiver-1234 → target/release/chatislav
    let bench = std::env::current_exe().expect("this program");
    let binary = bench.parent().and_then(|deps| deps.parent()).expect("a target folder").join("chatislav");
    assert!(binary.exists(), "build it first: cargo build --release -p chatislav");
    binary
}

/// CPU µs per request and requests per second.
fn measure(server: Server) -> (f64, f64) {
    runtime().block_on(load(server.address, Duration::from_millis(300)));
    let cpu = server.cpu();
    let start = Instant::now();
    let requests = runtime().block_on(load(server.address, ROUND)) as f64;
    let elapsed = start.elapsed().as_secs_f64();
    ((server.cpu() - cpu) / requests * 1e6, requests / elapsed)
}

async fn load(address: SocketAddr, time: Duration) -> u64 {
    let filling = "x".repeat(BODY - r#"{"event": "e", "x": ""}"#.len());
    let body = format!(r#"{{"event": "e", "x": "{filling}"}}"#);
    let signature = Webhook::new(SECRET).expect("a secret").sign(body.as_bytes());
    let request = format!(
        "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {BODY}\r\nx-chatislav-signature: {signature}\r\n\r\n{body}"
    );
    let request: Arc<[u8]> = request.into_bytes().into();
    let stop = Arc::new(AtomicBool::new(false));
    let total = Arc::new(AtomicU64::new(0));
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, stop, total) = (Arc::clone(&request), Arc::clone(&stop), Arc::clone(&total));
        clients.push(tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
            stream.set_nodelay(true).expect("a socket");
            let mut answer = [0; 512];
            while !stop.load(Ordering::Relaxed) {
                stream.write_all(&request).await.expect("it reads");
                // An answer without a body fits one read.
                let count = stream.read(&mut answer).await.expect("it answers");
                assert!(answer[..count].starts_with(b"HTTP/1.1 200"), "not accepted");
                total.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("a client");
    }
    total.load(Ordering::Relaxed)
}

/// hyper with nothing on top: reads the body, answers 200.
async fn bare() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request: Request<Incoming>| async {
            request.into_body().collect().await?;
            Ok::<_, hyper::Error>(Response::new(Full::<Bytes>::default()))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
