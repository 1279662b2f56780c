//! Deliveries, each with what its sender did.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chatislav_webhooks::DeliveryKey;
use serde::Deserialize;

use super::refusal::{Code, Refusal};
use super::requests::{self, filter, within};
use super::{Asked, Controlled, json};
use crate::deliveries::deliveries_by;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    #[serde(default)]
    filter: String,
    #[serde(default = "hundred")]
    limit: usize,
    /// The key of the one that is wanted.
    delivery: Option<String>,
}

const fn hundred() -> usize {
    100
}

/// The newest first; or one, with a forgery of it that has the same bytes.
pub(super) async fn list(
    State(control): State<Arc<Controlled>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Refusal> {
    let (mut filter, limit) = (filter(&wanted.filter)?, within(wanted.limit)?);
    if let Some(key) = wanted.delivery {
        let key: DeliveryKey =
            key.parse().map_err(|error| Refusal::new(Code::QueryInvalid, format!("delivery: {error}")))?;
        filter = requests::filter(&format!("delivery:{key} {filter}"))?;
    }
    // One at a time: it looks at everything that is kept. Who has gone meanwhile waits no longer.
    let mut contents = Arc::clone(&control.contents).lock_owned().await;
    let lines = control.ask(move |journal| deliveries_by(&mut contents, journal, &filter, limit)).await?;
    Ok(json(format!("{{\"v\":1,\"deliveries\":[{}]}}", lines.join(","))))
}
