//! `chatislav target`: would Chatislav send there, and why not.

use std::time::Duration;

use chatislav_dispatcher::{Dispatcher, Failure as NotJudged};
use chatislav_webhooks::{Line, Outcome, Printable, Target};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::guard::{GuardArguments, advice, note_blocked, note_pass, reason};
use crate::output::{Output, Tone};
use crate::{Done, runtime};

/// How long the name may take to resolve.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Judge a URL as the guard does before a delivery, without sending anything.
#[derive(Args)]
#[command(
    after_help = "Exits with 0 if it is allowed, 3 if it is refused, 1 if the name does not resolve, 2 if it is no URL."
)]
pub(crate) struct Arguments {
    url: String,
    #[command(flatten)]
    guard: GuardArguments,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let target = Target::parse(&arguments.url).map_err(|error| invalid(&arguments.url, error))?;
    let guard = arguments.guard.guard();
    let judged = runtime::new()?.block_on(Dispatcher::new(guard).judge(&target, TIMEOUT));
    let shown = Printable(&target.to_string()).to_string();
    let line = Line::new("target").text("url", &target.to_string());
    match judged {
        Ok((pass, addresses)) => {
            let why = reason(pass);
            note_pass(&target, pass, output);
            output.say(&format!(
                "{}  {shown}\n  {why}; {addresses} address(es) judged",
                output.paint(Tone::Good, "✓ allowed")
            ));
            output.line(line.text("verdict", "allowed").text("reason", why).number("addresses", addresses));
            Ok(Exit::Good)
        }
        Err(NotJudged { outcome: Outcome::Blocked(rule), blocked_address, .. }) => {
            note_blocked(&target, blocked_address, output);
            let advice = advice(&target, rule);
            output.say(&format!("{}  {shown}\n  {}", output.paint(Tone::Bad, "✗ blocked"), Printable(&advice)));
            output.line(line.text("verdict", "blocked").text("rule", rule.name()).text("reason", rule.reason()));
            Ok(Exit::Blocked)
        }
        Err(NotJudged { error, .. }) => {
            let unresolved = output.paint(Tone::Middling, "? unresolved");
            output.say(&format!("{unresolved}  {shown}\n  {}", Printable(&error)));
            output.line(line.text("verdict", "unresolved").text("reason", &error));
            Ok(Exit::Failed)
        }
    }
}

pub(crate) fn invalid(url: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{url} is no target: {error}"))
}
