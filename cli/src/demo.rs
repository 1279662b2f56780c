//! `chatislav demo`: all of it in one minute, against itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chatislav_dispatcher::{Dispatcher, Method, Report, Request};
use chatislav_receiver::{Capture, Config, Mode, Sink};
use chatislav_webhooks::plan::{Per, Plan, Rules};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Line, Printable, Schedule, Step, Target, Webhook};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::own_receiver::OwnReceiver;
use crate::{Done, runtime};

/// The demo's own secret. It is no secret at all, so it may be shown.
const SECRET: &str = "chatislav-demo";
const PLAN: &str = "when(path=/moved) 302(location=/elsewhere); when(path=/gone) 404; else 503x2,200";

/// Send webhooks to a receiver of our own: failed, retried, verified, accepted; forged and refused.
#[derive(Args)]
#[command(after_help = "It needs no network: everything happens on 127.0.0.1, on a free port.")]
pub(crate) struct Arguments {
    /// End after the show: 0 if all went as it must, 1 otherwise. Without it the receiver stays.
    #[arg(long)]
    once: bool,
}

/// One thing that is shown, and how it must end.
struct Scene {
    title: &'static str,
    event: &'static str,
    path: &'static str,
    signature: Signing,
    expect: Expectation,
}

enum Signing {
    Good,
    OfAnotherBody,
    None,
}

struct Expectation {
    step: Step,
    /// Each answer, in order, as the receiver logged it: status and verdict.
    answers: &'static [(u16, &'static str)],
}

const RECOVERED: &[(u16, &str)] = &[(503, "verified"), (503, "verified"), (200, "verified")];

const SCENES: [Scene; 6] = [
    Scene {
        title: "a conversation summary: fails twice, is retried, arrives",
        event: "conversation_summary",
        path: "/hook",
        signature: Signing::Good,
        expect: Expectation { step: Step::Delivered, answers: RECOVERED },
    },
    Scene {
        title: "a lead: has a counter of its own, so it fails twice as well",
        event: "lead_collection",
        path: "/hook",
        signature: Signing::Good,
        expect: Expectation { step: Step::Delivered, answers: RECOVERED },
    },
    Scene {
        title: "a tampered lead: one bit of the body changed after it was signed",
        event: "lead_collection",
        path: "/hook",
        signature: Signing::OfAnotherBody,
        expect: Expectation { step: Step::Failed, answers: &[(401, "signature_mismatch")] },
    },
    Scene {
        title: "an unsigned lead",
        event: "lead_collection",
        path: "/hook",
        signature: Signing::None,
        expect: Expectation { step: Step::Failed, answers: &[(401, "signature_missing")] },
    },
    Scene {
        title: "a redirect: not followed, not retried",
        event: "lead_collection",
        path: "/moved",
        signature: Signing::Good,
        expect: Expectation { step: Step::Failed, answers: &[(302, "verified")] },
    },
    Scene {
        title: "a 404: not retried, this lead is lost",
        event: "lead_collection",
        path: "/gone",
        signature: Signing::Good,
        expect: Expectation { step: Step::Failed, answers: &[(404, "verified")] },
    },
];

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        tokio::select! {
            done = show(arguments.once, output) => done,
            // Ctrl-C is how people end a demo.
            () = interruption => Ok(Exit::Good),
        }
    })
}

async fn show(once: bool, output: Output) -> Done {
    let webhook = Webhook::new(SECRET).map_err(Failure::failed)?;
    let config = Config {
        rules: Rules::of(Plan::parse(PLAN).map_err(Failure::failed)?, Per::Delivery),
        seed: runtime::entropy()? >> 32,
        ..Config::new(Mode::Verified(webhook.clone()))
    };
    let log = Arc::new(Log { output, answers: Mutex::default() });
    let receiver = OwnReceiver::start(config, log.clone()).await?;
    let url = receiver.url.clone();
    output.say(&format!("receiver  {url}, answers {}", Printable(PLAN)));
    output.say("sender    Chatislav's retry rule, 60 times faster: 5s,30s become 83ms,500ms\n");
    let started = std::time::Instant::now();
    let mut as_expected = 0;
    for scene in &SCENES {
        if play(scene, &url, &webhook, &log, output).await? {
            as_expected += 1;
        }
    }
    let all = SCENES.len();
    let tone = if as_expected == all { Tone::Good } else { Tone::Bad };
    let verdict = output.paint(tone, &format!("{as_expected} of {all} went as they must"));
    output.say(&format!("{verdict}, in {:.1?}", started.elapsed()));
    output.line(Line::new("demo").number("scenes", all).number("as_expected", as_expected));

    if !once {
        output.say(&format!(
            "\nThe receiver stays. In another shell:\n  chatislav send lead_collection --to {url}/hook --secret {SECRET} --allow-local --time-scale 10\nCtrl-C ends."
        ));
        // Never comes back by itself: Ctrl-C ends the whole show.
        std::future::pending::<()>().await;
    }
    receiver.stop().await?;
    Ok(if as_expected == all { Exit::Good } else { Exit::Failed })
}

