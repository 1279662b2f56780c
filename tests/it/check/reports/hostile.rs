//! What an endpoint answers reaches a report as text, and without what is nobody's business.

use std::sync::Arc;

use chatislav_check::{Outcome, Report, check};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{CustomHeader, Secret, Signature};

use super::super::endpoint::plain;
use super::super::{Arrived, config, endpoint_at, only, serve};
use super::every;
use crate::support::SECRET;

const HEADER: &str = "Bearer nobody-else-reads-this";
const HOSTILE: &str =
    "</pre><script>alert(1)</script> ]]> \u{1b}[2J\u{9b}31m `````` @octocat \u{202e} \u{ffff} <!-- \" onload='";

/// An endpoint that writes JSON anew and tells what it expected, and everything else that it knows.
async fn told(ids: &[&str]) -> Report {
    let answer = |arrived: &Arrived| {
        let body = Sample::from_json(&arrived.body).map_or(arrived.body.clone(), |s| s.to_body(JsonStyle::Compact));
        match arrived.with_body(body.clone()).judged() {
            401 => {
                let expected = Signature::sign(&Secret::new(SECRET).unwrap(), &body);
                (401, vec![("x-hostile", "a\u{9b}b".to_owned())], format!("{HOSTILE} {expected} {SECRET} {HEADER}"))
            }
            status => plain(status),
        }
    };
    let server = serve(Arc::new(answer)).await;
    let mut endpoint = endpoint_at(&server.url("/hook?a=<b>&c='d'"));
    endpoint.headers = vec![CustomHeader::new("Authorization", HEADER).unwrap()];
    check(&endpoint, &only(ids), std::time::SystemTime::now(), |_| {}).await
}

#[tokio::test]
async fn no_report_holds_a_secret_a_header_or_a_signature_that_was_expected() {
    let report = told(&["C-01", "C-05", "C-07", "C-21"]).await;
    assert!(report.count(Outcome::Failed) > 5);
    for (name, text) in every(&report) {
        assert!(!text.contains(SECRET) && !text.contains("nobody-else"), "{name}: {text}");
        // SARIF has no place for the wire.
        assert!(name == "sarif" || text.contains("Authorization: ***"), "{name} does not show where it was");
    }
    // Whatever stands in an answer and has the form of a signature was sent.
    for exchange in report.findings.iter().flat_map(|finding| &finding.exchanges) {
        let (sent, received) = (exchange.sent.bytes.as_slice(), exchange.received.bytes.as_slice());
        let digits = |row: &&[u8]| row.len() == 64;
        for row in received.split(|byte| !byte.is_ascii_hexdigit()).filter(digits) {
            assert!(sent.windows(64).any(|window| window == row));
        }
    }
}

#[tokio::test]
async fn a_line_for_curl_reads_the_header_from_a_variable() {
    let report = told(&["C-01/lead"]).await;
    let line = report.again(&report.findings[0].exchanges[0]).unwrap();
    assert!(line.contains(r#" -H "Authorization: ${AUTHORIZATION}" "#), "{line}");
}

#[tokio::test]
async fn no_report_does_what_an_endpoint_says() {
    let report = told(&["C-01", "C-05"]).await;
    let control = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}');
    for (name, text) in every(&report) {
        assert!(!text.contains(control), "{name} has a control character");
        assert!(name == "sarif" || text.contains("alert(1)"), "{name} does not show the answer");
        let is_markup = matches!(name, "html" | "junit");
        assert!(!is_markup || !text.contains("<script"), "{name} has a script");
    }
    let [.., (_, junit), _, (_, markdown), (_, html)] = every(&report);
    assert!(!html.contains(" onload='") && !html.contains("<b>&c"), "an attribute is left");
    let fence = markdown.lines().find(|line| line.starts_with("```")).unwrap();
    assert!(fence.starts_with("```````text"), "{fence}: the answer has six of them");
    let read = quick_junit::Report::deserialize_from_str(&junit).unwrap();
    assert!(read.failures > 0 && !junit.contains('\u{ffff}'));
}

#[tokio::test]
async fn a_redirect_cannot_write_into_the_summary() {
    let location = "http://evil.example/`|<img src=x>[a](b)@octocat";
    let server =
        serve(Arc::new(move |_: &Arrived| (302, vec![("location", location.to_owned())], String::new()))).await;
    let report = check(&endpoint_at(&server.url("/")), &config(), std::time::SystemTime::now(), |_| {}).await;
    assert_eq!(report.obstacle.as_ref().unwrap().kind.name(), "redirects");
    let [.., (_, markdown), (_, html)] = every(&report);
    let text: String = markdown.lines().take_while(|line| !line.starts_with("```")).collect();
    for part in ["<img", "[a](b)", "@octocat", "http://"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    assert!(!html.contains("<img"));
}
