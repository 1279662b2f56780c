//! The battery against endpoints with one known fault each, and against our own receiver.

#[cfg(unix)]
mod action;
mod answers;
mod bytes;
mod command;
mod effects;
mod endpoint;
mod obstacles;
mod receiver;
mod refuses;
mod reports;
mod shrink;
mod slow;
mod table;
mod told;

use std::sync::Arc;
use std::time::Duration;

use chatislav_check::{Config, Endpoint, Outcome, Probe, Report, Selection, check};
use chatislav_dispatcher::Dispatcher;
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Secret, Target};

use crate::support::SECRET;
pub(crate) use endpoint::{Arrived, Fault, serve};

/// What is checked at this URL.
pub(crate) fn endpoint_at(url: &str) -> Endpoint {
    Endpoint {
        dispatcher: Dispatcher::new(Guard { allow_local: true, refuse_public: true, ..Guard::default() }),
        target: Target::parse(url).unwrap(),
        method: None,
        headers: Vec::new(),
        secret: Secret::new(SECRET).unwrap(),
        old_secrets: Vec::new(),
    }
}

/// A run of everything that is not slow, with a seed that stays.
pub(crate) fn config() -> Config {
    Config { selection: Selection { no_slow: true, ..Selection::default() }, seed: 7, ..Config::default() }
}

/// A run of these cases alone, slow or not.
pub(crate) fn only(ids: &[&str]) -> Config {
    let only = ids.iter().map(|id| (*id).to_owned()).collect();
    Config { selection: Selection { only, ..Selection::default() }, ..config() }
}

pub(crate) async fn run(url: &str, config: Config) -> Report {
    check(&endpoint_at(url), &config, std::time::SystemTime::now(), |_| {}).await
}

/// The ids that failed, with the word for the cause.
pub(crate) fn failures(report: &Report) -> Vec<(&'static str, &'static str)> {
    assert!(report.obstacle.is_none(), "{:?}", report.obstacle);
    let failed = report.findings.iter().filter(|finding| finding.outcome == Outcome::Failed);
    failed.map(|finding| (finding.case.id, finding.cause.map_or("-", |cause| cause.name()))).collect()
}

/// What fails at an endpoint with this fault, of everything that is not slow.
#[track_caller]
pub(crate) fn finds(fault: Fault, expected: &[(&str, &str)]) -> impl Future<Output = ()> {
    let expected: Vec<_> = expected.iter().map(|(id, cause)| ((*id).to_owned(), (*cause).to_owned())).collect();
    let place = std::panic::Location::caller();
    async move {
        let server = serve(fault).await;
        let report = run(&server.url("/hook"), config()).await;
        let seen: Vec<_> = failures(&report).into_iter().map(|(id, cause)| (id.to_owned(), cause.to_owned())).collect();
        assert_eq!(seen, expected, "at {place}");
    }
}

/// A probe of a number that the test holds.
pub(crate) struct Counter(pub(crate) Arc<std::sync::atomic::AtomicU64>);

impl Probe for Counter {
    fn count(&self) -> chatislav_dispatcher::BoxFuture<'_, Result<u64, String>> {
        Box::pin(async { Ok(self.0.load(std::sync::atomic::Ordering::SeqCst)) })
    }
}

/// A run that gives an exchange so long: few have to wait for it, and a busy machine answers meanwhile.
pub(crate) fn hurried(mut config: Config) -> Config {
    config.timeout = Duration::from_secs(3);
    config
}
