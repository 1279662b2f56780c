//! `chatislav send`: the dispatcher.

mod bulk;
mod tamper;

use bytes::Bytes;
use chatislav_dispatcher::{Dispatcher, Pooling, Request};
use chatislav_webhooks::target::Pass;
use chatislav_webhooks::{DeliveryKey, Profile, Signature, Step};
use clap::Args;

use crate::carrier::CarrierArguments;
use crate::exit::{Exit, Failure};
use crate::guard::{advice, note_blocked, note_pass};
use crate::output::Output;
use crate::policy::RetryArguments;
use crate::request::{RequestArguments, Screen, note_secret};
use crate::tell::{self, Course, Subject};
use crate::{Done, runtime};
use bulk::BulkArguments;
use tamper::{Tamper, tampered};

/// Send a webhook as Chatislav does: guarded, signed, retried by its rule.
///
/// 2xx is success; 5xx, request errors and timeouts are retried; 3xx and 4xx are final. Without a
/// secret it is sent unsigned, as Chatislav does when none was generated.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav send lead_collection --to http://127.0.0.1:4180/hook --allow-local --secret s
  chatislav send lead_collection --settings webhook.toml
  chatislav send --body captured.json --to https://example.com/hook --secret-file secret.txt
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --tamper re-serialise
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --time-scale 60
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --count 500 --concurrency 20")]
pub(crate) struct Arguments {
    #[command(flatten)]
    request: RequestArguments,
    #[command(flatten)]
    bulk: BulkArguments,
    #[command(flatten)]
    mischief: MischiefArguments,
    #[command(flatten)]
    retries: RetryArguments,
    #[command(flatten)]
    carrier: CarrierArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Mischief")]
struct MischiefArguments {
    /// Break the request after it was signed.
    #[arg(long, value_enum, value_name = "WHAT")]
    tamper: Option<Tamper>,
    /// Send this as the signature.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["tamper", "unsigned"])]
    signature: Option<String>,
    /// Deliver the same bytes that many times, one after the other.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let screen = arguments.request.screen()?;
    let dispatcher = arguments.carrier.dispatcher()?;
    let profile = arguments.retries.profile(arguments.request.json_style(), output)?;
    let file = arguments.request.file()?;
    let body = file.clone().map_or_else(|| arguments.request.sample(profile.json_style, 0), Ok)?;
    if let Some(skip) = screen.skips(&body)? {
        for _ in 0..arguments.mischief.repeat {
            tell::skipped(skip, &DeliveryKey::of(&body).to_string(), output);
        }
        return Ok(Exit::Good);
    }
    let seed = arguments.request.seed().map_or_else(runtime::entropy, Ok)?;
    let mut entropy = runtime::sequence(seed);
    if arguments.bulk.is_given() {
        return bulk::run(arguments, &screen, file.map(Bytes::from), &dispatcher, profile, &mut entropy, output);
    }
    // One attempt, one connection: a server that serves one at a time stays free between the attempts.
    let dispatcher = dispatcher.with_pooling(Pooling::NONE);
    let request = request(arguments, &profile, &screen, body, output)?;

    runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        let deliveries = async {
            let mut worst = Exit::Good;
            for _ in 0..arguments.mischief.repeat {
                worst = worst.max(deliver(&dispatcher, &request, profile.clone(), &mut entropy, output).await);
            }
            worst
        };
        tokio::select! {
            worst = deliveries => Ok(worst),
            () = interruption => Err(Failure {
                exit: Exit::Interrupted,
                message: "interrupted: what was not delivered is lost".to_owned(),
            }),
        }
    })
}

/// Signs the body, and breaks it where that is asked.
fn request(
    arguments: &Arguments,
    profile: &Profile,
    screen: &Screen<'_>,
    body: Vec<u8>,
    output: Output,
) -> Result<Request, Failure> {
    let endpoint = screen.endpoint(output)?;
    let secret = screen.secret(output)?;
    let signature = match (&arguments.mischief.signature, &secret) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(secret)) => Some(Signature::sign(secret, &body).to_string()),
        (None, None) => None,
    };
    if signature.is_none() || secret.is_some() {
        note_secret(secret.as_ref(), output);
    }
    let (body, signature) = match arguments.mischief.tamper {
        Some(tamper) => tampered(tamper, body, signature, secret.as_ref())?,
        None => (body, signature),
    };
    endpoint.request(Bytes::from(body), signature.as_deref(), profile).map_err(Failure::usage)
}

/// One delivery, told as it goes.
async fn deliver(
    dispatcher: &Dispatcher,
    request: &Request,
    profile: Profile,
    entropy: &mut impl FnMut() -> u64,
    output: Output,
) -> Exit {
    let key = DeliveryKey::of(request.body()).to_string();
    let subject = Subject { id: None, key: &key, target: request.target(), is_resent: false };
    let progress = output.shows_progress().then(tell::waiting_bar);
    let mut course = Course::default();
    let mut told = None;
    let step = dispatcher
        .deliver(request, profile, entropy, |report| {
            if !course.takes(report) {
                note_blocked(request.target(), report.attempt.blocked_address, output);
                return;
            }
            if report.attempt.pass != told {
                // Once for each delivery, and again where DNS answers otherwise at a retry.
                told = report.attempt.pass;
                note_pass(request.target(), told.unwrap_or(Pass::Public), output);
            }
            let tell_it = || tell::attempt(&subject, report, output);
            match &progress {
                Some(bar) => {
                    bar.suspend(tell_it);
                    if let Step::Retry { delay, .. } = report.step {
                        bar.set_message(format!("attempt {} of {} in {delay:.1?}", report.number + 1, report.of));
                    }
                }
                None => tell_it(),
            }
        })
        .await;
    if let Some(bar) = progress {
        bar.finish_and_clear();
    }
    let exit = tell::end(&subject, step, course.attempts, &course.reason, output);
    if let Some(rule) = course.blocked {
        output.note(&advice(request.target(), rule));
    }
    exit
}
