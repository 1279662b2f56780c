//! What the plan does with a request.

use std::sync::Arc;
use std::time::Duration;

use chatislav_webhooks::plan::{Action, CounterKey, Facts, Per, Plan, Played};
use hyper::Response;
use hyper::http::request::Parts;

use crate::answer::{self, NoAnswer, Payload};
use crate::exchange::Exchange;
use crate::handle::Way;
use crate::journal::End;
use crate::shared::Shared;
use crate::verdict::Judgement;
use crate::wire::{Fault, Play};

/// The status of `early`, where the plan comes to one. It comes before the verdict, so its counter
/// goes by the signature header's value.
pub(crate) fn early(exchange: &mut Exchange, parts: &Parts) -> Option<u16> {
    let shared = Arc::clone(&exchange.shared);
    let plan = &shared.config.plan;
    if !has_early(plan) {
        return None;
    }
    let facts = Facts { method: parts.method.as_str(), path: parts.uri.path(), event: "", verdict: "" };
    let branch = plan.branch(&facts);
    let key = early_key(&shared, exchange, &facts).in_branch(branch);
    let count = shared.steps.peek(key);
    let played = plan.play(branch, count, key.entropy(shared.config.seed, count))?;
    let Action::Early(status) = played.action else { return None };
    shared.steps.next(key);
    note(exchange, &played, count);
    Some(*status)
}

fn has_early(plan: &Plan) -> bool {
    plan.actions().iter().any(|action| matches!(action, Action::Early(_)))
}

fn early_key(shared: &Shared, exchange: &Exchange, facts: &Facts<'_>) -> CounterKey {
    match shared.config.per {
        Per::Delivery => CounterKey::of_name(&String::from_utf8_lossy(&exchange.signature()), false),
        Per::Event | Per::All => CounterKey::of_name("", false),
        Per::Path => CounterKey::of_name(facts.path, false),
    }
}

/// Does what the plan says.
pub(crate) async fn play(
    mut exchange: Exchange,
    way: &Way,
    parts: &Parts,
    judgement: &Judgement,
) -> Result<Response<Payload>, NoAnswer> {
    let shared = Arc::clone(&exchange.shared);
    let plan = &shared.config.plan;
    let path = parts.uri.path();
    let facts =
        Facts { method: parts.method.as_str(), path, event: &judgement.event, verdict: judgement.verdict.name() };
    let branch = plan.branch(&facts);
    let is_good = judgement.verdict.is_good();
    let key = match shared.config.per {
        _ if has_early(plan) => early_key(&shared, &exchange, &facts),
        Per::Delivery => CounterKey::of_delivery(judgement.delivery, is_good),
        Per::Event => CounterKey::of_name(&judgement.event, is_good),
        Per::Path => CounterKey::of_name(path, is_good),
        Per::All => CounterKey::of_name("", true),
    };
    let key = key.in_branch(branch);
    let count = shared.steps.next(key);
    let Some(played) = plan.play(branch, count, key.entropy(shared.config.seed, count)) else {
        return Err(NoAnswer);
    };
    note(&mut exchange, &played, count);
    wait(&shared, played.wait).await;
    act(exchange, way, played.action).await
}

fn note(exchange: &mut Exchange, played: &Played<'_>, count: u64) {
    exchange.note(|capture| {
        capture.step = Some((played.step, played.of));
        // Told once: the first time that the last step is come to.
        capture.sticks = played.sticks && played.of > 1 && count + 1 == played.of;
        capture.action = played.action.to_string().into();
    });
}

/// When the receiver stops, who waits is answered at once.
async fn wait(shared: &Shared, duration: Duration) {
    if !duration.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = shared.stopping() => {}
        }
    }
}

async fn act(mut exchange: Exchange, way: &Way, action: &Action) -> Result<Response<Payload>, NoAnswer> {
    if matches!(action, Action::Never | Action::StallHeaders) {
        exchange.announce(&format!("{action}, until the sender leaves"));
    }
    match action {
        Action::Status(reply) => answer::send(exchange, answer::of_reply(reply)).await,
        Action::Never => {
            let shared = Arc::clone(&exchange.shared);
            // Dropped when the sender gives up.
            shared.stopping().await;
            exchange.ended(End::Stopped);
            Err(NoAnswer)
        }
        Action::Close => {
            exchange.ended(End::Closed);
            Err(NoAnswer)
        }
        Action::Reset { after } => fault(exchange, way, Play::Reset { after: *after }, End::Reset).await,
        Action::Garbage => fault(exchange, way, Play::Garbage, End::Reset).await,
        Action::Short(announced) => match way.wire {
            Some(_) => fault(exchange, way, Play::Short { announced: *announced }, End::Short).await,
            None => {
                exchange.ended(End::Short);
                Ok(Response::new(Payload::Broken { announced: *announced as u64 }))
            }
        },
        Action::StallHeaders => match way.wire {
            Some(_) => fault(exchange, way, Play::StallHeaders, End::Stalled).await,
            None => {
                let shared = Arc::clone(&exchange.shared);
                shared.stopping().await;
                exchange.ended(End::Stalled);
                Err(NoAnswer)
            }
        },
        Action::Drip { pieces, over } => {
            exchange.note(|capture| capture.answer = Some(answer::empty(200)));
            Ok(Response::new(Payload::drip(*pieces, *over, exchange)))
        }
        Action::Early(status) => answer::close_after(exchange, answer::empty(*status)).await,
        Action::Forward => todo!(),
        // `Plan::play` has opened presets already.
        _ => Err(NoAnswer),
    }
}

/// On HTTP/1.1 the fault is played below hyper; on HTTP/2 it is a reset of the stream.
async fn fault(exchange: Exchange, way: &Way, play: Play, on_http2: End) -> Result<Response<Payload>, NoAnswer> {
    let Some(wire) = &way.wire else {
        exchange.ended(on_http2);
        return Err(NoAnswer);
    };
    wire.inject(Fault::new(play, move |end| exchange.ended(end)));
    Ok(answer::closing(answer::response(&answer::empty(200))))
}