/// Plays one scene and says whether it ended as it must.
async fn play(scene: &Scene, url: &str, webhook: &Webhook, log: &Log, output: Output) -> Result<bool, Failure> {
    output.say(&format!("— {}", scene.title));
    let target = Target::parse(&format!("{url}{}", scene.path)).map_err(Failure::failed)?;
    let sample = Sample::of(scene.event, SystemTime::now(), runtime::entropy()?)
        .ok_or_else(|| Failure::failed("there is no such sample"))?;
    let mut body = sample.to_body(JsonStyle::Python);
    let signature = match scene.signature {
        Signing::None => None,
        Signing::Good | Signing::OfAnotherBody => Some(webhook.sign(&body).to_string()),
    };
    let middle = body.len() / 2;
    if let (Signing::OfAnotherBody, Some(byte)) = (&scene.signature, body.get_mut(middle)) {
        *byte ^= 1;
    }
    let request = Request::new(target, Method::Post, Bytes::from(body), signature.as_deref(), &[])
        .map_err(Failure::failed)?
        .with_timeout(Duration::from_secs(5));
    let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() });
    let schedule = Schedule { time_scale: 60.0, ..Schedule::default() };
    let jitter = runtime::entropy()?;

    let step = dispatcher.deliver(&request, schedule, || jitter, |report| told(report, output)).await;
    let answers = std::mem::take(&mut *log.answers.lock().unwrap_or_else(PoisonError::into_inner));
    let seen = answers.iter().map(|(status, verdict)| (*status, verdict.as_str()));
    let is_expected = step == scene.expect.step && seen.eq(scene.expect.answers.iter().copied());
    let mark = if is_expected {
        output.paint(Tone::Good, "✓ as it must")
    } else {
        output.paint(Tone::Bad, "✗ not as it must")
    };
    output.say(&format!("{mark}: {}\n", step.name()));
    output.line(
        Line::new("scene")
            .text("title", scene.title)
            .text("outcome", step.name())
            .number("attempts", answers.len())
            .number("as_expected", is_expected),
    );
    Ok(is_expected)
}

fn told(report: &Report<'_>, output: Output) {
    let next = match report.step {
        Step::Retry { delay, .. } => format!("  next in {delay:.0?}"),
        _ => String::new(),
    };
    let status = match (report.attempt.outcome.status(), &report.attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => Printable(error).to_string(),
        (None, None) => "no answer".to_owned(),
    };
    output.say(&format!(
        "  sender    attempt {}: {status}  {}{next}",
        report.number,
        report.attempt.outcome.consequence()
    ));
}

/// The receiver's side of the show.
struct Log {
    output: Output,
    answers: Mutex<Vec<(u16, String)>>,
}

impl Sink for Log {
    fn record(&self, capture: &Capture) {
        let status = capture.status().unwrap_or_default();
        let verdict = capture.verdict.to_string();
        let tone = if capture.is_good() { Tone::Good } else { Tone::Bad };
        let step = capture.step.map_or(String::new(), |(step, of)| format!("  step {step}/{of}"));
        let (method, target) = capture.method_and_target();
        self.output.say(&format!(
            "  receiver  {} {}: {}  → {status}{step}",
            Printable(&method),
            Printable(&target),
            self.output.paint(tone, &verdict)
        ));
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push((status, verdict));
    }

    fn notice(&self, notice: &str) {
        self.output.note(notice);
    }
}
