//! A body of the user's: whether it is taken, and if not, why not.

use std::path::Path;
use std::time::SystemTime;

use chatislav_check::report::pretty;
use chatislav_check::{Captured, Config, Endpoint, check_body};
use chatislav_webhooks::Line;

use super::{Arguments, endpoint, tell};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{Done, input, runtime};

pub(super) fn run(path: &Path, endpoint: &Endpoint, config: &Config, arguments: &Arguments, output: Output) -> Done {
    let body = input::read(Some(path))?;
    let bytes = body.len();
    let captured = runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        endpoint::admit(endpoint, arguments.endpoint.is_owned(), output).await?;
        let run = check_body(endpoint, config, body, SystemTime::now());
        tokio::select! {
            captured = run => captured.map_err(|error| {
                Failure::usage(format!("{} is no event that Chatislav sends: {error}", path.display()))
            }),
            () = interruption => Err(Failure {
                exit: Exit::Interrupted,
                message: "interrupted before the end".to_owned(),
            }),
        }
    })?;
    output.say(pretty::captured(&captured).trim_end());
    output.line(line(&captured, bytes));
    Ok(match &captured.report.obstacle {
        Some(obstacle) if obstacle.is_unreachable() => Exit::Unreachable,
        _ if captured.is_good() => Exit::Good,
        _ => Exit::Failed,
    })
}

fn line(captured: &Captured, bytes: usize) -> Line {
    let seen = captured.exchange.as_ref().map(|exchange| &exchange.seen);
    let obstacle = captured.report.obstacle.as_ref();
    let line = Line::new("body")
        .text("url", &captured.report.target)
        .number("good", captured.is_good())
        .number("bytes", bytes)
        .number_or_null("status", seen.and_then(|seen| seen.status()))
        .text_or_null("seen", seen.map(ToString::to_string).as_deref())
        .text_or_null("obstacle", obstacle.map(|obstacle| obstacle.kind.name()));
    tell::shrunk(line, captured.smallest.as_ref())
        .number_or_null("complete", captured.smallest.as_ref().map(|smallest| smallest.is_complete))
        .number("requests", captured.report.requests)
        .number("seed", captured.report.seed)
}
