//! One attempt: judge, dial, send, and let the status line decide.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chatislav_webhooks::profile::RetryAfter;
use chatislav_webhooks::target::{Admission, Guard, Pass};
use chatislav_webhooks::{Outcome, Phase, Target};
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{HeaderValue, RETRY_AFTER};
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};

use crate::answer::Answer;
use crate::dial::{Dial, Stream, TcpDial};
use crate::link::{Link, is_plain};
use crate::pool::{Pool, Pooling};
use crate::progress::Progress;
use crate::request::Request;
use crate::resolve::{Resolve, SystemResolver};
use crate::timings::Timings;
use crate::tls::Tls;

/// Sends requests past the guard. Clones share their idle connections.
#[derive(Clone)]
pub struct Dispatcher {
    guard: Guard,
    resolver: Arc<dyn Resolve>,
    dial: Arc<dyn Dial>,
    tls: Arc<Tls>,
    pool: Arc<Pool>,
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
    /// The time of each phase.
    pub timings: Timings,
    /// Whether the request went over a connection that had served another one.
    pub reused: bool,
    /// The beginning of the answer's body, where there was a status.
    pub answer: Option<Answer>,
}

impl Attempt {
    /// An attempt that ended so, without more to tell: for what stands in the dispatcher's place.
    pub fn simulated(outcome: Outcome, duration: Duration) -> Self {
        Attempt {
            outcome,
            pass: None,
            error: None,
            blocked_address: None,
            retry_after: None,
            duration,
            timings: Timings::default(),
            reused: false,
            answer: None,
        }
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
            pool: Arc::default(),
        }
    }

    /// Resolves names in another way. The guard judges its answers all the same.
    #[must_use]
    pub fn with_resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self.with_own_pool()
    }

    /// Opens connections in another way. It is only asked for addresses that were judged.
    #[must_use]
    pub fn with_dial(mut self, dial: impl Dial + 'static) -> Self {
        self.dial = Arc::new(dial);
        self.with_own_pool()
    }

    /// Trusts these authorities beside the platform's.
    #[must_use]
    pub fn with_extra_roots(mut self, extra_roots: Vec<CertificateDer<'static>>) -> Self {
        self.tls = Arc::new(Tls::new(extra_roots));
        self.with_own_pool()
    }

    /// Keeps idle connections in another measure, or none.
    #[must_use]
    pub fn with_pooling(mut self, pooling: Pooling) -> Self {
        self.pool = Arc::new(Pool::new(pooling));
        self
    }

    /// What was connected in another way is not to be used.
    fn with_own_pool(self) -> Self {
        let pooling = self.pool.pooling();
        self.with_pooling(pooling)
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

    /// Opens a connection to the target past the guard, with TLS where it is https, for whoever speaks
    /// on it in a way of its own. The pool has no part in it.
    ///
    /// # Errors
    /// [`Outcome::Blocked`], or a request error or timeout in the phase in which it arose.
    pub async fn connect(&self, target: &Target, timeout: Duration) -> Result<(Pass, Box<dyn Stream>), Failure> {
        let mut progress = Progress::new(Instant::now());
        let opened = timeout_at(deadline_in(timeout), async {
            let (pass, addresses) = self.addresses(target).await?;
            let (stream, _) = self.open(target, &addresses, timeout, &mut progress).await?;
            Ok((pass, stream))
        });
        match opened.await {
            Ok(opened) => opened,
            Err(_) => {
                let phase = progress.phase();
                let error = timeout_error(phase, timeout);
                Err(Failure { outcome: Outcome::Timeout(phase), error, blocked_address: None })
            }
        }
    }

    /// Attempts the request once.
    ///
    /// The guard judges each time, and an idle connection is used only if it leads to an address that
    /// was judged just now. If it turns out to have been closed before a byte of the request was
    /// written, another one is opened; what fails in any other way is not sent again.
    pub async fn attempt(&self, request: &Request) -> Attempt {
        let start = Instant::now();
        let deadline = deadline_in(request.timeout);
        let mut progress = Progress::new(start);
        let mut pass = None;
        let mut retry_after = None;
        let mut blocked_address = None;
        let mut served = None;
        let (outcome, error, answer) = match timeout_at(deadline, self.exchange(request, &mut progress, &mut pass))
            .await
        {
            Ok(Ok((answer, mut link))) => {
                let is_plain = is_plain(&answer);
                let (head, body) = answer.into_parts();
                let status = head.status.as_u16();
                let outcome = Outcome::from_status(status);
                let asked = head.headers.get_all(RETRY_AFTER).iter().map(HeaderValue::as_bytes);
                retry_after = RetryAfter::asked(asked, SystemTime::now());
                progress.enter(Phase::Body);
                let answer = Answer::read(head.headers, body, &mut link, deadline).await;
                served = (is_plain && answer.cut.is_none() && link.is_idle()).then_some(link);
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
        let now = Instant::now();
        if let Some(link) = served {
            self.pool.put(&request.origin, link, now);
        }
        let reused = progress.reused;
        let timings = progress.end(now);
        Attempt { outcome, pass, error, blocked_address, retry_after, duration: now - start, timings, reused, answer }
    }

    /// Everything up to the head of the answer.
    async fn exchange(
        &self,
        request: &Request,
        progress: &mut Progress,
        pass: &mut Option<Pass>,
    ) -> Result<(Response<Incoming>, Box<Link>), Failure> {
        let (why, addresses) = self.addresses(&request.target).await?;
        *pass = Some(why);
        if let Some(mut link) = self.pool.take(&request.origin, &addresses) {
            // A runtime's sockets learn what has arrived when it turns to them, and it does that
            // before it comes back from a yield.
            tokio::task::yield_now().await;
            progress.write(link.begin(), true);
            match link.send(request.to_http()).await {
                Ok(answer) => return Ok((answer, link)),
                // It is no longer idle, and nobody has seen anything of the request.
                Err(_) if link.is_untouched() => progress.reused = false,
                Err(error) => return Err(failure(progress.phase(), &with_cause(&error))),
            }
        }
        let (stream, peer) = self.open(&request.target, &addresses, request.timeout, progress).await?;
        let link = Link::new(stream, peer).await;
        let mut link = Box::new(link.map_err(|error| failure(Phase::Write, &with_cause(&error)))?);
        progress.write(link.begin(), false);
        let sent = link.send(request.to_http()).await;
        let answer = sent.map_err(|error| failure(progress.phase(), &with_cause(&error)))?;
        Ok((answer, link))
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

    /// Connects to one of these addresses, and speaks TLS where the target has it.
    async fn open(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
        timeout: Duration,
        progress: &mut Progress,
    ) -> Result<(Box<dyn Stream>, SocketAddr), Failure> {
        progress.enter(Phase::Connect);
        let (stream, peer) = self.dial_one(addresses, timeout).await?;
        if !target.is_https() {
            return Ok((stream, peer));
        }
        progress.enter(Phase::Tls);
        let stream = self.tls.connect(target, stream).await.map_err(|error| failure(Phase::Tls, &error))?;
        Ok((stream, peer))
    }

    /// Connects to the first address that answers. Each may use its share of the time that is
    /// left, so one that drops packets does not cost the others their chance.
    async fn dial_one(
        &self,
        addresses: &[SocketAddr],
        timeout: Duration,
    ) -> Result<(Box<dyn Stream>, SocketAddr), Failure> {
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
                Ok(stream) => return Ok((stream, *address)),
                Err(error) => last = failure(Phase::Connect, &error),
            }
        }
        Err(last)
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
