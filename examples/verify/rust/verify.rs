//! Verifies Chatislav webhooks with the crate `chatislav-webhooks`, in an axum application.
//!
//! `verify` takes the raw bytes and all headers; it compares in constant time, and its error knows what to
//! answer. Ask axum for `Bytes`: `Json<T>` keeps no bytes, and what it would serialise again is not what was signed.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chatislav_webhooks::{Event, Webhook};

async fn endpoint(State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match webhook.verify(&body, &headers) {
        Ok(event) => {
            accept(event);
            StatusCode::NO_CONTENT
        }
        Err(error) => {
            eprintln!("{error}: {}", error.hint());
            StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Keep the event, in a queue or a table, and work on it after the answer.
///
/// Chatislav retries with the same bytes, so `delivery_key` tells a duplicate.
fn accept(event: Event) {
    match event {
        Event::LeadCollection(lead) => println!("a lead: {:?}", lead.form().get("email")),
        Event::ConversationSummary(summary) => println!("a summary: {}", summary.summary().as_str()),
        // A kind of event that is newer than this program: answered 2xx like the others.
        _ => println!("another event"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Newest first; the old one only during a rotation. A blank one is refused: everybody could sign with it.
    let mut secrets = vec![std::env::var("CHATISLAV_WEBHOOK_SECRET")?];
    secrets.extend(std::env::var("CHATISLAV_WEBHOOK_SECRET_OLD"));
    let webhook = Webhook::new(secrets)?;

    let application = Router::new()
        .route("/hook", post(endpoint).put(endpoint))
        // axum's own limit is 2 MiB, and a 413 loses the event.
        .layer(DefaultBodyLimit::max(webhook.max_body()))
        .with_state(Arc::new(webhook));
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, application).await?)
}
