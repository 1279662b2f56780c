//! Endpoints that judge right and answer wrong.

use std::sync::{Arc, Mutex};

use chatislav_check::Outcome;
use chatislav_webhooks::{Secret, Signature};

use super::endpoint::{plain, status};
use super::{Arrived, finds};
use crate::support::SECRET;

/// What a forgery is answered, in the place of 401.
fn to_forgeries(answer: u16) -> impl Fn(&Arrived) -> u16 + Send + Sync {
    move |arrived| match arrived.judged() {
        401 => answer,
        status => status,
    }
}

#[tokio::test]
async fn an_error_of_its_own_for_a_forgery() {
    let expected = [("C-20/status", "refusal-crashes")];
    finds(status(to_forgeries(500)), &expected).await;
}

#[tokio::test]
async fn a_login_for_a_forgery() {
    finds(status(to_forgeries(302)), &[("C-19", "login-in-front")]).await;
}

#[tokio::test]
async fn nothing_for_a_forgery() {
    finds(status(to_forgeries(0)), &[("C-09/64KiB", "head-limit"), ("C-20/dropped", "dropped")]).await;
}

#[tokio::test]
async fn nothing_for_upper_case_is_no_limit_of_a_head() {
    let drops = |arrived: &Arrived| match arrived.signature() {
        digits if digits.chars().any(char::is_uppercase) => 0,
        _ => arrived.judged(),
    };
    let server = super::serve(status(drops)).await;
    let report = super::run(&server.url("/"), super::only(&["C-09/upper-case"])).await;
    assert_eq!(super::failures(&report), [("C-09/upper-case", "dropped")]);
}

#[tokio::test]
async fn an_error_for_what_is_not_hexadecimal() {
    let crashes = |arrived: &Arrived| match arrived.judged() {
        401 if arrived.signature().ends_with("zz") => 500,
        status => status,
    };
    let server = super::serve(status(crashes)).await;
    let report = super::run(&server.url("/"), super::only(&["C-20"])).await;
    assert_eq!(super::failures(&report), [("C-20/status", "refusal-crashes")]);
    // Nothing was asked for but the audit, and it has sent what it looks at.
    assert_eq!(report.findings[0].seen, "answered 500 to 1 of 44 forgeries: C-09/non-hex");
}

#[tokio::test]
async fn the_expected_signature_is_told() {
    let tells = |arrived: &Arrived| match arrived.judged() {
        401 => {
            let expected = Signature::sign(&Secret::new(SECRET).unwrap(), &arrived.body).to_string();
            (401, Vec::new(), format!("expected {}, got {}", expected.to_uppercase(), arrived.signature()))
        }
        status => plain(status),
    };
    finds(Arc::new(tells), &[("C-21/digest", "digest-told")]).await;
}

#[tokio::test]
async fn the_secret_is_told_in_a_header() {
    let tells = |arrived: &Arrived| match arrived.judged() {
        401 => (401, vec![("x-debug", SECRET.to_owned())], String::new()),
        status => plain(status),
    };
    finds(Arc::new(tells), &[("C-21/secret", "secret-told")]).await;
}

#[tokio::test]
async fn a_stack_trace_is_told() {
    let tells = |arrived: &Arrived| match arrived.judged() {
        401 => (401, Vec::new(), "Error: bad\n    at Object.verify (/app/node_modules/x.js:1:2)".to_owned()),
        status => plain(status),
    };
    finds(Arc::new(tells), &[("C-21/stack", "stack-told")]).await;
}

#[tokio::test]
async fn a_delivery_that_comes_again_is_refused() {
    let once = |arrived: &Arrived| match arrived.judged() {
        204 if arrived.is_again() => 409,
        status => status,
    };
    finds(status(once), &[("C-15/again", "duplicate-refused"), ("C-15/at-once", "duplicate-refused")]).await;
}

/// Judges right, and answers so to this arrival of a delivery, the first of which is 1.
async fn at_once(answers: &'static [u16]) -> Vec<(&'static str, &'static str)> {
    let arrivals = Mutex::new(std::collections::HashMap::new());
    let counted = move |arrived: &Arrived| match arrived.judged() {
        204 => {
            let mut arrivals = arrivals.lock().unwrap();
            let count = arrivals.entry(arrived.body.clone()).or_insert(0);
            *count += 1;
            answers.get(*count - 1).copied().unwrap_or(204)
        }
        status => status,
    };
    let server = super::serve(status(counted)).await;
    let report = super::run(&server.url("/"), super::only(&["C-15/at-once"])).await;
    super::failures(&report)
}

