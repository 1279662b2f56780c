//! What is sent: the same bytes, headers and signature on each attempt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::{CustomHeader, Method, SIGNATURE_HEADER, Settings, Target};
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};

/// A request, ready to be attempted any number of times.
#[derive(Clone)]
pub struct Request {
    pub(crate) target: Target,
    pub(crate) timeout: Duration,
    /// Scheme, host and port: what a connection can be shared for.
    pub(crate) origin: Arc<str>,
    head: hyper::Request<()>,
    body: Bytes,
}

impl Request {
    /// The vendor's default for the whole of an attempt.
    pub const DEFAULT_TIMEOUT: Duration = Settings::DEFAULT_TIMEOUT;

    /// Prepares a request for these bytes. `signature` is sent as it is; without one the header
    /// is absent, as when no secret was generated.
    ///
    /// # Errors
    /// [`InvalidRequest`] if the URL or the signature cannot be put into an HTTP request.
    pub fn new(
        target: Target,
        method: Method,
        body: Bytes,
        signature: Option<&str>,
        headers: &[CustomHeader],
    ) -> Result<Self, InvalidRequest> {
        let method = match method {
            Method::Post => hyper::Method::POST,
            Method::Put => hyper::Method::PUT,
        };
        let host = target.host_header();
        let mut head = hyper::Request::builder()
            .method(method)
            .uri(target.path_and_query())
            .header(header::HOST, &host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(())
            .map_err(|_| InvalidRequest("the path of the URL cannot be sent over HTTP"))?;
        let fields = head.headers_mut();
        for custom in headers {
            let name = HeaderName::from_bytes(custom.name().as_bytes())
                .map_err(|_| InvalidRequest("the name of a custom header is too long"))?;
            let value = HeaderValue::from_str(custom.value())
                .map_err(|_| InvalidRequest("the value of a custom header cannot be sent over HTTP"))?;
            fields.append(name, value);
        }
        fields
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static(concat!("chatislav-webhooks/", env!("CARGO_PKG_VERSION"))));
        if let Some(signature) = signature {
            let value = HeaderValue::from_bytes(signature.as_bytes())
                .map_err(|_| InvalidRequest("the signature cannot be sent as a header"))?;
            fields.insert(HeaderName::from_static(SIGNATURE_HEADER), value);
        }
        Ok(Request { origin: origin(&target, &host), target, timeout: Request::DEFAULT_TIMEOUT, head, body })
    }

    /// Prepares a request that somebody else made: the method, headers and body as they came, for
    /// another target. The caller leaves out what belongs to the old connection.
    ///
    /// # Errors
    /// [`InvalidRequest`] if the URL, the method or a header cannot be put into an HTTP request.
    pub fn relayed(
        target: Target,
        method: &str,
        headers: impl IntoIterator<Item = (impl AsRef<[u8]>, Bytes)>,
        body: Bytes,
    ) -> Result<Self, InvalidRequest> {
        let host = target.host_header();
        let mut head = hyper::Request::builder()
            .method(method)
            .uri(target.path_and_query())
            .header(header::HOST, &host)
            .body(())
            .map_err(|_| InvalidRequest("the method or the path cannot be sent over HTTP"))?;
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_ref())
                .map_err(|_| InvalidRequest("the name of a header cannot be sent over HTTP"))?;
            let value = HeaderValue::from_maybe_shared(value)
                .map_err(|_| InvalidRequest("the value of a header cannot be sent over HTTP"))?;
            head.headers_mut().append(name, value);
        }
        Ok(Request { origin: origin(&target, &host), target, timeout: Request::DEFAULT_TIMEOUT, head, body })
    }

    /// Sets the one deadline over DNS, connect, TLS, write, headers and body.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Where it goes.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The bytes that are sent.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) fn to_http(&self) -> hyper::Request<Full<Bytes>> {
        self.head.clone().map(|()| Full::new(self.body.clone()))
    }
}

fn origin(target: &Target, host: &str) -> Arc<str> {
    let scheme = if target.is_https() { "https" } else { "http" };
    format!("{scheme}://{host}").into()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, {} bytes)", self.head.method(), self.target, self.body.len())
    }
}

/// Why a request cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRequest(&'static str);

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidRequest {}
