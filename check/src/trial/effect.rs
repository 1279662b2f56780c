//! Effects, seen by a probe and not believed.

use futures_util::future::join;

use super::Trial;
use crate::battery::FORGERIES_WITH_EFFECT;
use crate::body;
use crate::case::Case;
use crate::cause::Cause;
use crate::diagnosis::diagnose;
use crate::exchange::Exchange;
use crate::judged::Judged;
use crate::play::Effect;
use crate::probe::{Probe, risen, settled};
use crate::recipe::{Recipe, Verb};

const GENUINE: Recipe = Recipe::of(body::plain);

impl Trial<'_> {
    pub(super) async fn effect(&mut self, case: &'static Case, effect: Effect) -> Judged {
        let Some(probe) = self.probe else {
            return Judged::skipped("there is no probe");
        };
        match self.measured(case, effect, probe).await {
            Ok((exchanges, before, after)) => judged(case, effect, exchanges, before, after),
            Err(why) => Judged::failed(format!("the probe gives no count: {why}"), None, Vec::new()),
        }
    }

    /// What was sent, and the counts before and after.
    async fn measured(
        &self,
        case: &'static Case,
        effect: Effect,
        probe: &dyn Probe,
    ) -> Result<(Vec<Exchange>, u64, u64), String> {
        // What went before may still be at work.
        let before = settled(probe).await?;
        let exchanges = self.provoke(case, effect).await;
        if matches!(effect, Effect::Genuine | Effect::Again | Effect::AtOnce) {
            risen(probe, before).await?;
        }
        Ok((exchanges, before, settled(probe).await?))
    }

    async fn provoke(&self, case: &'static Case, effect: Effect) -> Vec<Exchange> {
        let client = self.scene.client;
        let genuine = self.scene.message(case.id, 0, &GENUINE);
        match effect {
            Effect::Genuine => vec![client.send(&genuine).await],
            Effect::Again => vec![client.send(&genuine).await, client.send(&genuine).await],
            Effect::AtOnce => {
                let (one, other) = join(client.send(&genuine), client.send(&genuine)).await;
                vec![one, other]
            }
            Effect::Forgery => {
                let mut exchanges = Vec::new();
                for (number, recipe) in FORGERIES_WITH_EFFECT.iter().enumerate() {
                    exchanges.push(self.scene.send(case.id, number, recipe).await);
                }
                exchanges
            }
            Effect::Get => vec![self.scene.send(case.id, 0, &Recipe::bare(Verb::Get)).await],
        }
    }
}

fn judged(case: &Case, effect: Effect, exchanges: Vec<Exchange>, before: u64, after: u64) -> Judged {
    let Some(effects) = after.checked_sub(before) else {
        return Judged::failed(format!("the probe's count fell from {before} to {after}"), None, exchanges);
    };
    let seen = format!("{effects} effect(s): the probe went from {before} to {after}");
    let cause = match (effect, effects) {
        (Effect::Genuine | Effect::Again | Effect::AtOnce, 1) | (Effect::Forgery | Effect::Get, 0) => {
            return Judged::passed(seen, exchanges);
        }
        (Effect::Forgery, _) => Cause::ActsBeforeVerdict,
        (Effect::Get, _) => Cause::AnyMethod,
        (_, 0) => match exchanges.first() {
            Some(first) if !exchanges.iter().any(|exchange| exchange.seen.is_success()) => {
                let cause = diagnose(case, &first.seen);
                return Judged::failed(format!("{}; {seen}", first.seen), cause, exchanges);
            }
            _ => Cause::NoEffect,
        },
        (..) => Cause::NotIdempotent,
    };
    Judged::failed(seen, Some(cause), exchanges)
}
