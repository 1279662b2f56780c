//! The first few requests: whether there is an endpoint that tells genuine from forged at all.

use chatislav_webhooks::Target;

use crate::battery::forgeries;
use crate::body::{self, Shape};
use crate::case::Case;
use crate::cause::Cause;
use crate::diagnosis::{diagnose, is_csrf};
use crate::exchange::{Exchange, Seen};
use crate::obstacle::{Obstacle, ObstacleKind};
use crate::recipe::{Recipe, Signing};
use crate::scene::Scene;

/// The name under which its exchanges are told.
pub(crate) const NAME: &str = "preflight";

/// What goes before the common secrets.
const FIRST: usize = Shape::ALL.len() + 2;

/// How many requests it makes at most.
pub(crate) fn requests() -> usize {
    FIRST + by_common_secrets().count()
}

const GENUINE: Recipe = Recipe::of(body::plain);
const UNSIGNED: Recipe = GENUINE.signed(Signing::Absent);
const BY_ANOTHER: Recipe = GENUINE.signed(Signing::Other);

/// Finds the shape in which a genuine delivery is taken, and sets it; or what stands in the way.
///
/// An endpoint that verifies JSON written anew takes one shape and not another. The cases that are
/// not about bytes are sent in a shape that it takes, so that its one fault is found once.
pub(crate) async fn fly(scene: &mut Scene<'_>) -> Option<Obstacle> {
    let mut exchanges = Vec::new();
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        scene.shape = shape;
        let exchange = scene.send(NAME, number, &GENUINE).await;
        let seen = exchange.seen.clone();
        exchanges.push(exchange);
        if let Seen::NoConnection(why) = seen {
            return Some(Obstacle { kind: ObstacleKind::Down(why), exchanges });
        }
        if seen.is_success() {
            return accepts_all(scene, exchanges).await;
        }
        // Only a refusal can depend on the shape.
        if !seen.is_rejection() || matches!(seen.status(), Some(404 | 405 | 410 | 429)) {
            break;
        }
    }
    scene.shape = Shape::default();
    // Of a limit of how often, what came before it says nothing.
    let is_over = |exchange: &&Exchange| exchange.seen.status() == Some(429);
    let genuine = exchanges.iter().find(is_over).or(exchanges.first()).map(|exchange| exchange.seen.clone())?;
    let unsigned = scene.send(NAME, Shape::ALL.len(), &UNSIGNED).await;
    let mut kind = common(&genuine, &unsigned.seen, scene);
    exchanges.push(unsigned);
    // A signature that is missing may end in another way than one that is wrong.
    if kind.is_none() && genuine.is_rejection() {
        let forged = scene.send(NAME, Shape::ALL.len() + 1, &BY_ANOTHER).await;
        kind = common(&genuine, &forged.seen, scene);
        exchanges.push(forged);
    }
    let mut kind = kind?;
    if let ObstacleKind::RefusesAll { cause, .. } = &mut kind
        && *cause == Cause::WrongSecret
        && let Some((exchange, common)) = common_secret(scene).await
    {
        exchanges.push(exchange);
        *cause = common;
    }
    Some(Obstacle { kind, exchanges })
}

/// The first delivery that is taken although everybody can sign it, and what that means.
async fn common_secret(scene: &Scene<'_>) -> Option<(Exchange, Cause)> {
    for (number, (case, recipe)) in by_common_secrets().enumerate() {
        let exchange = scene.send(NAME, FIRST + number, &recipe).await;
        if exchange.seen.is_success() {
            let cause = diagnose(case, &exchange.seen)?;
            return Some((exchange, cause));
        }
    }
    None
}

/// The forgeries of `C-12`, of a body that survives being written anew.
fn by_common_secrets() -> impl Iterator<Item = (&'static Case, Recipe)> {
    let forgeries = forgeries().filter(|(case, ..)| case.id.starts_with("C-12/"));
    forgeries.map(|(case, _, recipe)| (case, GENUINE.signed(recipe.signing)))
}

/// What a genuine delivery and an unsigned one have in common, where that makes the battery pointless.
fn common(genuine: &Seen, unsigned: &Seen, scene: &Scene<'_>) -> Option<ObstacleKind> {
    let (answer, status) = match (genuine, unsigned) {
        (Seen::Silence, Seen::Silence) => return Some(ObstacleKind::Silent),
        (Seen::NotHttp, Seen::NotHttp) => return Some(ObstacleKind::NotHttp),
        (Seen::Closed | Seen::Reset, Seen::Closed | Seen::Reset) => return Some(ObstacleKind::Drops),
        (Seen::Answer(answer), Seen::Answer(other)) if answer.status / 100 == other.status / 100 => {
            (answer, answer.status)
        }
        _ => return None,
    };
    let is_same = unsigned.status() == Some(status);
    Some(match status {
        300..400 => {
            let location = answer.header("location").map(|location| absolute(&scene.endpoint.target, &location));
            ObstacleKind::Redirects { status, location }
        }
        404 | 410 if is_same => ObstacleKind::NotFound(status),
        405 if is_same => ObstacleKind::MethodNotAllowed { allow: answer.header("allow") },
        400..500 => ObstacleKind::RefusesAll {
            status,
            fingerprint: scene.endpoint.secret.fingerprint(),
            cause: match status {
                403 if is_csrf(answer) => Cause::CsrfProtection,
                413 => Cause::BodyLimit,
                415 => Cause::ContentType,
                422 => Cause::StrictModel,
                429 => Cause::Overwhelmed,
                _ => Cause::WrongSecret,
            },
        },
        500.. => ObstacleKind::Fails(status),
        _ => return None,
    })
}

/// Whether forgeries are taken as well.
async fn accepts_all(scene: &Scene<'_>, mut exchanges: Vec<Exchange>) -> Option<Obstacle> {
    for (number, forgery) in [UNSIGNED, BY_ANOTHER].iter().enumerate() {
        let exchange = scene.send(NAME, Shape::ALL.len() + number, forgery).await;
        if !exchange.seen.is_success() {
            return None;
        }
        exchanges.push(exchange);
    }
    Some(Obstacle { kind: ObstacleKind::AcceptsAll, exchanges })
}

/// A `Location` as a URL: most are a path.
fn absolute(target: &Target, location: &str) -> String {
    let scheme = if target.is_https() { "https" } else { "http" };
    match location {
        path if path.starts_with("//") => format!("{scheme}:{path}"),
        path if path.starts_with('/') => format!("{scheme}://{}{path}", target.host_header()),
        url => url.to_owned(),
    }
}
