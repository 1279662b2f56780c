//! What a run tells: the plan, each case as it ends, the faults and the end.

use std::time::Duration;

use chatislav_check::report::pretty;
use chatislav_check::{
    Case, Cause, Config, Endpoint, Feature, Finding, Framework, Group, Outcome, Plan, Report, Smallest, Told,
};
use chatislav_webhooks::sample::JsonStyle;
use chatislav_webhooks::{Line, Printable};
use clap::ValueEnum;
use indicatif::ProgressBar;

use crate::output::{Output, Tone};
use crate::tell::waiting_bar;

/// A framework, as an argument.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FrameworkArgument {
    Express,
    Fastify,
    Next,
    Fastapi,
    Flask,
    Django,
    Axum,
}

impl From<FrameworkArgument> for Framework {
    fn from(framework: FrameworkArgument) -> Self {
        match framework {
            FrameworkArgument::Express => Framework::Express,
            FrameworkArgument::Fastify => Framework::Fastify,
            FrameworkArgument::Next => Framework::Next,
            FrameworkArgument::Fastapi => Framework::FastApi,
            FrameworkArgument::Flask => Framework::Flask,
            FrameworkArgument::Django => Framework::Django,
            FrameworkArgument::Axum => Framework::Axum,
        }
    }
}

/// Tells a run to people or to programs.
pub(super) struct Teller {
    output: Output,
    framework: Option<Framework>,
    bar: Option<ProgressBar>,
    group: Option<Group>,
}

impl Teller {
    pub(super) fn new(output: Output, framework: Option<FrameworkArgument>) -> Self {
        let bar = output.shows_progress().then(waiting_bar);
        Teller { output, framework: framework.map(Into::into), bar, group: None }
    }

    pub(super) fn plan(&self, plan: &Plan, endpoint: &Endpoint, config: &Config) {
        let running = plan.running().count();
        let slow = plan.running().filter(|case| case.is_slow).count();
        let target = endpoint.target.to_string();
        self.say(&format!(
            "checking {}\n  {running} cases, {slow} of them slow, {} left out; at most {} requests{}; seed {}",
            Printable(&target),
            plan.cases.len() - running,
            plan.requests,
            match config.shrink_requests {
                0 => String::new(),
                more => format!(", and {more} to make refused bodies smaller"),
            },
            config.seed
        ));
        self.output.line(
            Line::new("plan")
                .text("url", &target)
                .number("cases", running)
                .number("slow", slow)
                .number("left_out", plan.cases.len() - running)
                .number("requests", plan.requests)
                .number("shrink_requests", config.shrink_requests)
                .text("secret", &endpoint.secret.fingerprint())
                .number("case_timeout_ms", config.timeout.as_millis())
                .number("seed", config.seed),
        );
    }

    pub(super) fn told(&mut self, told: Told<'_>) {
        match told {
            Told::Begins(case) => self.begins(case),
            Told::Ends(finding) => self.ends(finding),
        }
    }

    fn begins(&self, case: &Case) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}  {}", case.id, case.sends));
        }
    }

    fn ends(&mut self, finding: &Finding) {
        let case = finding.case;
        if self.group != Some(case.group) {
            self.group = Some(case.group);
            self.say(&format!("\n{}", case.group.title()));
        }
        let (mark, tone) = match finding.outcome {
            Outcome::Passed => ("✓", Some(Tone::Good)),
            Outcome::Failed => ("✗", Some(Tone::Bad)),
            Outcome::Known => ("✗", Some(Tone::Middling)),
            Outcome::Noted => ("i", None),
            Outcome::Skipped => ("-", None),
        };
        let mark = tone.map_or_else(|| mark.to_owned(), |tone| self.output.paint(tone, mark));
        let known = if finding.outcome == Outcome::Known { "known: " } else { "" };
        self.say(&format!(
            "  {mark} {:<18} {:<6}  {known}{}{}",
            case.id,
            case.level.name(),
            Printable(&finding.seen),
            time(finding)
        ));
        self.output.line(finding_line(finding));
    }

    /// The faults, what to do about them, and the end.
    pub(super) fn report(&self, report: &Report) {
        let faults = pretty::faults(report, self.framework);
        if !faults.is_empty() {
            self.say(&format!("\n{}", faults.trim_end()));
        }
        let passed = report.count(Outcome::Passed);
        let (tone, verdict) = match (&report.obstacle, report.failures()) {
            (Some(obstacle), _) if report.findings.is_empty() => {
                (Tone::Bad, format!("✗ {}: the cases say nothing", obstacle.kind.name()))
            }
            (Some(obstacle), 0) => (Tone::Bad, format!("✗ {}", obstacle.kind.name())),
            (Some(obstacle), failures) => {
                (Tone::Bad, format!("✗ {}, and {failures} that count have failed", obstacle.kind.name()))
            }
            (None, 0) => (Tone::Good, "✓ nothing that counts has failed".to_owned()),
            (None, failures) => (Tone::Bad, format!("✗ {failures} that count have failed")),
        };
        self.say(&format!(
            "\n{}: {passed} passed, {} failed, {} known, {} skipped; {} requests in {:.1} s{}",
            self.output.paint(tone, &verdict),
            report.count(Outcome::Failed),
            report.count(Outcome::Known),
            report.count(Outcome::Skipped),
            report.requests,
            report.duration.as_secs_f64(),
            sizes(report)
        ));
        self.output.line(checked(report));
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.output.say(text)),
            None => self.output.say(text),
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Between which sizes the limit lies.
fn sizes(report: &Report) -> String {
    match (report.largest_accepted, report.smallest_refused) {
        (None, _) => String::new(),
        (Some(largest), None) => format!("; a body of {largest} bytes was taken"),
        (Some(largest), Some(smallest)) => format!("; a body of {largest} bytes was taken, one of {smallest} was not"),
    }
}

