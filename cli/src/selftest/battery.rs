//! Every case of `check`, against our own receiver.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use chatislav_check::{Config as CheckConfig, Endpoint, Finding, Outcome, Probe, Report, Selection, battery, check};
use chatislav_dispatcher::{BoxFuture, Dispatcher};
use chatislav_receiver::{Capture, Config, Mode, Sink};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{DeliveryKey, Secret, Target, Webhook};
use futures_util::future::join_all;

use super::Score;
use crate::check::finding_line;
use crate::exit::Failure;
use crate::output::{Output, Tone};
use crate::own_receiver::OwnReceiver;
use crate::runtime;

const SECRET: &str = "chatislav-selftest";
const OLD_SECRET: &str = "chatislav-selftest-before";
/// How long an answer may take: a machine that is busy with other things makes no build unsound.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the battery: what is not slow in its order, and beside it each slow case by itself.
pub(super) async fn try_all(output: Output) -> Result<Score, Failure> {
    let seed = runtime::entropy()?;
    let started = SystemTime::now();
    let slow: Vec<_> = battery().filter(|case| case.is_slow).map(|case| case.id.to_owned()).collect();
    let quick = Selection { no_slow: true, skip: slow.clone(), ..Selection::default() };
    let alone = slow.into_iter().map(|id| Selection { only: vec![id], ..Selection::default() });
    let runs = std::iter::once(quick).chain(alone).map(|selection| run(selection, seed, started));
    let reports = join_all(runs).await.into_iter().collect::<Result<Vec<_>, _>>()?;

    let mut good = 0;
    for finding in reports.iter().flat_map(|report| &report.findings) {
        output.line(finding_line(finding));
        if is_good(finding) {
            good += 1;
        } else if !is_elsewhere(finding) {
            let mark = output.paint(Tone::Bad, "✗");
            output.say(&format!("{mark} {}: {}; {}", finding.case.id, finding.case.requirement, finding.seen));
        }
    }
    for obstacle in reports.iter().filter_map(|report| report.obstacle.as_ref()) {
        output.say(&format!("{} {}", output.paint(Tone::Bad, "✗"), obstacle.kind));
    }
    Ok(Score { good, all: battery().count() })
}

fn is_good(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Passed | Outcome::Noted)
}

/// A slow case, which has a run of its own.
fn is_elsewhere(finding: &Finding) -> bool {
    finding.case.is_slow && finding.outcome == Outcome::Skipped
}

/// One run against a receiver of its own, which takes the old secret too.
async fn run(selection: Selection, seed: u64, started: SystemTime) -> Result<Report, Failure> {
    let effects = Arc::new(Effects::default());
    let webhook = Webhook::new([SECRET, OLD_SECRET]).map_err(Failure::failed)?;
    let receiver = OwnReceiver::start(Config::new(Mode::Verified(webhook)), effects.clone()).await?;
    let endpoint = Endpoint {
        dispatcher: Dispatcher::new(Guard { allow_local: true, refuse_public: true, ..Guard::default() }),
        target: Target::parse(&format!("{}/hook", receiver.url)).map_err(Failure::failed)?,
        method: None,
        headers: Vec::new(),
        secret: Secret::new(SECRET).map_err(Failure::failed)?,
        old_secrets: vec![Secret::new(OLD_SECRET).map_err(Failure::failed)?],
    };
    let config = CheckConfig { selection, seed, probe: Some(effects), timeout: PATIENCE, ..CheckConfig::default() };
    let report = check(&endpoint, &config, started, |_| {}).await;
    receiver.stop().await?;
    Ok(report)
}

/// What an app behind the receiver would have done: once for each delivery that verified.
#[derive(Default)]
struct Effects(Mutex<HashSet<DeliveryKey>>);

impl Sink for Effects {
    fn record(&self, capture: &Capture) {
        if capture.verdict == "verified" && capture.is_good() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(capture.delivery);
        }
    }

    fn notice(&self, _: &str) {}
}

impl Probe for Effects {
    fn count(&self) -> BoxFuture<'_, Result<u64, String>> {
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        Box::pin(async move { u64::try_from(count).map_err(|error| error.to_string()) })
    }
}
