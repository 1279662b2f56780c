//! Requests that are judged one by one.

use futures_util::future::join_all;

use super::{Limits, Trial};
use crate::body;
use crate::case::{Case, Group};
use crate::diagnosis::diagnose;
use crate::exchange::Exchange;
use crate::judged::Judged;
use crate::play::{Accept, CROWD};
use crate::recipe::{Recipe, Signing};

const GENUINE: Recipe = Recipe::of(body::plain);

impl Trial<'_> {
    pub(super) async fn each(&mut self, case: &'static Case, recipes: &[Recipe], accept: Accept) -> Judged {
        let mut failed = Vec::new();
        let mut names = Vec::new();
        let mut passed = Vec::new();
        for (number, recipe) in recipes.iter().enumerate() {
            let message = self.scene.message(case.id, number, recipe);
            let exchange = self.scene.client.send(&message).await;
            if matches!(accept, Accept::Refusal | Accept::Answered) {
                self.forgeries.insert((case.id, number), exchange.clone());
            }
            self.limits.learn(case, message.body_len, exchange.seen.is_success());
            if accept.takes(&exchange.seen) {
                passed.push(exchange);
            } else {
                names.extend(recipe.name());
                failed.push(exchange);
            }
        }
        let Some(first) = failed.first() else {
            return Judged::passed(summary(&passed), passed);
        };
        let cause = diagnose(case, &first.seen);
        let seen = if names.is_empty() { summary(&failed) } else { format!("{} to {}", first.seen, names.join(", ")) };
        Judged::failed(seen, cause, failed)
    }

    /// The same bytes twice.
    pub(super) async fn duplicate(&mut self, case: &'static Case, at_once: bool) -> Judged {
        let message = self.scene.message(case.id, 0, &GENUINE);
        let client = self.scene.client;
        let exchanges = if at_once {
            join_all([client.send(&message), client.send(&message)]).await
        } else {
            vec![client.send(&message).await, client.send(&message).await]
        };
        all_taken(case, exchanges)
    }

    /// Eight deliveries at once.
    pub(super) async fn crowd(&mut self, case: &'static Case) -> Judged {
        let messages: Vec<_> = (0..CROWD).map(|number| self.scene.message(case.id, number, &GENUINE)).collect();
        all_taken(case, join_all(messages.iter().map(|message| self.scene.client.send(message))).await)
    }

    pub(super) async fn old_secrets(&mut self, case: &'static Case) -> Judged {
        let mut exchanges = Vec::new();
        for (number, secret) in self.scene.endpoint.old_secrets.iter().enumerate() {
            let message = self.scene.message_by(secret, case.id, number, &GENUINE);
            exchanges.push(self.scene.client.send(&message).await);
        }
        all_taken(case, exchanges)
    }
}

impl Limits {
    fn learn(&mut self, case: &Case, size: usize, is_taken: bool) {
        if case.group == Group::Accepts && is_taken {
            self.largest_accepted = self.largest_accepted.max(Some(size));
        }
        if case.id.starts_with("C-14/") && !is_taken {
            self.smallest_refused = Some(self.smallest_refused.map_or(size, |smallest| smallest.min(size)));
        }
    }
}

/// Judges deliveries that must all be taken.
pub(super) fn all_taken(case: &'static Case, exchanges: Vec<Exchange>) -> Judged {
    let all = exchanges.len();
    let (taken, failed): (Vec<_>, Vec<_>) = exchanges.into_iter().partition(|exchange| exchange.seen.is_success());
    match failed.first() {
        None => Judged::passed(summary(&taken), taken),
        Some(first) => {
            let cause = diagnose(case, &first.seen);
            Judged::failed(format!("{} to {} of {all}", first.seen, failed.len()), cause, failed)
        }
    }
}

/// What was seen, where it is the same each time, or the first of it.
fn summary(exchanges: &[Exchange]) -> String {
    let mut seen: Vec<String> = exchanges.iter().map(|exchange| exchange.seen.to_string()).collect();
    seen.dedup();
    seen.join(", ")
}

impl Recipe {
    /// What tells it from the others of its case.
    fn name(&self) -> Option<String> {
        match self.signing {
            Signing::Text(text) | Signing::Key(text) if !text.is_empty() => Some(format!("`{text}`")),
            _ => None,
        }
    }
}
