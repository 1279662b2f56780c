//! Every action of the plan language, played by the receiver and told by the sender.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::{Dispatcher, Pooling, Request};
use chatislav_receiver::{Capture, Config, Forwards, Mode, Route, Sink};
use chatislav_webhooks::plan::{Per, Plan, Rules};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Line, Method, Outcome, Phase, Schedule, Target, Webhook};
use futures_util::future::try_join_all;

use super::Score;
use crate::exit::Failure;
use crate::listen::forward;
use crate::output::{Output, Tone};
use crate::own_receiver::OwnReceiver;

const SECRET: &str = "chatislav-selftest";
/// How long an attempt lasts that nobody answers: the battery takes longer beside it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one may take that is answered: a machine that is busy with other things makes no build unsound.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// A plan, and what becomes of each attempt of one delivery: a status, or in which phase it ended.
type Trial = (&'static str, &'static [&'static str]);

const TRIALS: &[Trial] = &[
    ("200", &["200"]),
    ("201", &["201"]),
    ("503x2,200", &["503", "503", "200"]),
    ("loop(500,200)", &["500", "200"]),
    ("204:1|204:2", &["204"]),
    ("seed=7; 500|500,200", &["500", "200"]),
    ("when(event=lead_collection) 204; else 500", &["204"]),
    ("wait(50ms) 200", &["200"]),
    ("wait(10ms..40ms) 500,200", &["500", "200"]),
    ("200(body=ok)", &["200"]),
    ("302(location=/x)", &["302"]),
    ("404", &["404"]),
    ("429(retry-after=1)", &["429"]),
    ("forward", &["202"]),
    ("never,200", &["timeout headers", "200"]),
    ("stall(headers),200", &["timeout headers", "200"]),
    ("reset,200", &["error headers", "200"]),
    ("reset(after=12B),200", &["error headers", "200"]),
    ("close,200", &["error headers", "200"]),
    ("garbage,200", &["error headers", "200"]),
    // The status line decides, whatever becomes of the body.
    ("short(10B)", &["200"]),
    ("drip(3,60ms)", &["200"]),
    ("early(401)", &["401"]),
    ("recovering", &["503", "503", "503", "200"]),
    ("down", &["503", "503", "503", "503", "503", "503"]),
    ("rate-limited", &["429"]),
    ("seed=1; flaky", &["200"]),
    ("slow", &["200"]),
];

/// Tries them all at once, each with a receiver of its own.
pub(super) async fn try_all(output: Output) -> Result<Score, Failure> {
    let app = receiver("202", Forwards::default()).await?;
    let tried = try_join_all(TRIALS.iter().map(|trial| try_one(trial, &app.url, output))).await?;
    app.stop().await?;
    for ((plan, expected), seen) in TRIALS.iter().zip(&tried) {
        let is_good = seen == expected;
        output.line(
            Line::new("trial")
                .text("plan", plan)
                .texts("expected", expected.iter().copied())
                .texts("seen", seen.iter().map(String::as_str))
                .number("as_expected", is_good),
        );
        if !is_good {
            let mark = output.paint(Tone::Bad, "✗");
            output.say(&format!("{mark} {plan}: {} expected, {} seen", expected.join(", "), seen.join(", ")));
        }
    }
    let good = TRIALS.iter().zip(&tried).filter(|((_, expected), seen)| seen == expected).count();
    Ok(Score { good, all: TRIALS.len() })
}

/// What became of each attempt.
async fn try_one((plan, expected): &Trial, app: &str, output: Output) -> Result<Vec<String>, Failure> {
    let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() }).with_pooling(Pooling::NONE);
    let forwards = Forwards {
        sender: Some(forward::to_this_machine(output)),
        routes: vec![Route { event: None, url: format!("{app}/hook") }],
        timeout: LONG_PATIENCE,
    };
    let receiver = receiver(plan, forwards).await?;
    // Always the same body, so that what a plan leaves to chance is always the same too.
    let body = Sample::lead_collection(SystemTime::UNIX_EPOCH, 7).to_body(JsonStyle::Python);
    let signature = webhook()?.sign(&body).to_string();
    let target = Target::parse(&format!("{}/hook", receiver.url)).map_err(Failure::failed)?;
    let is_left = expected.iter().any(|end| end.starts_with("timeout"));
    let patience = if is_left { PATIENCE } else { LONG_PATIENCE };
    let request = Request::new(target, Method::Post, Bytes::from(body), Some(&signature), &[])
        .map_err(Failure::failed)?
        .with_timeout(patience);
    let schedule = Schedule { time_scale: 10_000_000.0, ..Schedule::default() };
    let mut seen = Vec::new();
    dispatcher.deliver(&request, schedule, || 0, |report| seen.push(word(report.attempt.outcome))).await;
    receiver.stop().await?;
    Ok(seen)
}

fn word(outcome: Outcome) -> String {
    let phase = |phase: Phase| phase.name();
    match outcome {
        Outcome::Timeout(at) => format!("timeout {}", phase(at)),
        Outcome::RequestError(at) => format!("error {}", phase(at)),
        _ => outcome.status().map_or_else(|| "blocked".to_owned(), |status| status.to_string()),
    }
}

async fn receiver(plan: &str, forwards: Forwards) -> Result<OwnReceiver, Failure> {
    let plan = Plan::parse(plan).map_err(Failure::failed)?;
    let config = Config { rules: Rules::of(plan, Per::Delivery), forwards, ..Config::new(Mode::Verified(webhook()?)) };
    OwnReceiver::start(config, Arc::new(Silent)).await
}

fn webhook() -> Result<Webhook, Failure> {
    Webhook::new(SECRET).map_err(Failure::failed)
}

/// The sender tells what there is to tell.
struct Silent;

impl Sink for Silent {
    fn record(&self, _: &Capture) {}

    fn notice(&self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use chatislav_webhooks::plan::Preset;

    use super::*;

    #[test]
    fn every_action_is_tried() {
        let actions = ["forward", "never", "reset", "reset(after=", "close", "garbage", "short(", "early(", "drip("];
        let presets = Preset::ALL.map(Preset::name);
        let pieces = ["stall(headers)", "wait(", "..", "loop(", "when(", "x2", "|", ":2", "body=", "location="];
        for piece in actions.into_iter().chain(presets).chain(pieces) {
            assert!(TRIALS.iter().any(|(plan, _)| plan.contains(piece)), "{piece} is in no plan");
        }
    }
}
