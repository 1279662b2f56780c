//! The control API: what a person, a page or a script asks of a running receiver.
//!
//! It has a port of its own, on this machine only. Whoever may use it holds its token; a page of
//! another site, or a name that was made to point here, gets nothing: see [`guard`].

mod deliveries;
mod examples;
mod explain;
mod export;
mod guard;
mod page;
mod plan;
mod refusal;
mod replay;
mod requests;
mod send;
mod settings;
mod stream;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, watch};

use crate::config::Limits;
use crate::deliveries::Contents;
use crate::forward::Forward;
use crate::journal::{Capture, Journal};
use crate::screen::Screen;
use crate::server::{Handle, Places};
use crate::shared::Shared;

pub use guard::Token;
use refusal::{Code, Refusal};

/// How long answers may still be on their way when the receiver has stopped.
const GRACE: Duration = Duration::from_secs(1);
/// How long there may be nothing to tell before a comment shows that the connection lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long requests are gathered for those who only look.
const GATHER: Duration = Duration::from_millis(100);
/// How many bytes a request's body may have. Plans are written by hand.
const MAX_BODY: usize = 64 * 1024;

/// What the control API is made with.
pub struct ControlConfig {
    /// What whoever asks has to know.
    pub token: Token,
    /// Where the receiver is reached from here; replays go there.
    pub url: String,
    /// Who sends replays.
    pub sender: Arc<dyn Forward>,
    /// The Webhooks screen; without one its routes find nothing.
    pub screen: Option<Arc<dyn Screen>>,
    /// How long a stream may be silent.
    pub keep_alive: Duration,
    /// How long a stream with `latest` gathers what comes after an update.
    pub gather: Duration,
    /// What clients may cost.
    pub limits: Limits,
}

/// The control API of a receiver, which has its port and does not serve yet.
pub struct Control {
    listener: TcpListener,
    control: Arc<Controlled>,
}

/// What the handlers share.
struct Controlled {
    shared: Arc<Shared>,
    config: ControlConfig,
    port: u16,
    /// What questions after deliveries remember.
    contents: Arc<Mutex<Contents>>,
    /// For the test events that are on their way.
    sends: Arc<Semaphore>,
    /// Rises to true once the receiver has stopped; the streams then end.
    stop: watch::Sender<bool>,
}

impl ControlConfig {
    /// With the defaults for everything that has one.
    pub fn new(token: Token, url: String, sender: Arc<dyn Forward>) -> Self {
        let limits = Limits {
            head_bytes: 16 * 1024,
            headers: 64,
            head: Duration::from_secs(10),
            body_total: Duration::from_secs(10),
            connections: 64,
            connections_per_peer: 64,
            ..Limits::default()
        };
        ControlConfig { token, url, sender, screen: None, keep_alive: KEEP_ALIVE, gather: GATHER, limits }
    }
}

