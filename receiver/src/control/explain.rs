//! Why a signature does not fit.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, Named, Nothing, json};
use crate::explain;
use crate::verdict::Mode;

/// What makes the request's signature fit, whatever its verdict was.
pub(super) async fn explain(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    Named(capture): Named,
) -> Result<Response, Refusal> {
    let mode = control.shared.mode.now();
    let Mode::Verified(webhook) = &*mode else {
        return Err(Refusal::new(Code::NothingToExplain, "the receiver has no secret, so no signature is wrong"));
    };
    if !capture.is_whole() {
        return Err(Refusal::new(Code::NothingToExplain, "the request is not here whole, so its signature cannot fit"));
    }
    let (webhook, shared) = (webhook.clone(), Arc::clone(&control.shared));
    let explained = tokio::task::spawn_blocking(move || {
        let explanation = shared.explainer.explain(&capture, &webhook);
        explain::line(&capture, &explanation)
    });
    let failed = |_| Refusal::new(Code::JournalFailed, "the search was given up");
    Ok(json(explained.await.map_err(failed)?))
}