#[tokio::test]
async fn a_delivery_that_is_put_off_while_it_is_at_work() {
    assert_eq!(at_once(&[204, 503]).await, []);
    assert_eq!(at_once(&[503, 204]).await, []);
    let fails = [("C-15/at-once", "handler-fails")];
    assert_eq!(at_once(&[204, 503, 503]).await, fails);
    assert_eq!(at_once(&[503, 503]).await, fails);
    assert_eq!(at_once(&[204, 409]).await, [("C-15/at-once", "duplicate-refused")]);
}

/// The places at which a signature differs from the one that was expected.
fn wrong_digits(arrived: &Arrived) -> Vec<usize> {
    let expected = Signature::sign(&Secret::new(SECRET).unwrap(), &arrived.body).to_string();
    let digits = expected.bytes().zip(arrived.signature().into_bytes()).enumerate();
    digits.filter(|(_, (expected, came))| expected != came).map(|(at, _)| at).collect()
}

/// What is told of the time that refusals take at an endpoint with this fault.
async fn timed(fault: impl Fn(&Arrived) -> u16 + Send + Sync + 'static) -> String {
    let server = super::serve(status(fault)).await;
    let report = super::run(&server.url("/"), super::only(&["C-22"])).await;
    let [finding] = &report.findings[..] else { panic!("{:?}", report.findings) };
    assert_eq!(finding.outcome, Outcome::Noted, "{finding:?}");
    finding.seen.clone()
}

#[tokio::test]
async fn the_time_of_a_refusal_is_told() {
    let came = Arc::new(Mutex::new(Vec::new()));
    let counts = Arc::clone(&came);
    let seen = timed(move |arrived| {
        let wrong = wrong_digits(arrived);
        if wrong == [0] || wrong == [63] {
            counts.lock().unwrap().push((arrived.body.clone(), wrong));
        }
        arrived.judged()
    })
    .await;
    assert!(
        seen.ends_with(" with the last, medians of 20") && seen.contains(" ms with the first digit wrong, "),
        "{seen}"
    );
    let came = came.lock().unwrap();
    assert_eq!(came.len(), 40);
    for (number, pair) in came.chunks(2).enumerate() {
        let [(one, first), (other, second)] = pair else { unreachable!() };
        assert_eq!(one, other, "the pair has one body");
        let by_turns = if number % 2 == 0 { [0, 63] } else { [63, 0] };
        assert_eq!([first[0], second[0]], by_turns);
    }
}

#[tokio::test]
async fn what_is_no_refusal_or_a_slow_one_is_not_timed() {
    let crashes = |arrived: &Arrived| if wrong_digits(arrived) == [0] { 500 } else { arrived.judged() };
    assert_eq!(timed(crashes).await, "there is no refusal to time: answered 500");
    let slow = |arrived: &Arrived| {
        if wrong_digits(arrived) == [63] {
            std::thread::sleep(std::time::Duration::from_millis(600));
        }
        arrived.judged()
    };
    let seen = timed(slow).await;
    assert!(seen.starts_with("a refusal takes ") && seen.ends_with(" s: too long to compare"), "{seen}");
}

#[tokio::test]
async fn a_few_slow_refusals_among_many_are_of_no_account() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let halting = move |arrived: &Arrived| {
        let is_timed = matches!(wrong_digits(arrived)[..], [0] | [63]);
        let count = count.fetch_add(usize::from(is_timed), std::sync::atomic::Ordering::SeqCst);
        if is_timed && count % 12 == 7 {
            std::thread::sleep(std::time::Duration::from_millis(600));
        }
        arrived.judged()
    };
    let seen = timed(halting).await;
    assert!(seen.ends_with("medians of 20"), "{seen}");
}

#[tokio::test]
async fn signed_rubbish_brings_an_error() {
    let crashes = |arrived: &Arrived| match arrived.judged() {
        400 => 500,
        status => status,
    };
    let expected = ["bom", "deep", "invalid-utf8", "no-event", "not-json", "nul"];
    let server = super::serve(status(crashes)).await;
    let report = super::run(&server.url("/"), super::only(&["survives"])).await;
    let mut failed: Vec<_> = super::failures(&report).into_iter().map(|(id, _)| id).collect();
    failed.sort_unstable();
    let expected: Vec<_> = expected.iter().map(|variant| format!("C-10/{variant}")).collect();
    assert_eq!(failed, [expected, vec!["C-11/signed".to_owned()]].concat());
    // Weaknesses, so they count only if the user is strict.
    assert!(report.is_good());
}

#[tokio::test]
async fn a_limit_of_how_often() {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let limited = move |arrived: &Arrived| {
        let is_over = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= 20;
        if is_over { 429 } else { arrived.judged() }
    };
    let server = super::serve(status(limited)).await;
    let report = super::run(&server.url("/"), super::only(&["C-17/row"])).await;
    assert_eq!(super::failures(&report), [("C-17/row", "overwhelmed")]);
}
