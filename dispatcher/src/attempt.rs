//! One attempt: judge, dial, send, and let the status line decide.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chatislav_webhooks::profile::RetryAfter;
use chatislav_webhooks::target::{Admission, Guard, Pass};
use chatislav_webhooks::{Outcome, Phase, Target};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::http::response::Parts;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::answer::Answer;
use crate::dial::{Dial, Stream, TcpDial};
use crate::progress::{Progress, Watched};
use crate::request::Request;
use crate::resolve::{Resolve, SystemResolver};
use crate::tls::Tls;

/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 64 * 1024;

/// Sends requests past the guard.
#[derive(Clone)]
pub struct Dispatcher {
    guard: Guard,
    resolver: Arc<dyn Resolve>,
    dial: Arc<dyn Dial>,
    tls: Arc<Tls>,
}

/// How one attempt went.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What decides whether it is repeated.
    pub outcome: Outcome,
    /// Why the guard let it through, once it had judged the addresses.
    pub pass: Option<Pass>,
    /// What went wrong in words, where there was no status.
    pub error: Option<String>,
    /// The address for which the guard refused a name: for the operator's log, and for nobody who
    /// may choose names. `error` never holds it.
    pub blocked_address: Option<IpAddr>,
    /// What the answer's `Retry-After` asks for, counted from the answer's head.
    pub retry_after: Option<Duration>,
    /// From the start to the end of the exchange.
    pub duration: Duration,
    /// The beginning of the answer's body, where there was a status.
    pub answer: Option<Answer>,
}

impl Attempt {
    /// An attempt that ended so, without more to tell: for what stands in the dispatcher's place.
    pub fn simulated(outcome: Outcome, duration: Duration) -> Self {
        Attempt { outcome, pass: None, error: None, retry_after: None, duration, answer: None, blocked_address: None }
    }
}

/// Why there is no status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What decides whether it is tried again.
    pub outcome: Outcome,
    /// What went wrong in words, without any address that was resolved.
    pub error: String,
    /// As [`Attempt::blocked_address`].
    pub blocked_address: Option<IpAddr>,
}

impl Dispatcher {
    /// Uses the system's resolver, plain TCP and the platform's TLS roots.
    pub fn new(guard: Guard) -> Self {
        Dispatcher {
            guard,
            resolver: Arc::new(SystemResolver::new()),
            dial: Arc::new(TcpDial),
            tls: Arc::new(Tls::new(Vec::new())),
        }
    }

    /// Resolves names in another way. The guard judges its answers all the same.
    #[must_use]
    pub fn with_resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Opens connections in another way. It is only asked for addresses that were judged.
    #[must_use]
    pub fn with_dial(mut self, dial: impl Dial + 'static) -> Self {
        self.dial = Arc::new(dial);
        self
    }

    /// Trusts these authorities beside the platform's.
    #[must_use]
    pub fn with_extra_roots(mut self, extra_roots: Vec<CertificateDer<'static>>) -> Self {
        self.tls = Arc::new(Tls::new(extra_roots));
        self
    }

    /// The guard's verdict on a target, names resolved, without connecting: how many addresses
    /// there are and why they may be sent to.
    ///
    /// # Errors
    /// [`Outcome::Blocked`], or a request error or timeout in the phase `dns`, with its words.
    pub async fn judge(&self, target: &Target, timeout: Duration) -> Result<(Pass, usize), Failure> {
        let judged = timeout_at(deadline_in(timeout), self.addresses(target)).await;
        match judged {
            Ok(judged) => judged.map(|(pass, addresses)| (pass, addresses.len())),
            Err(_) => Err(Failure {
                outcome: Outcome::Timeout(Phase::Dns),
                error: timeout_error(Phase::Dns, timeout),
                blocked_address: None,
            }),
        }
    }

    /// Attempts the request once.
    pub async fn attempt(&self, request: &Request) -> Attempt {
        let start = Instant::now();
        let deadline = deadline_in(request.timeout);
        let progress = Progress::default();
        let mut pass = None;
        let mut retry_after = None;
        let mut blocked_address = None;
        let (outcome, error, answer) = match timeout_at(deadline, self.exchange(request, &progress, &mut pass)).await {
            Ok(Ok((head, body, connection))) => {
                let status = head.status.as_u16();
                let outcome = Outcome::from_status(status);
                let asked = head.headers.get_all(RETRY_AFTER).iter().map(HeaderValue::as_bytes);
                retry_after = RetryAfter::asked(asked, SystemTime::now());
                progress.enter(Phase::Body);
                let answer = Answer::read(head.headers, body, deadline).await;
                drop(connection);
                let error = outcome.status().is_none().then(|| format!("status {status} is no valid answer"));
                (outcome, error, Some(answer))
            }
            Ok(Err(failure)) => {
                blocked_address = failure.blocked_address;
                (failure.outcome, Some(failure.error), None)
            }
            Err(_) => {
                let phase = progress.phase();
                let proxy = if phase == Phase::Connect && self.dial.is_proxy() { ", through the proxy" } else { "" };
                (Outcome::Timeout(phase), Some(timeout_error(phase, request.timeout) + proxy), None)
            }
        };
        Attempt { outcome, pass, error, blocked_address, retry_after, duration: start.elapsed(), answer }
    }

