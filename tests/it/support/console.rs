//! A console of the binary, asked over plain sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Where it is, and what opens it.
#[derive(Clone)]
pub(crate) struct Console {
    address: SocketAddr,
    token: String,
}

/// A test event on its way.
pub(crate) struct Delivering(BufReader<TcpStream>);

impl Console {
    /// The one of which a `ready` line tells.
    pub(crate) fn of(ready: &Value) -> Self {
        let text = |name: &str| ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {ready}")).to_owned();
        Console { address: text("console").trim_start_matches("http://").parse().unwrap(), token: text("token") }
    }

    /// The status and the JSON of an answer.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (status, mut stream) = self.begin(method, path, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (status, serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}")))
    }

    /// What the screen shows.
    #[track_caller]
    pub(crate) fn settings(&self) -> Value {
        let (status, shown) = self.ask("GET", "/settings", &Value::Null);
        assert_eq!(status, 200, "{shown}");
        shown
    }

    /// Saves what the screen shows with these changes.
    #[track_caller]
    pub(crate) fn save(&self, changes: Value) -> (u16, Value) {
        self.put(&form(&self.settings(), changes))
    }

    /// Saves a whole form.
    #[track_caller]
    pub(crate) fn put(&self, form: &Value) -> (u16, Value) {
        self.ask("PUT", "/settings", form)
    }

    /// Rolls the secret: its text, and what the screen shows then.
    #[track_caller]
    pub(crate) fn regenerate(&self, keep: &str) -> (String, Value) {
        let wish = serde_json::json!({ "revision": self.settings()["revision"], "keep": keep });
        let (status, new) = self.ask("POST", "/settings/secret", &wish);
        assert_eq!(status, 200, "{new}");
        (new["secret"].as_str().unwrap().to_owned(), new["settings"].clone())
    }

    /// Sends a test event.
    #[track_caller]
    pub(crate) fn send(&self, wish: &Value) -> Delivering {
        let (status, stream) = self.begin("POST", "/send", wish);
        assert_eq!(status, 200);
        Delivering(stream)
    }

    fn begin(&self, method: &str, path: &str, body: &Value) -> (u16, BufReader<TcpStream>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // So that a test that would hang fails.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let Console { address, token } = self;
        let head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).unwrap(), 0, "no answer to {method} {path}: {head}");
        }
        (head.split(' ').nth(1).unwrap().parse().unwrap(), stream)
    }
}

/// The whole form that these settings fill in, with these changes.
pub(crate) fn form(shown: &Value, changes: Value) -> Value {
    let keys = ["revision", "enabled", "url", "method", "timeout", "events", "headers", "allow_local"];
    let mut form: Value = keys.iter().map(|key| ((*key).to_owned(), shown[key].clone())).collect();
    form.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    form
}

/// What is told, line by line.
impl Iterator for Delivering {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            // Each piece has a line with its length before it.
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(name) = line.strip_prefix("event: ") {
                event = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let data: Value = serde_json::from_str(data).unwrap();
                assert_eq!(data["type"], event.as_str(), "{data}");
                return Some(data);
            }
        }
    }
}
