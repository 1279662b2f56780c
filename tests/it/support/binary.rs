//! The binary, built once and run as a person would.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
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
    command.env_remove("CHATISLAV_RECEIVER_TOKEN");
    command.env_remove("CHATISLAV_WEBHOOK_SECRET").env_remove("CHATISLAV_WEBHOOK_SECRET_OLD").env("NO_COLOR", "1");
    command
}

/// Runs to the end: exit code, stdout, stderr.
#[track_caller]
pub(crate) fn run(arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    run_as(chatislav(), arguments, stdin)
}

#[track_caller]
fn run_as(mut command: Command, arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut child =
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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
    stderr: BufReader<ChildStderr>,
    /// What was read of stderr so far.
    said: String,
    pub(crate) url: String,
    /// The first line.
    pub(crate) ready: serde_json::Value,
}

impl Listening {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Listening::start_as(chatislav(), arguments)
    }

    fn start_as(mut command: Command, arguments: &[&str]) -> Self {
        let mut child = command
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
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Listening { child, stdout, stderr, said: String::new(), url: ready["url"].as_str().unwrap().to_owned(), ready }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.url.split("//").nth(1).unwrap().parse().unwrap()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of stdout.
    pub(crate) fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Waits until a line with these words is on stderr, and gives it back.
    pub(crate) fn note(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it never says `{words}`: {}", self.said);
            self.said.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end: exit code, the lines after `ready`, stderr.
    pub(crate) fn wait(mut self) -> (Option<i32>, Vec<serde_json::Value>, String) {
        let mut out = String::new();
        self.stdout.read_to_string(&mut out).unwrap();
        self.stderr.read_to_string(&mut self.said).unwrap();
        let code = self.child.wait().unwrap().code();
        let said = std::mem::take(&mut self.said);
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A user's runtime folder, in which commands find the receivers of one test and no others.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Desk(tempfile::tempdir().unwrap())
    }

    fn command(&self) -> Command {
        let mut command = chatislav();
        command.env("XDG_RUNTIME_DIR", self.0.path());
        command
    }

    pub(crate) fn listen(&self, arguments: &[&str]) -> Listening {
        Listening::start_as(self.command(), arguments)
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run_as(self.command(), arguments, b"")
    }

    /// Runs with `--output json`: exit code and lines.
    #[track_caller]
    pub(crate) fn lines(&self, arguments: &[&str]) -> (i32, Vec<serde_json::Value>) {
        let (code, out, _) = self.run(&[arguments, &["--output", "json"]].concat());
        (code, out.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// Starts a command and goes on; its stderr is for the caller.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Sends a signed event with this body.
    #[track_caller]
    pub(crate) fn send(&self, receiver: &Listening, path: &str, body: &str) {
        let url = format!("{}{path}", receiver.url);
        let send = ["send", "--body", "-", "--to", &url, "--allow-local", "--secret", "s", "--no-retry"];
        run_as(self.command(), &send, body.as_bytes());
    }

    /// A file in the folder that receivers use, or the folder itself.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("chatislav").join(name)
    }

    /// The names in that folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}
