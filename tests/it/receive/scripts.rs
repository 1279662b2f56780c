//! Exports that are scripts for Python and Node: they send the very request again, and run nothing
//! that a stranger wrote.

use std::io::ErrorKind;
use std::process::Command;

use chatislav_receiver::Capture;
use chatislav_receiver::export::{Format, Options, to_bytes};

use super::export::{A, B, captured};
use crate::support::{start, verified};

/// Mixed case, unsorted, one name twice, an empty value, quotes and escapes of both languages, bytes
/// beyond ASCII.
const HEADERS: &[u8] = b"X-Zed: 1\r\nx-aLPHA:2\r\nX-Zed: it's \"quoted\" \\ ${x} {x} %s `y` //\r\nX-Empty:\r\n\
    X-Latin: \xE9\t\xFF\r\nX-Star:   *  \r\nAccept: */*\r\nUser-Agent: x\r\n";

/// Runs a script from a file; false where there is nobody to run it.
async fn run(format: Format, script: Vec<u8>) -> bool {
    let (program, name) = match format {
        Format::Python => ("python3", "again.py"),
        _ => ("node", "again.mjs"),
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), script).unwrap();
    let ran = tokio::task::spawn_blocking(move || Command::new(program).arg(folder.path().join(name)).output());
    match ran.await.unwrap() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("there is no {program} here");
            false
        }
        output => {
            let output = output.unwrap();
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
    }
}

/// Names and values in order, without those of the connection.
fn headers(capture: &Capture) -> Vec<(String, Vec<u8>)> {
    const CONNECTION: [&str; 3] = ["host", "connection", "content-length"];
    let headers = capture.headers().map(|(name, value)| (name.into_owned(), value.to_vec()));
    headers.filter(|(name, _)| !CONNECTION.contains(&name.to_lowercase().as_str())).collect()
}

#[tokio::test]
async fn they_send_the_same_bytes_and_headers() {
    let receiver = start(verified("200(body=done)")).await;
    let large = [b"{\"event\": \"e\"}".as_slice(), &vec![b' '; 300_000]].concat();
    let quotes = br#"{"event": "e", "x": "it's \"\"\" ${1+1} \u2028 `"}"#;
    for format in [Format::Python, Format::Node] {
        for (start, body) in [
            ("POST /hook?a=[1-3]&b={c,d}%20", A),
            ("PUT /a/../b//c", B),
            ("POST //two", b""),
            ("POST /'\\$(id)'", quotes),
            ("POST /?", &large),
            ("DELETE /", b"x"),
        ] {
            let first = captured(&receiver, start, HEADERS, body).await;
            let script = to_bytes(format, [&*first], Options::default());
            assert!(script.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')), "a terminal takes it as it is");
            if !run(format, script).await {
                continue;
            }
            let again = receiver.journal.get(first.number + 1).unwrap();
            assert!(again.body == first.body, "{format:?} {start}: {:?}", again.body);
            assert_eq!(headers(&again), headers(&first), "{format:?} {start}");
            assert_eq!(again.verdict, first.verdict, "{format:?} {start}");
            let (method, target) = first.method_and_target();
            // What no URL has is encoded, and said.
            let target = target.replace('[', "%5B").replace(']', "%5D").replace('{', "%7B").replace('}', "%7D");
            let target = target.replace('\\', "%5C");
            assert_eq!(again.method_and_target(), (method, target.as_str().into()), "{format:?}");
        }
    }
}

#[tokio::test]
async fn several_are_sent_in_their_order_and_to_another_target() {
    let (receiver, other) = (start(verified("200")).await, start(verified("503")).await);
    for format in [Format::Python, Format::Node] {
        let captures = [captured(&receiver, "POST /a", b"", A).await, captured(&receiver, "PUT /b", b"", B).await];
        let url = format!("http://{}/elsewhere?x", other.address);
        let before = other.journal.counts().0;
        let captures = captures.iter().map(|capture| &**capture);
        if !run(format, to_bytes(format, captures, Options { target: Some(&url), ..Options::default() })).await {
            continue;
        }
        let sent: Vec<_> = (1..=2).map(|n| other.journal.get(before + n).unwrap()).collect();
        assert_eq!((sent[0].body.as_ref(), sent[1].body.as_ref()), (A, B), "{format:?}");
        assert_eq!(sent[1].method_and_target(), ("PUT".into(), "/elsewhere?x".into()), "{format:?}");
    }
}

#[tokio::test]
async fn where_it_goes_is_said_in_parts() {
    let receiver = start(verified("200")).await;
    let first = captured(&receiver, "GET /", b"", b"").await;
    for (url, python, node) in [
        (
            "https://[::1]:8443/x",
            "HTTPSConnection('::1', 8443,",
            "send(https, { host: \"::1\", port: 8443, path: \"/x\" }",
        ),
        ("https://hooks.example", "HTTPSConnection('hooks.example', 443,", "['Host', \"hooks.example\"]"),
        ("http://user:pw@127.0.0.1:1/#x", "HTTPConnection('127.0.0.1', 1,", "['Host', \"127.0.0.1:1\"]"),
        ("nonsense", "# The target is no http", "// The target is no http"),
        ("http://127.0.0.1/\u{e9}", "'/%C3%A9'", "path: \"/%C3%A9\""),
    ] {
        for (format, expected) in [(Format::Python, python), (Format::Node, node)] {
            let script = to_bytes(format, [&*first], Options { target: Some(url), ..Options::default() });
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains(expected), "{url}: {script}");
        }
    }
}
