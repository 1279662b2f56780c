//! What the plan does with a request.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::plan::{Action, Chosen, CounterKey, Facts, MAX_URL_WAIT, Per, Plan, Played};
use hyper::Response;
use hyper::http::request::Parts;

use crate::answer::{self, NoAnswer, Payload};
use crate::exchange::Exchange;
use crate::forward::Forwarded;
use crate::handle::Way;
use crate::journal::{Answer, End};
use crate::plans::NowhereToForward;
use crate::shared::Shared;
use crate::verdict::{Judgement, Verdict};
use crate::wire::{Ended, Fault, Play};

/// The status of `early`, where the plan comes to one. It comes before the verdict, so its counter
/// goes by the signature header's value.
pub(crate) fn early(exchange: &mut Exchange, parts: &Parts) -> Option<u16> {
    let plans = exchange.shared.plans.now();
    if !plans.has_early {
        return None;
    }
    let facts = Facts { method: parts.method.as_str(), path: parts.uri.path(), event: "", verdict: "" };
    let chosen = plans.rules.choose(&facts);
    if !has_early(chosen.plan) {
        return None;
    }
    let key = early_key(exchange, &chosen, &facts);
    let count = plans.steps.peek(key);
    let played = chosen.plan.play(chosen.branch, count, key.entropy(plans.seed, count))?;
    let Action::Early(status) = played.action else { return None };
    plans.steps.next(key);
    note(exchange, &played, count);
    Some(*status)
}

fn has_early(plan: &Plan) -> bool {
    plan.actions().iter().any(|action| matches!(action, Action::Early(_)))
}

fn early_key(exchange: &Exchange, chosen: &Chosen<'_>, facts: &Facts<'_>) -> CounterKey {
    let key = match chosen.per {
        Per::Delivery => CounterKey::of_name(&String::from_utf8_lossy(&exchange.signature()), false),
        Per::Event | Per::All => CounterKey::of_name("", false),
        Per::Path => CounterKey::of_name(facts.path, false),
    };
    key.in_rule(chosen.rule).in_branch(chosen.branch)
}

fn key(judgement: &Judgement, chosen: &Chosen<'_>, facts: &Facts<'_>) -> CounterKey {
    let is_good = judgement.verdict.is_good();
    let key = match chosen.per {
        Per::Delivery => CounterKey::of_delivery(judgement.delivery, is_good),
        Per::Event => CounterKey::of_name(&judgement.event, is_good),
        Per::Path => CounterKey::of_name(facts.path, is_good),
        Per::All => CounterKey::of_name("", true),
    };
    key.in_rule(chosen.rule).in_branch(chosen.branch)
}

/// Does what the plan says.
pub(crate) async fn play(
    mut exchange: Exchange,
    way: &Way,
    parts: &Parts,
    judgement: &Judgement,
) -> Result<Response<Payload>, NoAnswer> {
    let plans = exchange.shared.plans.now();
    let facts = Facts {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        event: &judgement.event,
        verdict: judgement.verdict.name(),
    };
    let in_url = match url_plan(&exchange.shared, parts, &judgement.verdict) {
        None => None,
        Some(Ok(plan)) => Some(plan),
        Some(Err(words)) => return Box::pin(answer::send(exchange, wrong_plan(words))).await,
    };
    let (chosen, salt) = match &in_url {
        None => (plans.rules.choose(&facts), None),
        Some(plan) => {
            let branch = plan.branch(&facts);
            (Chosen { rule: None, plan, per: Per::Delivery, branch }, Some(plan.text()))
        }
    };
    let mut key = if (plans.has_early || in_url.is_some()) && has_early(chosen.plan) {
        early_key(&exchange, &chosen, &facts)
    } else {
        key(judgement, &chosen, &facts)
    };
    if let Some(text) = salt {
        // Another plan in the URL begins at its own first step.
        key = key.in_text(text);
    }
    let count = plans.steps.next(key);
    let Some(played) = chosen.plan.play(chosen.branch, count, key.entropy(plans.seed, count)) else {
        return Err(NoAnswer);
    };
    note(&mut exchange, &played, count);
    if let (Action::Status(reply), true) = (played.action, played.wait.is_zero()) {
        return answer::send(exchange, answer::of_reply(reply)).await;
    }
    // What takes its time is put aside: every connection has room for what is not.
    Box::pin(act_after(exchange, way, &played, in_url.is_some())).await
}

/// Waits, and does what the step says.
async fn act_after(
    exchange: Exchange,
    way: &Way,
    played: &Played<'_>,
    is_in_url: bool,
) -> Result<Response<Payload>, NoAnswer> {
    wait(&exchange.shared, played.wait).await;
    if !is_in_url {
        return act(exchange, way, played.action, None).await;
    }
    // What never ends would end by itself only when the sender leaves.
    tokio::select! {
        biased;
        acted = act(exchange, way, played.action, Some(MAX_URL_WAIT)) => acted,
        () = tokio::time::sleep(MAX_URL_WAIT) => Err(NoAnswer),
    }
}