/// Only where it can be felt.
fn time(finding: &Finding) -> String {
    if finding.duration < Duration::from_millis(500) {
        String::new()
    } else {
        format!("  ({:.1} s)", finding.duration.as_secs_f64())
    }
}

/// What became of a case, for programs.
pub(crate) fn finding_line(finding: &Finding) -> Line {
    let case = finding.case;
    let status = finding.exchanges.first().and_then(|exchange| exchange.seen.status());
    let line = Line::new("case")
        .text("id", case.id)
        .word("group", case.group.name())
        .word("level", case.level.name())
        .word("outcome", finding.outcome.name())
        .text("requirement", case.requirement)
        .text("accepted", case.accepted())
        .text("seen", &finding.seen)
        .number_or_null("status", status)
        .number("ms", finding.duration.as_millis());
    caused(shrunk(line, finding.smallest.as_ref()), finding.cause)
}

/// The smallest body that is refused, and what about it offends; null where nobody has looked for one.
pub(super) fn shrunk(line: Line, smallest: Option<&Smallest>) -> Line {
    let Some(smallest) = smallest else { return line.null("smallest") };
    let words: Vec<_> = smallest.features.iter().map(ToString::to_string).collect();
    line.text("smallest", &String::from_utf8_lossy(&smallest.body))
        .texts("features", smallest.features.iter().map(Feature::name))
        .texts("offends", words.iter().map(String::as_str))
}

/// The cause, what it means, and the fix by framework.
fn caused(line: Line, cause: Option<Cause>) -> Line {
    let Some(cause) = cause else { return line.null("cause") };
    let mut fixes = String::from("{");
    for (framework, fix) in cause.fixes() {
        if fixes.len() > 1 {
            fixes.push(',');
        }
        JsonStyle::Python.quote(framework.name(), &mut fixes);
        fixes.push(':');
        JsonStyle::Python.quote(fix, &mut fixes);
    }
    fixes.push('}');
    line.word("cause", cause.name()).text("explanation", cause.explanation()).number("fixes", fixes)
}

fn checked(report: &Report) -> Line {
    let line = Line::new("checked")
        .text("url", &report.target)
        .number("good", report.is_good())
        .number("passed", report.count(Outcome::Passed))
        .number("failed", report.count(Outcome::Failed))
        .number("counting", report.failures())
        .number("known", report.count(Outcome::Known))
        .number("noted", report.count(Outcome::Noted))
        .number("skipped", report.count(Outcome::Skipped))
        .number("requests", report.requests)
        .number("ms", report.duration.as_millis())
        .number_or_null("largest_accepted", report.largest_accepted)
        .number_or_null("smallest_refused", report.smallest_refused)
        .number("seed", report.seed);
    match &report.obstacle {
        None => line.null("obstacle"),
        Some(obstacle) => {
            let line = line
                .word("obstacle", obstacle.kind.name())
                .text("reason", &obstacle.kind.to_string())
                .text("advice", &obstacle.kind.advice());
            caused(line, obstacle.cause())
        }
    }
}
