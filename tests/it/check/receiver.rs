//! Our own receiver is an endpoint without a fault.

use chatislav_check::Outcome;

use super::{config, endpoint_at, only, run};
use crate::support::{start, verified};

#[tokio::test]
async fn it_passes_everything_that_is_not_slow() {
    let receiver = start(verified("200")).await;
    let report = run(&format!("http://{}/hook", receiver.address), config()).await;
    let bad: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| !matches!(finding.outcome, Outcome::Passed | Outcome::Noted | Outcome::Skipped))
        .map(|finding| (finding.case.id, &finding.seen))
        .collect();
    assert_eq!(bad, Vec::new());
    assert!(report.is_good() && report.count(Outcome::Passed) > 60);
    assert_eq!(report.largest_accepted, Some(3 << 20));
}

#[tokio::test]
async fn it_passes_what_is_slow() {
    let receiver = start(verified("200")).await;
    let report = run(&format!("http://{}/hook", receiver.address), only(&["C-18"])).await;
    assert!(report.is_good());
    assert_eq!(report.count(Outcome::Passed), 3);
}

#[tokio::test]
async fn no_more_requests_are_made_than_were_planned() {
    let receiver = start(verified("200")).await;
    let url = format!("http://{}/hook", receiver.address);
    let planned = chatislav_check::Plan::new(&config().selection, &endpoint_at(&url), false);
    let report = run(&url, config()).await;
    // The preflight needs two of its nineteen where there is nothing in the way, and no duplicate was put off.
    assert_eq!(report.requests, planned.requests - 18);
    assert_eq!(receiver.stopped().await.len(), report.requests);
}
