//! Who may ask.
//!
//! The port is open to every program on this machine, and to every page that its browser shows.
//! The token keeps strangers out. The rest keeps a page from using the browser's own place on this
//! machine: a name of the page's site that suddenly resolves to 127.0.0.1 fails at `Host`, a
//! request across sites at `Origin` or `Sec-Fetch-Site`, and nothing here says that another site
//! may read an answer.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::Controlled;
use super::refusal::{Code, Refusal};

/// What tells who may use the control API.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a text that nobody can guess: 32 random bytes as hexadecimal digits, say.
    pub fn new(text: impl Into<String>) -> Self {
        Token(text.into())
    }

    fn is(&self, text: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(text).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Whether a path answers without a token: the page has no data in it.
fn is_open(path: &str) -> bool {
    matches!(path, "/" | "/health") || path.starts_with("/console/")
}

/// What every answer says, refusals too.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn guard(State(control): State<Arc<Controlled>>, request: Request, next: Next) -> Response {
    let mut response = match judge(&control, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn judge(control: &Controlled, request: &Request) -> Result<(), Refusal> {
    let headers = request.headers();
    let host = only(headers, &header::HOST)
        .filter(|host| is_ours(host, control.port))
        .filter(|_| request.uri().authority().is_none())
        .ok_or_else(|| Refusal::new(Code::HostRefused, "Host must be 127.0.0.1, [::1] or localhost, with this port"))?;
    if headers.contains_key(header::ORIGIN) {
        let origin = only(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        if !origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host)) {
            return Err(Refusal::new(Code::OriginRefused, "another site may not ask"));
        }
    }
    // Another port of localhost is the same site, and yet somebody else's page.
    let site = HeaderName::from_static("sec-fetch-site");
    let is_own = !headers.contains_key(&site) || matches!(only(headers, &site), Some("same-origin" | "none"));
    if !is_own && !follows_a_link(request) {
        return Err(Refusal::new(Code::CrossSiteRefused, "another site may not ask"));
    }
    if request.method() == Method::OPTIONS {
        return Err(Refusal::new(Code::MethodNotAllowed, "other sites get no leave here"));
    }
    if is_open(request.uri().path()) {
        return Ok(());
    }
    let Some(credentials) = headers.get(header::AUTHORIZATION) else {
        return Err(Refusal::new(Code::TokenMissing, "Authorization: Bearer TOKEN is missing; `ready` has the token"));
    };
    let is_alone = headers.get_all(header::AUTHORIZATION).iter().count() == 1;
    let token =
        credentials.as_bytes().split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "));
    if !(is_alone && token.is_some_and(|(_, token)| control.config.token.is(token))) {
        return Err(Refusal::new(Code::TokenWrong, "that is not the token of this receiver"));
    }
    Ok(())
}

/// Whether a browser goes from another site to the page in a window of its own: a link in a chat, say.
/// The other site cannot look into it, and it holds nothing without the token.
fn follows_a_link(request: &Request) -> bool {
    let is = |name: &'static str, value: &str| {
        only(request.headers(), &HeaderName::from_static(name)).is_some_and(|said| said == value)
    };
    matches!(*request.method(), Method::GET | Method::HEAD)
        && request.uri().path() == "/"
        && is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
}

/// The value of a header that there is once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether this is a name of this machine that nobody else can give out, with the port.
fn is_ours(host: &str, port: u16) -> bool {
    let (name, its_port) = match host.rsplit_once(':') {
        Some((name, its_port)) if !its_port.ends_with(']') => (name, its_port),
        _ => (host, "80"),
    };
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_here = name.eq_ignore_ascii_case("localhost")
        || literal
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback() && address.is_ipv6() == (literal != name));
    is_here && its_port == port.to_string()
}
