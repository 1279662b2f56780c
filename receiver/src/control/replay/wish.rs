//! How a replay is to differ from what was captured.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Uri};
use serde::Deserialize;

use crate::control::refusal::{Code, Refusal};
use crate::forward::Forwarded;
use crate::journal::{Capture, MALFORMED};

/// What is absent is as it was captured.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// Another target than the receiver itself.
    to: Option<String>,
    /// Signs the body that is sent, with the receiver's newest secret.
    #[serde(default)]
    pub(super) resign: bool,
    /// Sends this signature.
    pub(super) signature: Option<String>,
    method: Option<String>,
    /// Path and query.
    target: Option<String>,
    /// Names and values in order, in place of all that were captured; what belongs to the connection
    /// is left out.
    headers: Option<Vec<(String, String)>>,
    /// As base64.
    body: Option<String>,
}

impl Wish {
    /// The request that is wanted, with the signature of the capture or of the given headers.
    pub(super) fn request(&self, capture: &Capture, receiver: &str, max_body: usize) -> Result<Forwarded, Refusal> {
        let body = match &self.body {
            Some(body) => decoded(body, max_body)?,
            None if capture.is_whole() => capture.body.clone(),
            None => return Err(not_replayable("the request is not here whole, so it cannot be sent again")),
        };
        if capture.verdict == MALFORMED {
            return Err(not_replayable("what came is not HTTP, so it cannot be sent again"));
        }
        let url = self.url(capture, receiver)?;
        let mut forwarded = Forwarded::of(capture, body, &url, super::TIMEOUT);
        if let Some(method) = &self.method {
            Method::from_bytes(method.as_bytes()).map_err(|_| invalid(&format!("method: {method:?} is none")))?;
            forwarded.method.clone_from(method);
        }
        if let Some(signature) = &self.signature {
            HeaderValue::from_bytes(signature.as_bytes())
                .map_err(|_| invalid("signature: it has a control character"))?;
        }
        if let Some(headers) = &self.headers {
            for (name, value) in headers {
                HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| invalid(&format!("headers: {name:?} is no name of a header")))?;
                HeaderValue::from_bytes(value.as_bytes())
                    .map_err(|_| invalid(&format!("headers: the value of {name} has a control character")))?;
            }
            let headers = headers.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.as_bytes()));
            forwarded.headers = Forwarded::passed_on(headers);
        }
        Ok(forwarded)
    }

    fn url(&self, capture: &Capture, receiver: &str) -> Result<String, Refusal> {
        match (&self.to, &self.target) {
            (Some(_), Some(_)) => Err(invalid("target: `to` is a whole URL, and has a target of its own")),
            (Some(to), None) => match to.parse::<Uri>() {
                Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) => Ok(to.clone()),
                _ => Err(invalid("to: it must be a URL that begins with `http://` or `https://`")),
            },
            (None, Some(target)) => {
                let is_target = target.starts_with('/') && target.parse::<PathAndQuery>().is_ok();
                if !is_target || target.contains('#') {
                    return Err(invalid("target: it must be a path that begins with `/`, with its query"));
                }
                Ok(format!("{receiver}{target}"))
            }
            (None, None) => {
                let (_, target) = capture.method_and_target();
                let uri: Uri = target
                    .parse()
                    .map_err(|_| not_replayable("the request's target cannot be sent again; give another"))?;
                Ok(format!("{receiver}{}", uri.path_and_query().map_or("/", PathAndQuery::as_str)))
            }
        }
    }
}

fn decoded(body: &str, max_body: usize) -> Result<Bytes, Refusal> {
    let body = STANDARD.decode(body).map_err(|error| invalid(&format!("body: it is no base64: {error}")))?;
    if body.len() > max_body {
        return Err(Refusal::new(Code::BodyTooLarge, format!("the receiver takes bodies of at most {max_body} bytes")));
    }
    Ok(body.into())
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(Code::BodyInvalid, message)
}

fn not_replayable(message: &str) -> Refusal {
    Refusal::new(Code::NotReplayable, message)
}
