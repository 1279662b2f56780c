//! An endpoint that does as a test says with what arrived.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chatislav_webhooks::{SIGNATURE_HEADER, Webhook};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::SECRET;

/// A request, read whole.
#[derive(Clone)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) signatures: Vec<Vec<u8>>,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// The body, as it came off the wire.
    pub(crate) pieces: Vec<Bytes>,
    seen: Arc<Mutex<HashSet<Vec<u8>>>>,
}

/// Status, headers, body.
pub(crate) type Answered = (u16, Vec<(&'static str, String)>, String);

/// What an endpoint makes of a request.
pub(crate) type Fault = Arc<dyn Fn(&Arrived) -> Answered + Send + Sync>;

impl Arrived {
    /// The status of an endpoint without a fault.
    pub(crate) fn judged(&self) -> u16 {
        self.judged_by(&[SECRET])
    }

    pub(crate) fn judged_by(&self, secrets: &[&str]) -> u16 {
        if !matches!(self.method.as_str(), "POST" | "PUT") {
            return 405;
        }
        let webhook = Webhook::new(secrets.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>()).unwrap();
        let headers = self.signatures.iter().map(|value| (SIGNATURE_HEADER, value.as_slice()));
        match webhook.verify(&self.body, headers) {
            Ok(_) => 204,
            Err(error) => error.http_status(),
        }
    }

    pub(crate) fn is_genuine(&self) -> bool {
        self.judged() == 204
    }

    /// The same request with another body.
    pub(crate) fn with_body(&self, body: Vec<u8>) -> Self {
        Arrived { body, ..self.clone() }
    }

    /// The first signature, as text.
    pub(crate) fn signature(&self) -> String {
        self.signatures.first().map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    /// Whether this body was asked about before.
    pub(crate) fn is_again(&self) -> bool {
        !self.seen.lock().unwrap().insert(self.body.clone())
    }
}

/// An answer without a body.
pub(crate) fn plain(status: u16) -> Answered {
    (status, Vec::new(), String::new())
}

/// A fault that only decides on the status.
pub(crate) fn status(decide: impl Fn(&Arrived) -> u16 + Send + Sync + 'static) -> Fault {
    Arc::new(move |arrived| plain(decide(arrived)))
}

pub(crate) struct Served {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Served {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves until it is dropped. A status of 0 ends the connection without an answer.
pub(crate) async fn serve(fault: Fault) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::<Mutex<HashSet<Vec<u8>>>>::default();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (fault, seen) = (Arc::clone(&fault), Arc::clone(&seen));
            let service = service_fn(move |request| answer(request, Arc::clone(&fault), Arc::clone(&seen)));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Served { address, task }
}

async fn answer(
    request: Request<Incoming>,
    fault: Fault,
    seen: Arc<Mutex<HashSet<Vec<u8>>>>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, mut body) = request.into_parts();
    let mut pieces = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        pieces.extend(frame.into_data());
    }
    let text = |name: &str| {
        head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
    };
    let arrived = Arrived {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        signatures: head.headers.get_all(SIGNATURE_HEADER).iter().map(|value| value.as_bytes().to_vec()).collect(),
        content_type: text("content-type"),
        body: pieces.concat(),
        pieces,
        seen,
    };
    let (status, headers, body) = fault(&arrived);
    if status == 0 {
        // hyper ends a connection whose service fails.
        return Err(std::io::Error::other("dropped on purpose"));
    }
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from(body))).unwrap())
}
