//! Endpoints that let somebody in.

use chatislav_webhooks::{Secret, Signature};

use super::endpoint::status;
use super::{Arrived, finds};
use crate::support::SECRET;

fn digits(arrived: &Arrived) -> String {
    Signature::sign(&Secret::new(SECRET).unwrap(), &arrived.body).to_string()
}

#[tokio::test]
async fn whoever_leaves_the_header_out() {
    let optional = |arrived: &Arrived| if arrived.signatures.is_empty() { 204 } else { arrived.judged() };
    finds(status(optional), &[("C-03", "header-optional"), ("C-11/unsigned", "header-optional")]).await;
}

#[tokio::test]
async fn whoever_leaves_the_header_empty() {
    let optional = |arrived: &Arrived| if arrived.signature().is_empty() { 204 } else { arrived.judged() };
    let expected =
        [("C-03", "header-optional"), ("C-04/empty", "header-optional"), ("C-11/unsigned", "header-optional")];
    finds(status(optional), &expected).await;
}

#[tokio::test]
async fn a_beginning_of_the_signature() {
    let starts = |arrived: &Arrived| {
        let signature = arrived.signature();
        if arrived.signatures.len() == 1 && !signature.is_empty() && digits(arrived).starts_with(&signature) {
            204
        } else {
            arrived.judged()
        }
    };
    let expected = [("C-09/63-digits", "loose-comparison"), ("C-09/8-digits", "loose-comparison")];
    finds(status(starts), &expected).await;
}

#[tokio::test]
async fn more_than_the_signature() {
    let contains =
        |arrived: &Arrived| if arrived.signature().contains(&digits(arrived)) { 204 } else { arrived.judged() };
    let expected = [
        ("C-09/prefix", "lenient-header"),
        ("C-09/65-digits", "loose-comparison"),
        ("C-09/genuine-first", "lenient-header"),
    ];
    finds(status(contains), &expected).await;
}

#[tokio::test]
async fn the_empty_secret() {
    // Core takes no such secret, so another implementation signs.
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"");
    let empty = move |arrived: &Arrived| {
        let tag = hex::encode(ring::hmac::sign(&key, &arrived.body));
        if arrived.signature() == tag && !arrived.body.is_empty() { 204 } else { arrived.judged() }
    };
    finds(status(empty), &[("C-12/empty-secret", "empty-secret")]).await;
}

#[tokio::test]
async fn a_secret_of_an_example() {
    let fallback = |arrived: &Arrived| arrived.judged_by(&[SECRET, "changeme"]);
    let server = super::serve(status(fallback)).await;
    let report = super::run(&server.url("/"), super::only(&["C-12"])).await;
    assert_eq!(super::failures(&report), [("C-12/common-secret", "common-secret")]);
    assert_eq!(report.findings[1].seen, "answered 204 to `changeme`");
}

#[tokio::test]
async fn whatever_comes_by_put() {
    let post = |arrived: &Arrived| if arrived.method == "PUT" { 204 } else { arrived.judged() };
    finds(status(post), &[("C-05/method", "not-verified")]).await;
}

#[tokio::test]
async fn any_signature_that_looks_like_one() {
    let looks = |arrived: &Arrived| match Signature::parse(arrived.signature()) {
        Ok(_) => 204,
        Err(_) => 401,
    };
    let server = super::serve(status(looks)).await;
    let report = super::run(&server.url("/"), super::only(&["C-03", "C-05", "C-06"])).await;
    let expected = [
        ("C-05", "not-verified"),
        ("C-05/method", "not-verified"),
        ("C-06/start", "not-verified"),
        ("C-06/middle", "not-verified"),
        ("C-06/end", "not-verified"),
        ("C-06/added", "not-verified"),
    ];
    assert_eq!(super::failures(&report), expected);
}

#[tokio::test]
async fn the_old_secret_is_refused_while_a_rotation_lasts() {
    let server = super::serve(status(Arrived::judged)).await;
    let mut endpoint = super::endpoint_at(&server.url("/"));
    endpoint.old_secrets = vec![Secret::new("the one before").unwrap()];
    let report = chatislav_check::check(&endpoint, &super::only(&["C-24"]), std::time::SystemTime::now(), |_| {}).await;
    assert_eq!(super::failures(&report), [("C-24", "rotation-incomplete")]);

    let server = super::serve(status(|arrived| arrived.judged_by(&[SECRET, "the one before"]))).await;
    endpoint.target = chatislav_webhooks::Target::parse(&server.url("/")).unwrap();
    let report = chatislav_check::check(&endpoint, &super::only(&["C-24"]), std::time::SystemTime::now(), |_| {}).await;
    assert_eq!(super::failures(&report), []);
}