/// The plan in the URL, which is obeyed only for a request whose signature verified: behind a tunnel
/// every stranger is loopback.
fn url_plan(shared: &Shared, parts: &Parts, verdict: &Verdict) -> Option<Result<Plan, String>> {
    if !shared.config.url_plans || !matches!(verdict, Verdict::Verified { .. }) {
        return None;
    }
    let pairs = parts.uri.query()?.split('&');
    let text = pairs.filter_map(|pair| pair.strip_prefix("respond=")).next()?;
    let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    Some(match Plan::parse(&text) {
        Ok(plan) if !shared.config.forwards.can_play(&plan.actions()) => Err(NowhereToForward.to_string()),
        Ok(plan) => Ok(plan.clamped(MAX_URL_WAIT)),
        Err(error) => Err(error.to_string()),
    })
}

/// The fault is the receiver's user's own, so that the sender is told to come again.
fn wrong_plan(words: String) -> Answer {
    let headers = vec![("content-type".to_owned(), Bytes::from_static(b"text/plain; charset=utf-8"))];
    Answer { status: 500, headers, body: format!("?respond= is no plan: {words}\n").into() }
}

fn note(exchange: &mut Exchange, played: &Played<'_>, count: u64) {
    exchange.note(|capture| {
        capture.step = Some((played.step, played.of));
        // Told once: the first time that the last step is come to.
        capture.sticks = played.sticks && played.of > 1 && count + 1 == played.of;
        capture.action = match played.action {
            Action::Status(reply) if reply.headers.is_empty() && reply.body.is_empty() => plain(reply.status),
            action => action.to_string().into(),
        };
    });
}

/// The usual statuses cost nothing to keep.
fn plain(status: u16) -> Cow<'static, str> {
    match status {
        200 => "200".into(),
        503 => "503".into(),
        other => other.to_string().into(),
    }
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

/// `limit` is how long a fault may go on that has no end of its own.
async fn act(
    mut exchange: Exchange,
    way: &Way,
    action: &Action,
    limit: Option<Duration>,
) -> Result<Response<Payload>, NoAnswer> {
    if matches!(action, Action::Never | Action::StallHeaders) {
        exchange.announce(&format!("{action}, until the sender leaves"));
    }
    match action {
        Action::Status(reply) => answer::send(exchange, answer::of_reply(reply)).await,
        Action::Forward => forward(exchange).await,
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
        Action::Reset { after } => fault(exchange, way, Play::Reset { after: *after }, limit, End::Reset).await,
        Action::Garbage => fault(exchange, way, Play::Garbage, limit, End::Reset).await,
        Action::Short(announced) => match way.wire {
            Some(_) => fault(exchange, way, Play::Short { announced: *announced }, limit, End::Short).await,
            None => {
                exchange.ended(End::Short);
                Ok(Response::new(Payload::Broken { announced: *announced as u64 }))
            }
        },
        Action::StallHeaders => match way.wire {
            Some(_) => fault(exchange, way, Play::StallHeaders, limit, End::Stalled).await,
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
        // `Plan::play` has opened presets already.
        _ => Err(NoAnswer),
    }
}

/// On HTTP/1.1 the fault is played below hyper; on HTTP/2 it is a reset of the stream.
async fn fault(
    exchange: Exchange,
    way: &Way,
    play: Play,
    limit: Option<Duration>,
    on_http2: End,
) -> Result<Response<Payload>, NoAnswer> {
    let Some(wire) = &way.wire else {
        exchange.ended(on_http2);
        return Err(NoAnswer);
    };
    let shared = Arc::clone(&exchange.shared);
    let until = async move {
        match limit {
            Some(limit) => wait(&shared, limit).await,
            None => shared.stopping().await,
        }
    };
    wire.inject(Fault::new(play, until, move |Ended { end, is_answered }| {
        let mut exchange = exchange;
        exchange.note(|capture| capture.answer = is_answered.then(|| answer::empty(200)));
        exchange.ended(end);
    }));
    Ok(answer::closing(answer::response(&answer::empty(200))))
}

/// The app's answer, or that there is none. An event that no URL is given for is answered 200.
async fn forward(mut exchange: Exchange) -> Result<Response<Payload>, NoAnswer> {
    let shared = Arc::clone(&exchange.shared);
    let Some(capture) = exchange.so_far() else { return Err(NoAnswer) };
    let Some((sender, url)) = shared.config.forwards.route(&capture.event) else {
        return answer::send(exchange, answer::empty(200)).await;
    };
    let body = Bytes::copy_from_slice(exchange.received.bytes());
    let request = Forwarded::of(capture, body, url, shared.config.forwards.timeout);
    let answer = match sender.forward(request).await.and_then(answer::passed_on) {
        Ok(answer) => answer,
        Err(error) => {
            let words = error.to_string();
            exchange.note(|capture| capture.reason = words.into());
            answer::empty(error.status())
        }
    };
    answer::send(exchange, answer).await
}
