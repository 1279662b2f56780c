//! A Rust service on axum: `/hook` counts each delivery once on this project's core, `/limited` keeps axum's own limit
//! for a body, which loses what is longer.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use chatislav_webhooks::{DeliveryKey, Webhook};

struct App {
    webhook: Webhook,
    seen: Mutex<HashSet<DeliveryKey>>,
}

async fn hook(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match app.webhook.verify(&body, &headers) {
        Ok(event) => {
            app.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(event.delivery_key());
            StatusCode::NO_CONTENT
        }
        Err(error) => StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn count(State(app): State<Arc<App>>) -> String {
    app.seen.lock().unwrap_or_else(PoisonError::into_inner).len().to_string()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let webhook = Webhook::new(std::env::var("CHATISLAV_WEBHOOK_SECRET")?)?;
    let largest = DefaultBodyLimit::max(webhook.max_body());
    let fixed = std::env::var("FIXED").is_ok_and(|fixed| fixed == "1");
    let limited = post(hook).put(hook);
    let limited = if fixed { limited.layer(largest) } else { limited };
    let app = Router::new()
        .route("/hook", post(hook).put(hook).layer(largest))
        .route("/limited", limited)
        .route("/count", get(count))
        .with_state(Arc::new(App { webhook, seen: Mutex::default() }));
    let port = std::env::var("PORT")?.parse()?;
    axum::serve(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?, app).await?;
    Ok(())
}
