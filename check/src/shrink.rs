//! A genuine delivery that is refused, made as small as it is still refused, and what about it offends.

mod content;
mod feature;
mod form;
mod oracle;
mod search;
mod slot;
mod written;

use content::Model;
pub use feature::Feature;
use form::{of_form, tamed};
use oracle::{Oracle, Sight};
use search::{Search, Twin};
use written::Written;

use crate::body;
use crate::case::Group;
use crate::exchange::{Exchange, Seen};
use crate::play::{Accept, Play};
use crate::recipe::Recipe;
use crate::report::{Finding, Outcome};
use crate::scene::Scene;

/// The smallest genuine delivery that was found to be refused as another one was.
#[derive(Clone, Debug)]
pub struct Smallest {
    /// Its body: an event by the rules of core.
    pub body: Vec<u8>,
    /// How many bytes the other one had.
    pub from: usize,
    /// What about it offends: without one of these it is taken. Empty where that could not be told.
    pub features: Vec<Feature>,
    /// How many requests that took.
    pub requests: usize,
    /// Whether the search came to its end; else a smaller one may be refused as well.
    pub is_complete: bool,
    /// How it was refused.
    pub exchange: Option<Exchange>,
}

/// How many requests go into one body.
const MOST: usize = 120;

/// The largest body of a run that is made smaller, in bytes. What is larger offends by its size, which the
/// limits of the report tell, and each request of the search would be as large.
const LARGE: usize = 256 * 1024;

/// Makes the bodies of a run smaller that were refused.
pub(crate) struct Shrinking<'a> {
    scene: &'a Scene<'a>,
    left: usize,
    /// What was found so far. Most refused bodies have it too, and it is told once.
    known: Vec<Feature>,
}

impl<'a> Shrinking<'a> {
    pub(crate) fn new(scene: &'a Scene<'a>, left: usize) -> Self {
        Shrinking { scene, left, known: Vec::new() }
    }

    /// What a finding comes down to, where it is about one genuine body.
    pub(crate) async fn of(&mut self, finding: &Finding) -> Option<Smallest> {
        let Play::Each([recipe], Accept::Success) = finding.case.play else { return None };
        let exchange = finding.exchanges.first()?;
        let is_refused = finding.outcome == Outcome::Failed && is_telling(&exchange.seen);
        if finding.case.group != Group::Accepts || !is_refused || self.left == 0 {
            return None;
        }
        let id = finding.case.id;
        let body = self.scene.body_of(id, recipe);
        if body.len() > LARGE {
            return None;
        }
        let most = self.left.min(MOST);
        let before = self.scene.client.requests();
        let smallest = shrink(self.scene, id, recipe, (&body, &exchange.seen), &self.known, most).await;
        self.left = self.left.saturating_sub(self.scene.client.requests() - before);
        self.known.extend(smallest.iter().flat_map(|smallest| smallest.features.iter().cloned()));
        smallest
    }
}

/// Whether it can be told at all why something ended so: not by time, which would take its time again
/// and again, nor by a redirect or a rate.
pub(crate) fn is_telling(seen: &Seen) -> bool {
    match seen {
        Seen::Answer(answer) => answer.status >= 400 && answer.status != 429,
        Seen::Closed | Seen::Reset => true,
        Seen::Silence | Seen::NotHttp | Seen::NoConnection(_) => false,
    }
}

/// Makes a body that was refused smaller, with so many requests at most. `None` where it is no event, or
/// where it is taken once the features that are known are taken out of it.
///
/// Each candidate is a genuine event, signed anew. It is kept if it is refused with the same status, and
/// if a twin of it is taken that says the same in a plain way; so the search does not slip to another
/// reason for a refusal.
pub(crate) async fn shrink(
    scene: &Scene<'_>,
    case: &'static str,
    recipe: &Recipe,
    (body, seen): (&[u8], &Seen),
    known: &[Feature],
    most: usize,
) -> Option<Smallest> {
    let original = Written::parse(body)?;
    let start = known.iter().fold(original.clone(), |body, feature| feature.forgiven(&body));
    let mut oracle = Oracle::new(scene, case, recipe, seen.clone(), most);
    if start != original && oracle.look(&start).await != Sight::Refused {
        return None;
    }
    let plain = if start.get("summary").is_some() { body::summary } else { body::plain };
    let taken = Written::parse(&scene.body(case, plain))?;
    let model = Model::new(tamed(&taken, scene.shape));
    let mut search = Search::new(oracle, scene.shape, model, start);
    let features = match twin(&mut search).await {
        Ok(twin) => {
            search.twin = twin;
            search.run().await;
            features(&mut search).await
        }
        Err((feature, body)) => {
            search.oracle.look(&body).await;
            search.smallest = body;
            vec![feature]
        }
    };
    Some(Smallest {
        body: search.smallest.to_bytes(),
        from: body.len(),
        features,
        requests: search.oracle.asked,
        is_complete: !search.oracle.was_refused,
        exchange: search.oracle.last,
    })
}

/// What candidates are compared with; or what is amiss where that says it already.
async fn twin(search: &mut Search<'_>) -> Result<Twin, (Feature, Written)> {
    for twin in [Twin::Form, Twin::Content] {
        search.twin = twin;
        let body = search.twin_of(&search.smallest);
        if search.oracle.look(&body).await == Sight::Taken {
            return Ok(twin);
        }
    }
    for (feature, without) in search.model.lacking(&search.smallest) {
        if search.oracle.look(&without).await == Sight::Refused {
            return Err((feature, without));
        }
    }
    match search.oracle.look(&search.model.body().clone()).await {
        Sight::Taken => Ok(Twin::Model),
        _ => Err((Feature::NotTheBody, search.model.body().clone())),
    }
}

/// What the smallest body is taken without.
async fn features(search: &mut Search<'_>) -> Vec<Feature> {
    let smallest = search.smallest.clone();
    let mut candidates: Vec<_> =
        of_form(&smallest, search.shape).into_iter().map(|feature| (feature.without(&smallest), feature)).collect();
    if search.twin != Twin::Form {
        candidates.extend(search.model.peculiar(&smallest).into_iter().map(|(feature, without)| (without, feature)));
    }
    let exchange = search.oracle.last.clone();
    let mut features = Vec::new();
    for (without, feature) in candidates {
        if without != smallest && search.oracle.look(&without).await == Sight::Taken {
            features.push(feature);
        }
    }
    search.oracle.last = exchange;
    features
}
