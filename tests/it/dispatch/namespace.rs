//! A network of the test's own, in which every address in the world answers and every packet is seen:
//! the binary sends none to where it may not.

use std::net::IpAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use chatislav_webhooks::Target;
use serde::Deserialize;

use crate::rules::read;
use crate::support::{Answer, Dns, Packet, Packets, addresses, chatislav, run};

/// Set for the second run of this program, inside the namespace.
const INSIDE: &str = "CHATISLAV_TEST_NAMESPACE";

/// Each address is one of this machine, which refuses the connection: nothing is waited for.
const SETUP: &str = r#"
set -e
ip link set lo up
ip route add local default dev lo
if [ -e /proc/net/if_inet6 ]; then ip -6 route add local default dev lo; fi
mount --bind "$1" /etc/resolv.conf
exec "$2" --exact dispatch::namespace::no_packet_leaves_for_what_is_refused --nocapture
"#;

#[test]
fn no_packet_leaves_for_what_is_refused() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let namespace = ["--net", "--mount", "--map-root-user"];
    for tool in ["unshare", "ip", "mount"] {
        if Command::new(tool).arg("--help").output().is_err() {
            assert!(
                std::env::var("REQUIRE_ALL").as_deref() != Ok("1"),
                "there is no `{tool}`: apt-get install iproute2 util-linux mount"
            );
            return eprintln!("skipped: there is no `{tool}`");
        }
    }
    let probe = Command::new("unshare").args(namespace).arg("true").output().unwrap();
    if !probe.status.success() {
        return eprintln!("skipped: no namespaces here: {}", String::from_utf8_lossy(&probe.stderr));
    }
    let resolv = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(resolv.path(), "nameserver 127.0.0.1\n").unwrap();
    let ran = Command::new("unshare")
        .args(namespace)
        .args(["sh", "-c", SETUP, "sh"])
        .args([resolv.path(), &std::env::current_exe().unwrap()])
        // It is built here, where there is a network.
        .env("CHATISLAV_BIN", chatislav().get_program())
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}{err}");
    // Or a name that is spelled wrong above would run nothing, and pass.
    assert!(out.contains("1 passed"), "{out}{err}");
}

/// The binary in its network, with a DNS server that says what it is told to.
struct Network {
    packets: Packets,
    answer: Arc<Mutex<Vec<IpAddr>>>,
    _dns: Dns,
    _runtime: tokio::runtime::Runtime,
}

const REBOUND: &str = "rebound.example.com";

impl Network {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let answer = Arc::<Mutex<Vec<IpAddr>>>::default();
        let says = Arc::clone(&answer);
        let dns = runtime.block_on(Dns::scripted("127.0.0.1:53", move |name, round| match (name, round) {
            (REBOUND, 0) => addresses(&["93.184.215.14"]),
            (REBOUND, _) => addresses(&["10.9.8.7"]),
            _ => Answer::Addresses(says.lock().unwrap().clone(), 0),
        }));
        Network { packets: Packets::watch().unwrap(), answer, _dns: dns, _runtime: runtime }
    }

    /// Runs the binary, with DNS saying this: exit code, stdout, stderr, and where packets went.
    fn run(&self, arguments: &[&str], resolves_to: &[IpAddr]) -> (i32, String, String, Vec<Packet>) {
        *self.answer.lock().unwrap() = resolves_to.to_vec();
        let (code, out, err) = run(arguments, b"");
        let is_dns = |packet: &Packet| {
            let ends = [packet.from, packet.to];
            ends.iter().all(|end| end.ip().is_loopback()) && ends.iter().any(|end| end.port() == 53)
        };
        (code, out, err, self.packets.so_far().into_iter().filter(|packet| !is_dns(packet)).collect())
    }

    fn send(&self, url: &str, more: &[&str], resolves_to: &[IpAddr]) -> (i32, String, String, Vec<Packet>) {
        let send =
            ["send", "--to", url, "--secret", "s", "--timeout", "10s", "--retry-schedule", "1ms", "--output", "json"];
        self.run(&[&send, more].concat(), resolves_to)
    }
}

#[derive(Deserialize)]
struct Case {
    url: String,
    #[serde(default)]
    resolves_to: Vec<IpAddr>,
    expect: String,
}

fn inside() {
    let network = Network::new();
    what_goes_out_is_seen(&network);

    let public: IpAddr = "93.184.215.14".parse().unwrap();
    let cases: Vec<Case> = read("target.json").into_iter().filter(|case: &Case| case.expect == "blocked").collect();
    assert!(cases.len() > 150, "{}", cases.len());
    for Case { url, resolves_to, .. } in &cases {
        // Where the name itself is refused, nobody may ask what it resolves to: a public address would do.
        let says = if resolves_to.is_empty() { vec![public] } else { resolves_to.clone() };
        let (code, out, err, packets) = network.send(url, &[], &says);
        assert_eq!((code, packets.as_slice()), (3, &[][..]), "{url} {resolves_to:?}: {out}{err}");
        if Target::parse(url).unwrap().name().is_some() && !resolves_to.is_empty() && err.contains(" resolves to ") {
            // The operator's log has the address, and what goes further has not.
            assert!(resolves_to.iter().any(|address| err.contains(&format!(" resolves to {address}"))), "{err}");
            assert!(!resolves_to.iter().any(|address| out.contains(&address.to_string())), "{out}");
        }
    }

    let private = ["10.1.2.3".parse().unwrap()];
    for command in
        [&["target", "http://hooks.example.com/"][..], &["target", "http://hooks.example.com/", "--output", "json"]]
    {
        let (code, out, err, packets) = network.run(command, &private);
        assert_eq!((code, packets.as_slice()), (3, &[][..]), "{out}{err}");
        assert!(err.contains("hooks.example.com resolves to 10.1.2.3") && !out.contains("10.1.2.3"), "{out}{err}");
    }

    // The first attempt goes out, and the second does not.
    let (code, out, err, packets) = network.send(&format!("http://{REBOUND}/"), &[], &[]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(!packets.is_empty() && packets.iter().all(|packet| packet.to.ip() == public), "{packets:?}");
    assert!(err.contains("resolves to 10.9.8.7") && !out.contains("10.9.8.7"), "{out}{err}");
}

/// The control: packets go where they may, and the watch sees each of them.
fn what_goes_out_is_seen(network: &Network) {
    for (url, more, to) in [
        ("http://10.1.2.3/", &["--allow", "10.0.0.0/8"][..], "10.1.2.3:80"),
        ("http://127.0.0.1:9/", &["--allow-local"], "127.0.0.1:9"),
        ("http://169.254.169.254/", &["--allow", "169.254.0.0/16"], "169.254.169.254:80"),
        ("http://[fd00::1]:8080/", &["--allow", "fd00::/8"], "[fd00::1]:8080"),
        ("https://hooks.example.com/", &["--allow-host", "hooks.example.com"], "192.168.7.6:443"),
        ("https://93.184.215.14/", &[], "93.184.215.14:443"),
    ] {
        if url.contains('[') && !std::path::Path::new("/proc/net/if_inet6").exists() {
            continue;
        }
        let (code, out, err, packets) = network.send(url, more, &["192.168.7.6".parse().unwrap()]);
        let seen = packets.iter().any(|packet| packet.is_tcp && packet.to == to.parse().unwrap());
        assert_eq!((code, seen), (1, true), "{url}: {packets:?}\n{out}{err}");
    }
}
