//! One run's moment, seed and endpoint: where recipes become messages.

use std::time::{Duration, SystemTime};

use chatislav_webhooks::Secret;

use crate::body::{Draw, Shape};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::exchange::Exchange;
use crate::message::Message;
use crate::recipe::Recipe;

/// What all the requests of a run share.
pub(crate) struct Scene<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) client: &'a Client,
    pub(crate) seed: u64,
    /// The moment of every event; ages count from it.
    pub(crate) moment: SystemTime,
    /// How the bodies are written whose bytes are not the question.
    pub(crate) shape: Shape,
}

impl Scene<'_> {
    /// The request of this number for a case. The same on each run with the same seed, but for the moment.
    pub(crate) fn message(&self, case: &'static str, number: usize, recipe: &Recipe) -> Message {
        self.message_by(&self.endpoint.secret, case, number, recipe)
    }

    /// The same, genuine by another secret.
    pub(crate) fn message_by(&self, secret: &Secret, case: &'static str, number: usize, recipe: &Recipe) -> Message {
        let draw = self.draw(case, number, recipe.age);
        Message::of(case, recipe, draw, self.endpoint, secret)
    }

    /// A genuine request with this body.
    pub(crate) fn message_of(&self, case: &'static str, recipe: &Recipe, body: Vec<u8>) -> Message {
        Message::of_body(case, recipe, body, self.draw(case, 0, 0), self.endpoint, &self.endpoint.secret)
    }

    /// A body of this moment.
    pub(crate) fn body(&self, case: &'static str, make: fn(Draw) -> Vec<u8>) -> Vec<u8> {
        make(self.draw(case, 0, 0))
    }

    /// The body of a recipe, as it is signed.
    pub(crate) fn body_of(&self, case: &'static str, recipe: &Recipe) -> Vec<u8> {
        (recipe.body)(self.draw(case, 0, recipe.age))
    }

    fn draw(&self, case: &'static str, number: usize, age: u64) -> Draw {
        Draw {
            moment: self.moment - Duration::from_secs(age),
            entropy: entropy(self.seed, case, number),
            shape: self.shape,
        }
    }

    pub(crate) async fn send(&self, case: &'static str, number: usize, recipe: &Recipe) -> Exchange {
        self.client.send(&self.message(case, number, recipe)).await
    }
}

/// A number for the ids of one request: FNV-1a over the case, then the finish of SplitMix64, so that
/// neighbours differ in every digit.
fn entropy(seed: u64, case: &str, number: usize) -> u64 {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    let hashed = case
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    let mut state = hashed ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD129_0D35_4B6A_F2B5);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}
