//! The binary, built once and run as a person would.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

/// The binary under test. `CHATISLAV_BIN` names one that is already built.
pub(crate) fn chatislav() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let binary = BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("CHATISLAV_BIN") {
            return path.into();
        }
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "-p", "chatislav"]).status().unwrap();
        assert!(built.success(), "the binary does not build");
        // target/debug/deps/it-1234 → target/debug/chatislav
        let test = std::env::current_exe().unwrap();
        test.parent().unwrap().parent().unwrap().join(format!("chatislav{}", std::env::consts::EXE_SUFFIX))
    });
    let mut command = Command::new(binary);
    command.env_remove("CHATISLAV_WEBHOOK_SECRET").env_remove("CHATISLAV_WEBHOOK_SECRET_OLD").env("NO_COLOR", "1");
    command
}

/// Runs to the end: exit code, stdout, stderr.
#[track_caller]
pub(crate) fn run(arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child = chatislav()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without reading.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (
        status.code().unwrap_or_else(|| panic!("ended by a signal: {status}")),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

/// `chatislav listen --output json` on a free port.
pub(crate) struct Listening {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) url: String,
    /// The first line.
    pub(crate) ready: serde_json::Value,
}

impl Listening {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = chatislav()
            .args(["listen", "--port", "0", "--output", "json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the first line is `ready`");
        assert_eq!(ready["type"], "ready");
        Listening { child, stdout, url: ready["url"].as_str().unwrap().to_owned(), ready }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.url.split("//").nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end: exit code, the lines after `ready`, stderr.
    pub(crate) fn wait(mut self) -> (Option<i32>, Vec<serde_json::Value>, String) {
        let mut out = String::new();
        self.stdout.read_to_string(&mut out).unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), err)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