    /// Everything up to the head of the answer.
    async fn exchange(
        &self,
        request: &Request,
        progress: &Progress,
        pass: &mut Option<Pass>,
    ) -> Result<(Parts, Incoming, Connection), Failure> {
        progress.enter(Phase::Dns);
        let (why, addresses) = self.addresses(&request.target).await?;
        *pass = Some(why);
        progress.enter(Phase::Connect);
        let mut stream = self.connect(&addresses, request.timeout).await?;
        if request.target.is_https() {
            progress.enter(Phase::Tls);
            stream = self.tls.connect(&request.target, stream).await.map_err(|error| failure(Phase::Tls, &error))?;
        }
        let stream = Watched::new(stream, progress.clone());
        let failed = |error: hyper::Error| failure(progress.phase(), &with_cause(&error));
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let connection = Connection(tokio::spawn(async move {
            // Its errors reach the sender's side, where they are told.
            let _ = connection.await;
        }));
        let (head, body) = sender.send_request(request.to_http()).await.map_err(failed)?.into_parts();
        Ok((head, body, connection))
    }

    /// The addresses to dial, each of them judged.
    async fn addresses(&self, target: &Target) -> Result<(Pass, Vec<SocketAddr>), Failure> {
        let blocked = |rule, blocked_address| Failure {
            outcome: Outcome::Blocked(rule),
            error: format!("blocked: {rule}"),
            blocked_address,
        };
        let port = target.port();
        let mut addresses = match self.guard.admit(target).map_err(|rule| blocked(rule, None))? {
            Admission::Address(address) => vec![address],
            Admission::Local(addresses) => addresses.to_vec(),
            Admission::Resolve { name, hosts_file } => {
                let answer = self.resolver.resolve(&name, hosts_file).await;
                answer.map_err(|error| failure(Phase::Dns, &error))?
            }
        };
        if addresses.is_empty() {
            return Err(failure(Phase::Dns, &"the name has no address"));
        }
        let pass =
            self.guard.examine(target, &addresses).map_err(|refusal| blocked(refusal.rule, Some(refusal.address)))?;
        // Hosts without IPv6 are still common, and there an IPv6 address may cost a timeout.
        addresses.sort_by_key(std::net::IpAddr::is_ipv6);
        addresses.dedup();
        Ok((pass, addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect()))
    }

    /// Connects to the first address that answers. Each may use its share of the time that is
    /// left, so one that drops packets does not cost the others their chance.
    async fn connect(&self, addresses: &[SocketAddr], timeout: Duration) -> Result<Box<dyn Stream>, Failure> {
        let mut last = failure(Phase::Connect, &"there is no address to connect to");
        for (index, address) in addresses.iter().enumerate() {
            let is_last = index + 1 == addresses.len();
            let dial = self.dial.dial(*address);
            let dialled = if is_last {
                dial.await
            } else {
                let share = timeout / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
                let late = |_| Err(std::io::ErrorKind::TimedOut.into());
                tokio::time::timeout(share, dial).await.unwrap_or_else(late)
            };
            match dialled {
                Ok(stream) => return Ok(stream),
                Err(error) => last = failure(Phase::Connect, &error),
            }
        }
        Err(last)
    }
}

/// A connection at work in the background; it ends when nobody wants its answer any more.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn failure(phase: Phase, error: &dyn std::fmt::Display) -> Failure {
    Failure { outcome: Outcome::RequestError(phase), error: error.to_string(), blocked_address: None }
}

/// hyper says what it did not get; its source says why.
fn with_cause(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn timeout_error(phase: Phase, timeout: Duration) -> String {
    format!("no answer within {timeout:?}, in the phase {phase}")
}

fn deadline_in(timeout: Duration) -> Instant {
    let now = Instant::now();
    // A timeout too large for the clock means none; tokio's own far future is 30 years.
    now.checked_add(timeout).unwrap_or(now + Duration::from_secs(86_400 * 365 * 30))
}
