//! Wire faults as the clients of others see them: curl, Python's http.client, Node's fetch.
//!
//! How each words its error is its own affair; that it reports one, and at once, is ours.

use std::io::ErrorKind;
use std::process::Command;

use crate::support::{LEAD, LEAD_SIGNATURE, start, verified};

/// A plan, and what it is to each client: `ok`, `error` at once, or `timeout`.
const SEEN: &[(&str, &str)] = &[
    ("reset", "error"),
    ("reset(after=12B)", "error"),
    ("close", "error"),
    ("garbage", "error"),
    ("short(10B)", "error"),
    ("stall(headers)", "timeout"),
    ("never", "timeout"),
    ("early(401)", "ok"),
    ("drip(3,30ms)", "ok"),
    ("503", "ok"),
];

const PYTHON: &str = r#"
import http.client, sys
port, signature, body, patience = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=float(patience))
try:
    connection.request("POST", "/", body, {"x-chatislav-signature": signature})
    connection.getresponse().read()
    print("ok")
except TimeoutError:
    print("timeout")
except (OSError, http.client.HTTPException):
    print("error")
"#;

const NODE: &str = r#"
const [port, signature, body, patience] = process.argv.slice(1)
const signal = AbortSignal.timeout(patience * 1000)
const options = { method: 'POST', body, headers: { 'x-chatislav-signature': signature }, signal }
try {
  await (await fetch(`http://127.0.0.1:${port}/`, options)).text()
  console.log('ok')
} catch (error) {
  console.log(error.name === 'TimeoutError' ? 'timeout' : 'error')
}
"#;

/// The last line that the client wrote; `None` where there is no such client.
async fn said(mut command: Command) -> Option<String> {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().last().unwrap_or_default().trim().to_owned())
}

#[tokio::test]
async fn each_fault_is_an_error_to_each_client() {
    let body = std::str::from_utf8(LEAD).unwrap();
    for (plan, expected) in SEEN {
        let receiver = start(verified(plan)).await;
        let port = receiver.address.port().to_string();
        let patience = if *expected == "timeout" { "0.5" } else { "20" };
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--http1.1", "--max-time", patience, "--output", "/dev/null"]);
        curl.args(["--header", &format!("x-chatislav-signature: {LEAD_SIGNATURE}"), "--data-binary", body]);
        curl.args(["--write-out", "%{exitcode}", &format!("http://127.0.0.1:{port}/")]);
        let mut python = Command::new("python3");
        python.args(["-c", PYTHON, &port, LEAD_SIGNATURE, body, patience]);
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", NODE, &port, LEAD_SIGNATURE, body, patience]);
        for (name, command) in [("curl", curl), ("python", python), ("node", node)] {
            let Some(seen) = said(command).await else {
                eprintln!("there is no {name} here");
                continue;
            };
            let seen = match seen.as_str() {
                "0" => "ok",
                "28" => "timeout",
                code if code.parse::<u8>().is_ok() => "error",
                word => word,
            };
            assert_eq!(seen, *expected, "{plan}: {name}");
        }
    }
}
