//! Effects, counted by a probe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::endpoint::status;
use super::{Arrived, Counter, Fault, failures, only, run, serve};

/// What fails where this decides whether a request has an effect.
async fn counting(has_effect: impl Fn(&Arrived) -> bool + Send + Sync + 'static, expected: &[(&str, &str)]) {
    let count = Arc::new(AtomicU64::new(100));
    let counted = Arc::clone(&count);
    let fault: Fault = status(move |arrived| {
        if has_effect(arrived) {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        arrived.judged()
    });
    let server = serve(fault).await;
    let config = chatislav_check::Config { probe: Some(Arc::new(Counter(count))), ..only(&["counts"]) };
    assert_eq!(failures(&run(&server.url("/"), config).await), expected);
}

#[tokio::test]
async fn one_for_each_delivery() {
    counting(|arrived| arrived.is_genuine() && !arrived.is_again(), &[]).await;
}

#[tokio::test]
async fn one_for_each_request() {
    counting(Arrived::is_genuine, &[("C-27/again", "not-idempotent"), ("C-27/at-once", "not-idempotent")]).await;
}

#[tokio::test]
async fn one_before_the_verdict() {
    let before = |arrived: &Arrived| matches!(arrived.method.as_str(), "POST" | "PUT") && !arrived.is_again();
    counting(before, &[("C-27/forgery", "acts-before-verdict")]).await;
}

#[tokio::test]
async fn one_for_any_method() {
    let any = |arrived: &Arrived| arrived.method == "GET" || (arrived.is_genuine() && !arrived.is_again());
    counting(any, &[("C-27/get", "any-method")]).await;
}

#[tokio::test]
async fn none_where_nothing_was_taken() {
    let genuine = AtomicU64::new(0);
    // The first is the preflight's.
    let fails = move |arrived: &Arrived| match arrived.judged() {
        204 if genuine.fetch_add(1, Ordering::SeqCst) > 0 => 503,
        status => status,
    };
    let server = serve(status(fails)).await;
    let probe: Arc<dyn chatislav_check::Probe> = Arc::new(Counter(Arc::default()));
    let config = chatislav_check::Config { probe: Some(probe), ..only(&["C-27/genuine"]) };
    let report = run(&server.url("/"), config).await;
    assert_eq!(failures(&report), [("C-27/genuine", "handler-fails")]);
    assert!(report.findings[0].seen.starts_with("answered 503; 0 effect(s)"), "{}", report.findings[0].seen);
}

#[tokio::test]
async fn none_at_all() {
    let expected = [("C-27/genuine", "no-effect"), ("C-27/again", "no-effect"), ("C-27/at-once", "no-effect")];
    counting(|_| false, &expected).await;
}
