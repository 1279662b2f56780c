//! Asks the endpoint about bodies, each once, and so many at most.

use std::collections::HashMap;
use std::time::Duration;

use chatislav_webhooks::DeliveryKey;
use tokio::time::Instant;

use super::written::Written;
use crate::exchange::{Exchange, Seen};
use crate::recipe::Recipe;
use crate::scene::Scene;

/// How long an endpoint is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is answered 2xx.
    Taken,
    /// It ends as the body did that is to be made smaller.
    Refused,
    /// It ends otherwise, or nobody may ask any more.
    Otherwise,
}

pub(super) struct Oracle<'a> {
    scene: &'a Scene<'a>,
    case: &'static str,
    recipe: &'a Recipe,
    /// How the body ended that is to be made smaller.
    seen: Seen,
    known: HashMap<DeliveryKey, Sight>,
    /// The smallest body that was refused, by its exchange.
    pub(super) last: Option<Exchange>,
    left: usize,
    until: Instant,
    pub(super) asked: usize,
    /// Whether there was something to ask that could not be asked any more.
    pub(super) was_refused: bool,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, case: &'static str, recipe: &'a Recipe, seen: Seen, left: usize) -> Self {
        let until = Instant::now() + PATIENCE;
        Oracle {
            scene,
            case,
            recipe,
            seen,
            known: HashMap::new(),
            last: None,
            left,
            until,
            asked: 0,
            was_refused: false,
        }
    }

    /// Whether a search has to end before it is done: something could not be asked, or its time is over.
    /// Without requests that are left it may go on with what is known.
    pub(super) fn is_over(&mut self) -> bool {
        self.was_refused |= Instant::now() >= self.until;
        self.was_refused
    }

    pub(super) async fn look(&mut self, body: &Written) -> Sight {
        let bytes = body.to_bytes();
        let key = DeliveryKey::of(&bytes);
        if let Some(sight) = self.known.get(&key) {
            return *sight;
        }
        self.was_refused |= self.asked >= self.left;
        if self.is_over() {
            return Sight::Otherwise;
        }
        self.asked += 1;
        let exchange = self.scene.client.send(&self.scene.message_of(self.case, self.recipe, bytes)).await;
        let sight = match &exchange.seen {
            seen if seen.is_success() => Sight::Taken,
            seen if is_same(seen, &self.seen) => Sight::Refused,
            _ => Sight::Otherwise,
        };
        if sight == Sight::Refused {
            self.last = Some(exchange);
        }
        self.known.insert(key, sight);
        sight
    }
}

/// Whether two requests ended for one reason, as far as that can be told. The class of the status would
/// not do: on the way from a 401 to a smaller body lies the 422 of a schema.
fn is_same(one: &Seen, other: &Seen) -> bool {
    match (one, other) {
        (Seen::Answer(one), Seen::Answer(other)) => one.status == other.status,
        (one, other) => one.is_dropped() && other.is_dropped(),
    }
}
