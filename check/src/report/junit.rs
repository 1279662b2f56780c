//! JUnit XML, which every CI reads.

use chatislav_webhooks::{Printable, Timestamp};
use quick_junit::{NonSuccessKind, Property, Report as Suites, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Outcome, Report, pretty};
use crate::case::Group;
use crate::exchange::Exchange;
use crate::obstacle::Obstacle;

/// The report as JUnit XML: a suite for each group, a test for each case.
///
/// The format knows no warning. What failed and does not count, a SHOULD or a known failure, is skipped
/// with the reason, so that CI and the exit code say the same. An obstacle is an error.
pub fn junit(report: &Report) -> String {
    let mut suites = Suites::new("chatislav check");
    suites.set_time(report.duration);
    if let Some(obstacle) = &report.obstacle {
        suites.add_test_suite(preflight(obstacle, report));
    }
    for group in Group::ALL {
        let mut findings = report.findings.iter().filter(|finding| finding.case.group == group).peekable();
        if findings.peek().is_some() {
            let mut suite = suite(group.name(), report);
            suite.add_test_cases(findings.map(|finding| test(finding, report)));
            suites.add_test_suite(suite);
        }
    }
    // It is written into memory, where nothing fails.
    suites.to_string().unwrap_or_default()
}

fn suite(name: &str, report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_properties([
        Property::new("url", plain(&report.target)),
        Property::new("seed", report.seed.to_string()),
        Property::new("started", Timestamp::from(report.started).rfc3339()),
    ]);
    suite
}

fn preflight(obstacle: &Obstacle, report: &Report) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(obstacle.kind.name()).set_message(plain(&obstacle.kind.to_string()));
    let mut text = plain(&obstacle.kind.advice()) + "\n";
    text.push_str(&evidence(obstacle.exchanges.first(), report));
    status.set_description(text);
    let mut suite = suite("preflight", report);
    suite.add_test_case(case("preflight", "preflight", status));
    suite
}

fn case(name: &str, group: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("chatislav.check.{group}"));
    case
}

fn test(finding: &Finding, report: &Report) -> TestCase {
    let seen = plain(&finding.seen);
    let mut status = match finding.outcome {
        Outcome::Passed | Outcome::Noted => TestCaseStatus::success(),
        Outcome::Failed if report.counts(finding) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Failed | Outcome::Known | Outcome::Skipped => TestCaseStatus::skipped(),
    };
    let message = match finding.outcome {
        Outcome::Failed if !report.counts(finding) => format!("a failed {}: {seen}", finding.case.level),
        Outcome::Known => format!("a known failure: {seen}"),
        _ => seen.clone(),
    };
    status.set_message(message).set_type(finding.cause.map_or(finding.outcome.name(), |cause| cause.name()));
    if matches!(finding.outcome, Outcome::Failed | Outcome::Known) {
        status.set_description(description(finding, report));
    }
    let mut test = case(finding.case.id, finding.case.group.name(), status);
    test.set_time(finding.duration);
    test.add_property(Property::new("level", finding.case.level.name()));
    test.add_property(Property::new("requirement", finding.case.requirement));
    if finding.outcome == Outcome::Noted {
        test.set_system_out(seen);
    }
    test
}

fn description(finding: &Finding, report: &Report) -> String {
    let case = finding.case;
    let mut text = format!("{}\nseen: {}; accepted is {}\n", case.requirement, plain(&finding.seen), case.accepted());
    if let Some(smallest) = &finding.smallest {
        text.push_str(&format!("the smallest that is refused so: {}\n", plain(&pretty::least(smallest))));
    }
    if let Some(cause) = finding.cause {
        text.push_str(&format!("cause: {}\n", cause.explanation()));
        for (framework, fix) in cause.fixes() {
            text.push_str(&format!("fix in {}: {fix}\n", framework.name()));
        }
    }
    text + &evidence(finding.exchanges.first(), report)
}

fn evidence(exchange: Option<&Exchange>, report: &Report) -> String {
    let Some(exchange) = exchange else { return String::new() };
    let lines = pretty::wire(exchange);
    let again = report.again(exchange).map(|line| format!("again: {line}"));
    lines.into_iter().chain(again).map(|line| plain(&line) + "\n").collect()
}

/// Text that XML 1.0 can hold: beside control characters, it has no way to write these two
/// (section 2.2).
fn plain(text: &str) -> String {
    Printable(text).to_string().replace('\u{FFFE}', "\\u{fffe}").replace('\u{FFFF}', "\\u{ffff}")
}