impl Control {
    /// Takes a port of 127.0.0.1, whatever the receiver itself listens on; 0 takes any free one.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn bind(port: u16, receiver: &Handle, config: ControlConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = listener.local_addr()?.port();
        let (shared, stop) = (receiver.shared(), watch::Sender::new(false));
        let sends = Arc::new(Semaphore::new(send::MAX_SENDS));
        Ok(Control {
            listener,
            control: Arc::new(Controlled { shared, config, port, contents: Arc::default(), sends, stop }),
        })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system cannot tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` comes back, which is best when the receiver has recorded its last
    /// request: streams tell what they have not told yet and end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Control { listener, control } = self;
        let graceful = GracefulShutdown::new();
        let limits = control.config.limits;
        let places = Places::new(&limits);
        let service = TowerToHyperService::new(router(Arc::clone(&control)));
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, peer)) = accepted else {
                // Out of descriptors, say. Those in use come free; spinning helps nobody.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Some(place) = places.take(peer.ip()) else {
                let _ = stream
                    .try_write(b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                continue;
            };
            let _ = stream.set_nodelay(true);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.head)
                .max_buf_size(limits.head_bytes.max(8192))
                .max_headers(limits.headers)
                .serve_connection(TokioIo::new(stream), service.clone());
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                let _ = connection.await;
                drop(place);
            });
        }
        drop(listener);
        control.stop.send_replace(true);
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    }
}

impl Controlled {
    /// Asks the journal, which may read a file, on a thread where that holds up nobody.
    async fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&Journal) -> T + Send + 'static) -> Result<T, Refusal> {
        let journal = Arc::clone(&self.shared.journal);
        let failed = |reason: String| Refusal::new(Code::JournalFailed, reason);
        let (told, fault) = tokio::task::spawn_blocking(move || (ask(&journal), journal.fault()))
            .await
            .map_err(|_| failed("the journal could not be read".to_owned()))?;
        fault.map_or(Ok(told), |fault| Err(failed(fault)))
    }
}

fn router(control: Arc<Controlled>) -> Router {
    let api = Router::new()
        .route("/receiver", get(requests::receiver))
        .route("/requests", get(requests::list).delete(requests::clear))
        .route("/requests/{id}", get(requests::show))
        .route("/requests/{id}/body", get(requests::body))
        .route("/requests/{id}/head", get(requests::head))
        .route("/requests/{id}/explain", get(explain::explain))
        .route("/requests/{id}/replay", post(replay::replay))
        .route("/requests/{id}/export", get(export::one))
        .route("/export", get(export::all))
        .route("/diff", get(export::compare))
        .route("/openapi.json", get(openapi))
        .route("/closest", get(requests::closest))
        .route("/deliveries", get(deliveries::list))
        .route("/stream", get(stream::follow))
        .route("/plan", get(plan::show).put(plan::change))
        .route("/settings", get(settings::show).put(settings::save))
        .route("/settings/secret", post(settings::regenerate))
        .route("/sample", post(send::sample))
        .route("/send", post(send::send))
        .route("/plan/preview", post(plan::preview))
        .route("/presets", get(plan::presets))
        .route("/examples", get(examples::list));
    Router::new()
        .route("/health", get(health))
        .nest("/api/v1", api)
        .merge(page::routes())
        .fallback(nothing_here)
        .method_not_allowed_fallback(async || Refusal::new(Code::MethodNotAllowed, "this route has other methods"))
        .layer(from_fn_with_state(Arc::clone(&control), guard::guard))
        .with_state(control)
}

/// Says that there is a receiver, and which process it is.
async fn health(Asked(Nothing {}): Asked<Nothing>) -> Response {
    json(format!("{{\"v\":1,\"type\":\"health\",\"pid\":{}}}", std::process::id()))
}

/// What this is, for programs.
async fn openapi(Asked(Nothing {}): Asked<Nothing>) -> Response {
    json(include_str!("../openapi.json").to_owned())
}

async fn nothing_here() -> Refusal {
    Refusal::new(Code::NotFound, "there is nothing here; the API is under /api/v1")
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// The parameters of the query. One that is not known is refused: a filter with a slip in its name
/// would let everything through.
struct Asked<T>(T);

/// No parameters.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(error) => Err(Refusal::new(Code::QueryInvalid, error.body_text())),
        }
    }
}

/// The capture that the path names.
struct Named(Arc<Capture>);

impl FromRequestParts<Arc<Controlled>> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, control: &Arc<Controlled>) -> Result<Self, Refusal> {
        let missing = || Refusal::new(Code::NotFound, "no such request, or it is kept no more");
        let State(control): State<Arc<Controlled>> = State(Arc::clone(control));
        let Path(id) = Path::<String>::from_request_parts(parts, &control).await.map_err(|_| missing())?;
        control.ask(move |journal| journal.named(&id)).await?.map(Named).ok_or_else(missing)
    }
}
