//! What it costs to be watched: the console's page follows while requests come.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;

use super::{Load, ROUNDS, Server, median};

/// As many as the page has rows.
const LATEST: usize = 300;

/// The CPU of a request beside a page that follows, and without one, of the same receiver.
pub(super) fn watched(load: &Load) {
    for (what, arguments) in [("in memory", vec![]), ("with --store", vec!["--store"])] {
        let (mut ratios, mut cpu, mut told) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let folder = tempfile::tempdir().expect("a folder");
            let store = folder.path().join("requests.db");
            let store = arguments.iter().map(|_| store.to_str().expect("UTF-8"));
            let server = Server::ours(&arguments.iter().copied().chain(store).collect::<Vec<_>>());
            let mut alone = 0.0;
            let mut seen = 0.0;
            // Which of the two comes first changes, since a journal that fills costs too.
            for is_watched in if round % 2 == 0 { [false, true] } else { [true, false] } {
                if is_watched {
                    let viewer = Viewer::of(&server);
                    seen = load.measure(&server).cpu;
                    told.push(viewer.close() as f64);
                } else {
                    alone = load.measure(&server).cpu;
                }
            }
            ratios.push(seen / alone);
            cpu.push(alone);
        }
        println!(
            "  watched by one page, {what:<13}{:.1} µs alone, {:.3} times that when watched   (median of {ROUNDS}; gate 1.10; {:.0} requests told)",
            median(cpu),
            median(ratios),
            median(told)
        );
    }
}

/// Somebody who reads the stream as fast as it comes.
struct Viewer {
    stream: TcpStream,
    reading: JoinHandle<usize>,
}

impl Viewer {
    fn of(server: &Server) -> Self {
        let ready: serde_json::Value = serde_json::from_str(server.ready.trim_end()).expect("`ready`");
        let field = |name: &str| ready[name].as_str().expect("it has a console").to_owned();
        let (console, token) = (field("console"), field("token"));
        let authority = console.strip_prefix("http://").and_then(|rest| rest.split(['/', '#']).next()).expect("a URL");
        let mut stream = TcpStream::connect(authority).expect("it listens");
        let path = format!("/api/v1/stream?latest={LATEST}");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut reader = stream.try_clone().expect("a second handle");
        let reading = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // Closed from here, it ends.
            let _ = reader.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).matches("event: request").count()
        });
        Viewer { stream, reading }
    }

    /// How many requests were told.
    fn close(self) -> usize {
        let _ = self.stream.shutdown(Shutdown::Both);
        let told = self.reading.join().expect("it ends");
        assert!(told > 0, "nothing was told");
        told
    }
}
