//! A client of the control API.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::Printable;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::exit::{Exit, Failure};

/// How long it may take until somebody is there.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take. A replay waits for its target for 30 s.
const ANSWER: Duration = Duration::from_secs(40);

/// A receiver's console, and the token for it.
pub(crate) struct Client {
    authority: String,
    token: Option<String>,
}

/// A connection at work in the background; it ends with this.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Deserialize)]
struct Refused {
    error: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}

impl Client {
    /// From the console's URL, with or without `#token=...`.
    pub(crate) fn parse(url: &str, token: Option<&str>) -> Result<Self, Failure> {
        let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
        let invalid = || {
            let url = Printable(rest);
            Failure::usage(format!(
                "{url} is not a console: expected the `console` of `ready`, as http://127.0.0.1:4181"
            ))
        };
        let authority = rest.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).ok_or_else(invalid)?;
        if authority.is_empty() || authority.contains(['/', '?', '@']) {
            return Err(invalid());
        }
        let token = fragment.strip_prefix("token=").or(token).map(str::to_owned);
        Ok(Client { authority: authority.to_owned(), token })
    }

    /// Asks, and gives back the body of a good answer.
    pub(crate) async fn call(&self, method: &str, path: &str, json: Option<String>) -> Result<Bytes, Failure> {
        let asked = async {
            let (response, _connection) = self.send(method, path, &[], json).await?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(|error| self.lost(&error))?.to_bytes();
            if status.is_success() { Ok(body) } else { Err(self.refused(status.as_u16(), &body)) }
        };
        timeout(ANSWER, asked).await.unwrap_or_else(|_| Err(self.lost(&"no answer came in time")))
    }

    /// Asks for much, and writes it as it comes.
    pub(crate) async fn copy(&self, path: &str, out: &mut impl Write) -> Result<(), Failure> {
        let (response, _connection) = self.send("GET", path, &[], None).await?;
        let status = response.status();
        let mut body = response.into_body();
        if !status.is_success() {
            let body = body.collect().await.map_err(|error| self.lost(&error))?.to_bytes();
            return Err(self.refused(status.as_u16(), &body));
        }
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.lost(&error))?;
            let bytes = frame.data_ref().map_or(&[][..], |bytes| bytes);
            out.write_all(bytes).map_err(cannot_write)?;
        }
        out.flush().map_err(cannot_write)
    }

    /// Follows what comes, after a request's number or from now on.
    pub(crate) async fn follow(&self, filter: &str, after: Option<u64>) -> Result<Events, Failure> {
        let path = format!("/api/v1/stream?filter={}", escaped(filter));
        let after: Vec<_> = after.map(|after| ("last-event-id", after.to_string())).into_iter().collect();
        let (response, connection) = self.send("GET", &path, &after, None).await?;
        let status = response.status();
        let body = response.into_body();
        if status.is_success() {
            return Ok(Events { body, text: Vec::new(), _connection: connection });
        }
        let body = body.collect().await.map_err(|error| self.lost(&error))?.to_bytes();
        Err(self.refused(status.as_u16(), &body))
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        json: Option<String>,
    ) -> Result<(Response<Incoming>, Connection), Failure> {
        let stream = timeout(CONNECT, TcpStream::connect(&self.authority)).await;
        let stream = stream.map_err(|_| self.lost(&"nobody answers"))?.map_err(|error| self.lost(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.lost(&error))?;
        let connection = Connection(tokio::spawn(async move {
            // Its errors reach the sender's side, where they are told.
            let _ = connection.await;
        }));
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.authority);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(json.unwrap_or_default()))).map_err(Failure::usage)?;
        let response = timeout(ANSWER, sender.send_request(request)).await;
        let response = response.map_err(|_| self.lost(&"no answer came in time"))?;
        Ok((response.map_err(|error| self.lost(&error))?, connection))
    }

    fn lost(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::unreachable(format!(
            "the receiver at http://{} cannot be reached: {error}",
            Printable(&self.authority)
        ))
    }

    /// Whether certainly nobody is there.
    pub(crate) async fn is_absent(&self) -> bool {
        let stream = timeout(CONNECT, TcpStream::connect(&self.authority)).await;
        matches!(stream, Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused)
    }

    fn refused(&self, status: u16, body: &[u8]) -> Failure {
        let Ok(Refused { error: Refusal { code, message } }) = serde_json::from_slice(body) else {
            let message = format!("http://{} answers {status}, and not as a console", Printable(&self.authority));
            return Failure::unreachable(message);
        };
        let exit = match (code.as_str(), status) {
            ("target_refused", _) => Exit::Blocked,
            (_, 400 | 401 | 403) => Exit::Usage,
            _ => Exit::Failed,
        };
        let advice = match code.as_str() {
            "token_missing" => "; give it with --token, CHATISLAV_RECEIVER_TOKEN, or in the link",
            _ => "",
        };
        Failure { exit, ..Failure::failed(format!("{}{advice}", Printable(&message))) }
    }
}

pub(crate) fn cannot_write(error: std::io::Error) -> Failure {
    Failure::failed(format!("cannot write the export: {error}"))
}

/// A text as the value of a query's parameter.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A stream of server-sent events.
pub(crate) struct Events {
    body: Incoming,
    text: Vec<u8>,
    _connection: Connection,
}

/// An event with its data.
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) data: String,
}

impl Events {
    /// The next event; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let event = String::from_utf8_lossy(&event);
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                // Comments have neither.
                if let (Some(kind), Some(data)) = (field("event: "), field("data: ")) {
                    return Some(Event { kind, data });
                }
            }
            let frame = self.body.frame().await?.ok()?;
            self.text.extend_from_slice(frame.data_ref()?);
        }
    }
}
