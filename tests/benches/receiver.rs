//! The receiver under wrk, beside a bare hyper server: CPU, rate, memory, and what slow clients cost.
//!
//! Both servers run as processes of their own, pinned to one core, under the same load from the
//! other: signed POSTs of 2 KiB over 64 connections, in alternating rounds. CPU time comes from the
//! system's account of the process. `wrk` and `taskset` must be there (Debian: wrk, util-linux).

#[path = "receiver/viewer.rs"]
mod viewer;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatislav_webhooks::Webhook;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;

const SECRET: &str = "s";
const CONNECTIONS: usize = 64;
const BODY: usize = 2048;
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 7;
const STARTS: usize = 21;
const MILLION: u64 = 1_000_000;
const IDLE: usize = 10_000;
const SLOW: usize = 500;

fn main() {
    if std::env::args().any(|argument| argument == "bare") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(bare());
        return;
    }
    let load = Load::new();
    if std::env::args().any(|argument| argument == "viewer") {
        viewer::watched(&load);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    println!("\nreceiver: {BODY} B signed POST, {CONNECTIONS} connections, wrk on one core, the server on the other");
    let store = |round: usize| folder.path().join(format!("{round}.db"));
    let (mut memory, mut stored) = (Compared::default(), Compared::default());
    for round in 0..ROUNDS {
        let bare = load.measure(&Server::bare());
        memory.add(&bare, &load.measure(&Server::ours(&[])));
        stored.add(&bare, &load.measure(&Server::ours(&["--store", store(round).to_str().expect("UTF-8")])));
    }
    memory.print("verified, in memory, NDJSON log", 1.6);
    stored.print("the same with --store", 2.5);
    viewer::watched(&load);

    let starts: Vec<f64> = (0..STARTS).map(|_| Server::ours(&[]).start.as_secs_f64() * 1e3).collect();
    println!("  start to `ready`                  {:.1} ms   (median of {STARTS}; gate 15)", median(starts));
    let server = Server::ours(&[]);
    println!("  idle memory                       {:.1} MiB   (gate 10)", server.memory_mib());

    let mut requests = 0;
    while requests < MILLION {
        requests += load.run(server.address, Duration::from_secs(5)).requests;
    }
    println!(
        "  memory after {requests:>7} requests      {:.1} MiB   (gate: the journal's 64 and 20)",
        server.memory_mib()
    );
    drop(server);
    idle();
    slow(&load);
}

/// Many connections that say nothing.
fn idle() {
    let server = Server::ours(&["--max-connections", "20000", "--max-connections-per-peer", "20000"]);
    let before = server.memory_mib();
    let held: Vec<_> = (0..IDLE).map_while(|_| TcpStream::connect(server.address).ok()).collect();
    let connections = held.len();
    // The last one is answered once all before it were accepted.
    let mut last = TcpStream::connect(server.address).expect("it listens");
    last.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("it reads");
    std::io::Read::read_exact(&mut last, &mut [0; 12]).expect("it answers");
    let after = server.memory_mib();
    println!(
        "  {connections} idle connections            {:.1} MiB in all, {:.1} kB each   (gate 150 MiB for {IDLE})",
        after,
        (after - before) * 1024.0 * 1024.0 / 1e3 / connections as f64
    );
}

