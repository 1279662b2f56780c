//! A capture as a request that a client can send once more.

use std::borrow::Cow;

use crate::journal::{Capture, MALFORMED};

/// The host where the captured one is none.
const NOWHERE: &str = "127.0.0.1";

/// What belongs to one connection, or is the client's own to say.
const OF_THE_CONNECTION: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
    "expect",
];

pub(super) struct Request<'a> {
    pub(super) method: Cow<'a, str>,
    /// Absolute, of characters that every client passes on as they are.
    pub(super) url: String,
    /// The target as it came, if the URL could not hold it.
    pub(super) target: Option<Vec<u8>>,
    pub(super) lines: Vec<Line<'a>>,
    /// `None` if there was neither a body nor word of one.
    pub(super) body: Option<&'a [u8]>,
}

/// A header line. Its name is a token (RFC 9110 section 5.6.2): neither curl nor httpie takes it
/// for the name of a file.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    /// As it came, without the line end.
    pub(super) whole: &'a [u8],
    /// Without the blanks around.
    pub(super) value: &'a [u8],
}

/// Where a request goes, for clients that want it in parts.
pub(super) struct Address {
    pub(super) is_tls: bool,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query, of characters that every client passes on as they are.
    pub(super) target: String,
}

impl Address {
    /// The value of `Host`.
    pub(super) fn authority(&self) -> String {
        let Address { is_tls, host, port, .. } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if *port == default_port(*is_tls) { host } else { format!("{host}:{port}") }
    }
}

impl Line<'_> {
    /// Whether clients that check values let this one through.
    pub(super) fn is_sayable(&self) -> bool {
        self.value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
    }
}

impl<'a> Request<'a> {
    /// `None` for a head that is not HTTP.
    pub(super) fn of(capture: &'a Capture, target: Option<&str>) -> Option<Self> {
        let (method, captured) = capture.method_and_target();
        if capture.verdict == MALFORMED || !is_token(method.as_bytes()) || captured.is_empty() {
            return None;
        }
        let all = || lines(&capture.head);
        let has = |name: &str| all().any(|line| line.name.eq_ignore_ascii_case(name));
        let is_announced = has("content-length") || has("transfer-encoding");
        let (url, raw) = match target {
            Some(target) => (target.to_owned(), None),
            None => {
                let url = url(capture);
                let raw = raw_target(&capture.head);
                // Clients drop a fragment and encode or refuse the rest.
                let is_plain = raw.starts_with(b"/") && raw.iter().all(|byte| is_plain(*byte));
                (url, (!is_plain && !raw.iter().any(u8::is_ascii_control)).then(|| raw.to_vec()))
            }
        };
        let is_sent = |line: &Line<'_>| !OF_THE_CONNECTION.iter().any(|name| line.name.eq_ignore_ascii_case(name));
        Some(Request {
            method,
            url,
            target: raw,
            lines: all().filter(is_sent).collect(),
            body: (is_announced || !capture.body.is_empty()).then_some(&capture.body[..]),
        })
    }

    /// `None` for what is no URL.
    pub(super) fn address(&self) -> Option<Address> {
        let uri: hyper::Uri = self.url.parse().ok()?;
        let is_tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = uri.host()?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
        let mut target = String::new();
        for byte in uri.path_and_query()?.as_str().bytes() {
            match byte {
                b'!'..=b'~' => target.push(char::from(byte)),
                byte => target.push_str(&format!("%{byte:02X}")),
            }
        }
        Some(Address { is_tls, host, port: uri.port_u16().unwrap_or(default_port(is_tls)), target })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.lines.iter().any(|line| line.name.eq_ignore_ascii_case(name))
    }
}

const fn default_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

/// The URL by the captured host and target. The scheme is not known any more, and `http` here.
pub(super) fn url(capture: &Capture) -> String {
    let host = lines(&capture.head)
        .find(|line| line.name.eq_ignore_ascii_case("host"))
        .and_then(|line| str::from_utf8(line.value).ok())
        .filter(|host| !host.is_empty() && host.bytes().all(is_of_host))
        .unwrap_or(NOWHERE);
    let raw = raw_target(&capture.head);
    let path = match raw {
        [b'/', ..] => raw,
        // The absolute form (RFC 9112 section 3.2.2): what comes after the authority.
        _ => match raw.windows(3).position(|three| three == b"://") {
            Some(at) => {
                let rest = raw.get(at + 3..).unwrap_or_default();
                rest.iter().position(|byte| *byte == b'/').and_then(|at| rest.get(at..)).unwrap_or(b"/")
            }
            None => b"/",
        },
    };
    let mut url = format!("http://{host}");
    for byte in path {
        match byte {
            byte if is_plain(*byte) => url.push(char::from(*byte)),
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// The header lines whose names are tokens.
pub(super) fn lines(head: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    lines.filter_map(|line| {
        let whole = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = whole.iter().position(|byte| *byte == b':')?;
        let (name, value) = whole.split_at(colon);
        let name = str::from_utf8(name).ok().filter(|name| is_token(name.as_bytes()))?;
        (!whole.contains(&0)).then_some(Line { name, whole, value: value.get(1..).unwrap_or_default().trim_ascii() })
    })
}

/// The target between the first blank and the last of the request line.
pub(super) fn raw_target(head: &[u8]) -> &[u8] {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let start = line.iter().position(|byte| *byte == b' ').map_or(line.len(), |at| at + 1);
    let end = line.iter().rposition(|byte| *byte == b' ').filter(|end| *end >= start).unwrap_or(line.len());
    line.get(start..end).unwrap_or_default()
}

fn is_token(name: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_token)
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte)
}

/// What stands in a path or a query as it is (RFC 3986), brackets apart.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte)
}
