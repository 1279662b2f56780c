//! A captured request, sent again.

mod wish;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatislav_webhooks::SIGNATURE_HEADER;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, MAX_BODY, Named, Nothing, json};
use crate::forward::ForwardError;
use crate::journal::{Answer, Capture};
use crate::verdict::Mode;
use wish::Wish;

/// How long the target may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What a request has beside a body in base64: a head as long as any, in JSON.
const BESIDE_BODY: usize = 256 * 1024;

/// The same bytes and headers, to the receiver itself or to another URL; or edited.
pub(super) async fn replay(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    Named(capture): Named,
    request: Request,
) -> Result<Response, Refusal> {
    let max_body = control.shared.config.max_body;
    let limit = max_body.saturating_add(2).saturating_div(3).saturating_mul(4).saturating_add(BESIDE_BODY);
    let (_, body) = read_at_most(limit, request, &control, &["application/json"]).await?;
    let wish: Wish = match body.as_ref() {
        [] => Wish::default(),
        body => serde_json::from_slice(body).map_err(|error| Refusal::new(Code::BodyInvalid, error.to_string()))?,
    };
    let mut forwarded = wish.request(&capture, &control.config.url, max_body)?;
    let url = forwarded.url.clone();
    let signature = match (&wish.signature, wish.resign, &*control.shared.mode.now()) {
        (Some(signature), ..) => Some(signature.clone()),
        (None, true, Mode::Verified(webhook)) => Some(webhook.sign(&forwarded.body).to_string()),
        (None, true, Mode::Unsigned(_)) => {
            return Err(Refusal::new(Code::NothingToSignWith, "the receiver has no secret to sign with"));
        }
        (None, false, _) => None,
    };
    if let Some(signature) = signature {
        forwarded.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(SIGNATURE_HEADER));
        forwarded.headers.push((SIGNATURE_HEADER.to_owned(), signature.into()));
    }
    match control.config.sender.forward(forwarded).await {
        Ok(answer) => Ok(json(answered(&capture, &url, &answer))),
        Err(error @ ForwardError::Down(_)) => Err(Refusal::new(Code::TargetDown, said(&error))),
        Err(error @ ForwardError::Blocked(_)) => Err(Refusal::new(Code::TargetRefused, said(&error))),
        Err(error @ ForwardError::Late(_)) => Err(Refusal::new(Code::TargetLate, said(&error))),
    }
}

fn said(error: &ForwardError) -> String {
    match error {
        ForwardError::Down(reason) => format!("the target cannot be reached: {reason}"),
        ForwardError::Blocked(reason) => {
            format!(
                "the target is not this machine, and `listen` was given no --allow or --allow-host for it: {reason}"
            )
        }
        ForwardError::Late(reason) => format!("the target took too long: {reason}"),
    }
}

fn answered(capture: &Capture, url: &str, answer: &Answer) -> String {
    let headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value))).collect();
    serde_json::json!({
        "v": 1,
        "type": "replayed",
        "id": capture.id(),
        "to": url,
        "status": answer.status,
        "headers": headers,
        "body": STANDARD.encode(&answer.body),
    })
    .to_string()
}

/// The body of a request to the control API, and which of the kinds it is. None at all is of the
/// first kind.
pub(super) async fn read(
    request: Request,
    control: &Controlled,
    kinds: &[&'static str],
) -> Result<(&'static str, Bytes), Refusal> {
    read_at_most(MAX_BODY, request, control, kinds).await
}

/// The same, for a body of so many bytes.
pub(super) async fn read_at_most(
    most: usize,
    request: Request,
    control: &Controlled,
    kinds: &[&'static str],
) -> Result<(&'static str, Bytes), Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).map(|value| {
        let value = value.to_str().unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim();
        kinds.iter().copied().find(|kind| kind.eq_ignore_ascii_case(essence))
    });
    let body =
        tokio::time::timeout(control.config.limits.body_total, Limited::new(request.into_body(), most).collect())
            .await
            .map_err(|_| Refusal::new(Code::BodyLate, "the body did not come in time"))?
            .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => Refusal::new(Code::BodyTooLarge, format!("a body here has at most {most} bytes")),
                None => Refusal::new(Code::BodyInvalid, "the body broke off"),
            })?
            .to_bytes();
    match (kind, kinds.first()) {
        (Some(Some(kind)), _) => Ok((kind, body)),
        (None, Some(first)) if body.is_empty() => Ok((first, body)),
        _ => Err(Refusal::new(Code::MediaTypeUnsupported, format!("Content-Type must be {}", kinds.join(" or ")))),
    }
}
