//! A receiver with its control API, asked over raw sockets.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatislav_receiver::journal::Answer;
use chatislav_receiver::{Config, Control, ControlConfig, Forward, ForwardError, Forwarded, Journal, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::screen::Showing;
use super::{Running, connect, send, start_with};

pub(crate) const TOKEN: &str = "b2f1c6d0e5a49388";

/// Takes what is to be sent, and answers 299.
#[derive(Default)]
pub(crate) struct Sender {
    pub(crate) sent: Mutex<Vec<Forwarded>>,
    /// What to answer instead.
    pub(crate) fails: Mutex<Option<ForwardError>>,
}

impl Forward for Sender {
    fn forward(&self, request: Forwarded) -> Pin<Box<dyn Future<Output = Result<Answer, ForwardError>> + Send + '_>> {
        self.sent.lock().unwrap().push(request);
        let answer = Answer { status: 299, headers: vec![("x".into(), "y".into())], body: "done".into() };
        let answered = self.fails.lock().unwrap().clone().map_or(Ok(answer), Err);
        Box::pin(std::future::ready(answered))
    }
}

pub(crate) struct Controlled {
    pub(crate) receiver: Running,
    pub(crate) address: SocketAddr,
    pub(crate) sender: Arc<Sender>,
    pub(crate) screen: Arc<Showing>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) async fn controlled(config: Config) -> Controlled {
    controlled_with(config, |_| {}).await
}

pub(crate) async fn controlled_with(config: Config, change: impl FnOnce(&mut ControlConfig)) -> Controlled {
    controlled_over(Arc::new(Journal::default()), config, change).await
}

pub(crate) async fn controlled_over(
    journal: Arc<Journal>,
    config: Config,
    change: impl FnOnce(&mut ControlConfig),
) -> Controlled {
    let sender = Arc::new(Sender::default());
    let receiver = start_with(config, journal).await;
    let mut config = ControlConfig::new(Token::new(TOKEN), format!("http://{}", receiver.address), sender.clone());
    let screen = Arc::new(Showing::default());
    config.screen = Some(screen.clone());
    change(&mut config);
    let control = Control::bind(0, &receiver.handle, config).await.unwrap();
    let address = control.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(control.run(async {
        let _ = stopped.await;
    }));
    Controlled { receiver, address, sender, screen, stop, task }
}

impl Controlled {
    /// Asks with the token.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Told {
        self.ask_with(method, path, "", "").await
    }

    pub(crate) async fn ask_with(&self, method: &str, path: &str, headers: &str, body: &str) -> Told {
        self.raw(method, path, &format!("Host: {}\r\nAuthorization: Bearer {TOKEN}\r\n{headers}", self.address), body)
            .await
    }

    /// Asks with these header lines and no others.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &str, body: &str) -> Told {
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        let text = send(self.address, request.as_bytes()).await;
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Told { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// Opens a stream; it follows once this comes back.
    pub(crate) async fn stream(&self, query: &str, headers: &str) -> Events {
        let mut stream = connect(self.address).await;
        let request = format!(
            "GET /api/v1/stream{query} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut events = Events { stream, buffer: String::new() };
        let head = events.until("\r\n\r\n").await.unwrap();
        assert!(head.contains("200 OK") && head.contains("text/event-stream"), "{head}");
        assert!(events.until("\n\n").await.unwrap().ends_with(": following\n\n"));
        events
    }

    /// Begins to send a test event; nothing of the answer has been read once this comes back.
    pub(crate) async fn send(&self, wish: &str) -> Events {
        let mut stream = connect(self.address).await;
        let length = wish.len();
        let request = format!(
            "POST /api/v1/send HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{wish}",
            self.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Events { stream, buffer: String::new() }
    }

    /// Stops the receiver and then the control API, and waits for both.
    pub(crate) async fn stop(self) {
        self.receiver.stopped().await;
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

impl Told {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A stream, read event by event.
pub(crate) struct Events {
    stream: TcpStream,
    buffer: String,
}

/// One event.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: serde_json::Value,
}

impl Events {
    /// The next event; comments are passed over. `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let text = self.until("\n\n").await?;
            // Each piece has a line with its length, and lines end its own way.
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            if let (Some(id), Some(kind), Some(data)) = (field("id: "), field("event: "), field("data: ")) {
                return Some(Event { id, kind, data: serde_json::from_str(&data).unwrap() });
            }
        }
    }

    /// What comes up to the end of this text.
    pub(crate) async fn until(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.buffer.find(end) {
                let rest = self.buffer.split_off(at + end.len());
                return Some(std::mem::replace(&mut self.buffer, rest));
            }
            let mut bytes = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut bytes)).await;
            match read.expect("nothing came for 20 s").unwrap() {
                0 => return None,
                count => self.buffer.push_str(std::str::from_utf8(&bytes[..count]).unwrap()),
            }
        }
    }
}
