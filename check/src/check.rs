//! A run: the preflight, then the cases in their order.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::body::Shape;
use crate::case::Case;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::judged::Judged;
use crate::obstacle::{Obstacle, ObstacleKind};
use crate::plan::{Plan, Planned, Selection};
use crate::preflight;
use crate::probe::Probe;
use crate::report::{Finding, Outcome, Report};
use crate::scene::Scene;
use crate::shrink::Shrinking;
use crate::trial::{Limits, Trial};

/// How an endpoint is checked.
#[derive(Clone)]
pub struct Config {
    /// Which cases.
    pub selection: Selection,
    /// What makes the requests the same on another run.
    pub seed: u64,
    /// How long one exchange may take.
    pub timeout: Duration,
    /// Whether a failed SHOULD counts as a failed MUST.
    pub is_strict: bool,
    /// Whether the cases run whatever the preflight found, unless there is no connection.
    pub despite_obstacle: bool,
    /// The ids of cases whose failure is known.
    pub known: HashSet<String>,
    /// How many requests may go into making refused bodies smaller, beside those of the plan.
    pub shrink_requests: usize,
    /// What counts effects.
    pub probe: Option<Arc<dyn Probe>>,
}

impl Config {
    /// How long one exchange may take, unless said otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

    /// How many requests go into making refused bodies smaller, unless said otherwise.
    pub const DEFAULT_SHRINK_REQUESTS: usize = 300;
}

impl Default for Config {
    fn default() -> Self {
        Config {
            selection: Selection::default(),
            seed: 0,
            timeout: Config::DEFAULT_TIMEOUT,
            is_strict: false,
            despite_obstacle: false,
            known: HashSet::new(),
            shrink_requests: Config::DEFAULT_SHRINK_REQUESTS,
            probe: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config(seed {}, {:?}, probe: {})", self.seed, self.selection, self.probe.is_some())
    }
}

/// What is told while a run goes on.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// A case begins.
    Begins(&'static Case),
    /// A case has ended.
    Ends(&'a Finding),
}

/// Checks an endpoint. `started` is the moment of the events that are sent.
///
/// One request after the other but where a case is about several at once, so the order is the same
/// on each run.
pub async fn check(
    endpoint: &Endpoint,
    config: &Config,
    started: SystemTime,
    mut watch: impl FnMut(Told<'_>),
) -> Report {
    let begin = Instant::now();
    let plan = Plan::new(&config.selection, endpoint, config.probe.is_some());
    let client = client_for(endpoint, config);
    let mut scene = Scene { endpoint, client: &client, seed: config.seed, moment: started, shape: Shape::default() };
    let mut obstacle = preflight::fly(&mut scene).await;
    let mut findings = Vec::new();
    let mut limits = Limits::default();
    let goes_on = |unreachable: bool| config.despite_obstacle && !unreachable;
    if obstacle.as_ref().is_none_or(|obstacle| goes_on(obstacle.is_unreachable())) {
        // What the preflight saw is told already.
        client.take_dropped();
        let is_audited = |case: &Case| !config.selection.leaves_out(case);
        let mut shrinking = Shrinking::new(&scene, config.shrink_requests);
        let mut trial = Trial::new(&scene, config.probe.as_deref(), &is_audited);
        for Planned { case, skip } in plan.cases {
            watch(Told::Begins(case));
            let start = Instant::now();
            let judged = match (&obstacle, skip) {
                (Some(Obstacle { kind: ObstacleKind::WentDown(since), .. }), _) => {
                    Judged::skipped(format!("the endpoint is down since {since}"))
                }
                (_, Some(why)) => Judged::skipped(why),
                (_, None) => trial.play(case).await,
            };
            let duration = start.elapsed();
            obstacle = end_of(&client).await.or(obstacle);
            let mut finding = finding(case, judged, duration, config);
            if !is_down(obstacle.as_ref()) {
                finding.smallest = shrinking.of(&finding).await;
                obstacle = end_of(&client).await.or(obstacle);
            }
            watch(Told::Ends(&finding));
            findings.push(finding);
        }
        limits = trial.limits;
    }
    Report {
        largest_accepted: limits.largest_accepted,
        smallest_refused: limits.smallest_refused,
        findings,
        ..Report::without_findings(&scene, config.is_strict, begin, obstacle)
    }
}

/// Whether the endpoint has gone down, if something had no answer since this was last asked. The case
/// that is told sent the very request: an audit looks at those of other cases.
async fn end_of(client: &Client) -> Option<Obstacle> {
    let exchange = client.take_dropped()?;
    if client.is_up().await {
        return None;
    }
    Some(Obstacle { kind: ObstacleKind::WentDown(exchange.case), exchanges: vec![exchange] })
}

fn is_down(obstacle: Option<&Obstacle>) -> bool {
    matches!(obstacle, Some(Obstacle { kind: ObstacleKind::WentDown(_), .. }))
}

/// A client that takes the endpoint's secrets out of what it keeps.
pub(crate) fn client_for(endpoint: &Endpoint, config: &Config) -> Client {
    let secrets = std::iter::once(&endpoint.secret).chain(&endpoint.old_secrets).cloned().collect();
    Client::new(endpoint.dispatcher.clone(), endpoint.target.clone(), config.timeout, secrets)
}

fn finding(case: &'static Case, judged: Judged, duration: Duration, config: &Config) -> Finding {
    let Judged { outcome, seen, cause, exchanges } = judged;
    let is_known = outcome == Outcome::Failed && config.known.contains(case.id);
    let outcome = if is_known { Outcome::Known } else { outcome };
    Finding { case, outcome, seen, cause, exchanges, smallest: None, duration }
}
