//! One body of the user's, sent as a genuine delivery.

use std::time::SystemTime;

use chatislav_webhooks::{Error, Unsigned};
use tokio::time::Instant;

use crate::body::{Shape, nothing};
use crate::check::{Config, client_for};
use crate::endpoint::Endpoint;
use crate::exchange::Exchange;
use crate::obstacle::Obstacle;
use crate::preflight;
use crate::recipe::Recipe;
use crate::report::Report;
use crate::scene::Scene;
use crate::shrink::{Smallest, is_telling, shrink};

/// The name under which its exchanges are told.
pub(crate) const NAME: &str = "body";

/// What became of the body.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The run, without findings. An obstacle in it makes an answer to the body worthless.
    pub report: Report,
    /// How it was answered, where it was sent.
    pub exchange: Option<Exchange>,
    /// Where it was refused: the smallest body that is refused like it.
    pub smallest: Option<Smallest>,
}

impl Captured {
    /// Whether it was answered 2xx.
    pub fn is_taken(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| exchange.seen.is_success())
    }

    /// Whether that says something: where there is an obstacle, an answer does not.
    pub fn is_good(&self) -> bool {
        self.is_taken() && self.report.obstacle.is_none()
    }
}

/// How many requests [`check_body`] makes at most, but for those that make the body smaller.
pub fn body_requests() -> usize {
    preflight::requests() + 1
}

/// Sends these bytes, signed as Chatislav would, and finds out what about them an endpoint refuses.
///
/// # Errors
/// `payload_*` for a body that is no event: that is none which Chatislav sends.
pub async fn check_body(
    endpoint: &Endpoint,
    config: &Config,
    body: Vec<u8>,
    started: SystemTime,
) -> Result<Captured, Error> {
    const NO_HEADERS: [(&str, &str); 0] = [];
    const RECIPE: Recipe = Recipe::of(nothing);
    Unsigned::new().with_max_body(usize::MAX).read(&body, NO_HEADERS)?;
    let begin = Instant::now();
    let client = client_for(endpoint, config);
    let mut scene = Scene { endpoint, client: &client, seed: config.seed, moment: started, shape: Shape::default() };
    let obstacle = preflight::fly(&mut scene).await;
    let goes_on = |obstacle: &Obstacle| config.despite_obstacle && !obstacle.is_unreachable();
    let mut exchange = None;
    let mut smallest = None;
    if obstacle.as_ref().is_none_or(goes_on) {
        let sent = client.send(&scene.message_of(NAME, &RECIPE, body.clone())).await;
        if !sent.seen.is_success() && is_telling(&sent.seen) {
            smallest = shrink(&scene, NAME, &RECIPE, (&body, &sent.seen), &[], config.shrink_requests).await;
        }
        exchange = Some(sent);
    }
    let report = Report::without_findings(&scene, config.is_strict, begin, obstacle);
    Ok(Captured { report, exchange, smallest })
}
