//! Deliveries, each with what its sender did.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::refusal::Refusal;
use super::requests::{filter, within};
use super::{Asked, Controlled, json};
use crate::deliveries::deliveries;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    filter: String,
    #[serde(default = "hundred")]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// The newest first.
pub(super) async fn list(
    State(control): State<Arc<Controlled>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Refusal> {
    let (filter, limit) = (filter(&wanted.filter)?, within(wanted.limit)?);
    let lines = control.ask(move |journal| deliveries(journal, &filter, limit)).await?;
    Ok(json(format!("{{\"v\":1,\"deliveries\":[{}]}}", lines.join(","))))
}