/// The last of a hundred answers, with and without clients that send a byte now and then.
fn slow(load: &Load) {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let server = Server::ours(&[]);
        load.run(server.address, Duration::from_millis(300));
        let alone = load.run(server.address, ROUND).p99_ms;
        let mut held: Vec<_> = (0..SLOW)
            .map(|_| {
                let mut stream = TcpStream::connect(server.address).expect("it listens");
                stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n").expect("it reads");
                stream
            })
            .collect();
        let dripping = std::thread::spawn(move || {
            let start = Instant::now();
            while start.elapsed() < ROUND {
                for stream in &mut held {
                    // Who was told 408 meanwhile is gone.
                    let _ = stream.write_all(b"x");
                }
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        ratios.push(load.run(server.address, ROUND).p99_ms / alone);
        dripping.join().expect("it ends");
    }
    println!(
        "  p99 beside {SLOW} slow clients       {:.2} times the p99 alone   (median of {ROUNDS}; gate 2)",
        median(ratios)
    );
}

/// Ratios to the bare server.
#[derive(Default)]
struct Compared {
    bare_cpu: Vec<f64>,
    cpu: Vec<f64>,
    ratios: Vec<f64>,
    rates: Vec<f64>,
}

impl Compared {
    fn add(&mut self, bare: &Measured, ours: &Measured) {
        self.bare_cpu.push(bare.cpu);
        self.cpu.push(ours.cpu);
        self.ratios.push(ours.cpu / bare.cpu);
        self.rates.push(ours.rate / bare.rate);
    }

    fn print(self, what: &str, gate: f64) {
        let (bare, ours) = (median(self.bare_cpu), median(self.cpu));
        println!("  {what:<33} {bare:.1} → {ours:.1} µs CPU per request");
        println!("    ratio of CPU                    {:.2}   (median of {ROUNDS}; gate {gate})", median(self.ratios));
        println!("    ratio of rate                   {:.2}", median(self.rates));
    }
}

/// CPU µs per request, and requests per second.
struct Measured {
    cpu: f64,
    rate: f64,
}

/// wrk with a script that signs.
struct Load(tempfile::NamedTempFile);

struct Ran {
    requests: u64,
    p99_ms: f64,
}

impl Load {
    fn new() -> Self {
        let filling = "x".repeat(BODY - r#"{"event": "e", "x": ""}"#.len());
        let body = format!(r#"{{"event": "e", "x": "{filling}"}}"#);
        let signature = Webhook::new(SECRET).expect("a secret").sign(body.as_bytes());
        let script = format!(
            "wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.headers['x-chatislav-signature'] = '{signature}'\n"
        );
        let mut file = tempfile::Builder::new().suffix(".lua").tempfile().expect("a file");
        file.write_all(script.as_bytes()).expect("it is written");
        Load(file)
    }

    fn run(&self, address: SocketAddr, time: Duration) -> Ran {
        let output = pinned(0, Path::new("wrk"))
            .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", time.as_secs().max(1)), "--latency", "-s"])
            .arg(self.0.path())
            .arg(format!("http://{address}/hook"))
            .output()
            .expect("wrk runs: apt-get install wrk");
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "wrk runs (apt-get install wrk): {errors}");
        assert!(!text.contains("Non-2xx"), "not accepted: {text}");
        let requests = text.split(" requests in ").next().and_then(|before| before.split_whitespace().last());
        let p99 = text.lines().find_map(|line| line.trim().strip_prefix("99%")).expect("a p99").trim();
        let p99_ms = match (p99.strip_suffix("us"), p99.strip_suffix("ms"), p99.strip_suffix('s')) {
            (Some(us), ..) => us.parse::<f64>().expect("a number") / 1e3,
            (_, Some(ms), _) => ms.parse().expect("a number"),
            (.., s) => s.expect("a unit").parse::<f64>().expect("a number") * 1e3,
        };
        Ran { requests: requests.expect("a count").parse().expect("a number"), p99_ms }
    }

    fn measure(&self, server: &Server) -> Measured {
        self.run(server.address, Duration::from_millis(300));
        let (cpu, start) = (server.cpu(), Instant::now());
        let requests = self.run(server.address, ROUND).requests as f64;
        let elapsed = start.elapsed().as_secs_f64();
        Measured { cpu: (server.cpu() - cpu) / requests * 1e6, rate: requests / elapsed }
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
    start: Duration,
    /// The first line that it wrote.
    ready: String,
    _log: tempfile::NamedTempFile,
}

impl Server {
    fn bare() -> Self {
        Server::spawn(pinned(1, &std::env::current_exe().expect("this program")).arg("bare"))
    }

    fn ours(arguments: &[&str]) -> Self {
        let listen = ["listen", "--port", "0", "--output", "json", "--secret", SECRET];
        Server::spawn(pinned(1, &binary()).args(listen).args(arguments))
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
        Server { child, address, start, ready, _log: log }
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

/// A command on one core, where there are two.
fn pinned(core: usize, program: &Path) -> Command {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > core) {
        let mut command = Command::new("taskset");
        // It replaces itself, so the process is the program's.
        command.args(["-c", &core.to_string()]).arg(program);
        return command;
    }
    Command::new(program)
}

fn binary() -> PathBuf {
    // target/release/deps/receiver-1234 → target/release/chatislav
    let bench = std::env::current_exe().expect("this program");
    let binary = bench.parent().and_then(|deps| deps.parent()).expect("a target folder").join("chatislav");
    assert!(binary.exists(), "build it first: cargo build --release -p chatislav");
    binary
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

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
