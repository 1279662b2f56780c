//! `chatislav send`: the dispatcher.

mod profile;
mod request;
mod tell;

use std::path::PathBuf;
use std::time::Duration;

use chatislav_dispatcher::{Dispatcher, Pooling, Request};
use chatislav_webhooks::sample::Sample;
use chatislav_webhooks::target::Pass;
use chatislav_webhooks::{CustomHeader, DeliveryKey, Outcome, Profile, Step, Target, parse_duration};
use clap::{Args, ValueEnum};

use crate::exit::{Exit, Failure};
use crate::guard::{GuardArguments, reason};
use crate::output::Output;
use crate::secrets::SecretArguments;
use crate::target::invalid;
use crate::{Done, runtime};

/// Send a webhook as Chatislav does: guarded, signed, retried by its rule.
///
/// 2xx is success; 5xx, request errors and timeouts are retried; 3xx and 4xx are final. Without a
/// secret it is sent unsigned, as Chatislav does when none was generated.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav send lead_collection --to http://127.0.0.1:4180/hook --allow-local --secret s
  chatislav send --body captured.json --to https://example.com/hook --secret-file secret.txt
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --tamper re-serialise
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --time-scale 60")]
pub(crate) struct Arguments {
    /// The event of the sample.
    #[arg(value_parser = Sample::EVENTS, default_value = "lead_collection", conflicts_with = "body")]
    event: String,
    /// Send exactly the bytes of this file instead of a sample; - is standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The URL to send to.
    #[arg(long, value_name = "URL")]
    to: String,
    /// The HTTP method.
    #[arg(long, value_enum, ignore_case = true, default_value = "POST")]
    method: MethodArgument,
    /// The one deadline over DNS, connect, TLS, request and answer.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    timeout: Duration,
    /// A header to add, as `Name: value`.
    #[arg(long, value_name = "HEADER", value_parser = CustomHeader::parse)]
    header: Vec<CustomHeader>,
    /// Trust the authorities of this PEM file too.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Send without a signature, whatever the environment holds.
    #[arg(long)]
    unsigned: bool,
    #[command(flatten)]
    sample: SampleArguments,
    #[command(flatten)]
    mischief: MischiefArguments,
    #[command(flatten)]
    retries: RetryArguments,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    guard: GuardArguments,
}

#[derive(Args)]
#[command(next_help_heading = "The sample")]
struct SampleArguments {
    /// Set a field: data.bot_name=Ada to a text, data.bot_id:=7 to any JSON.
    #[arg(long, value_name = "PATH=VALUE", conflicts_with = "body")]
    set: Vec<String>,
    /// How the JSON is spaced and escaped, instead of the profile's way: for Chatislav python.
    #[arg(long, value_enum, conflicts_with = "body")]
    json_style: Option<StyleArgument>,
    /// Make the ids, the timestamp and the jitter the same on each run.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
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

#[derive(Args)]
#[command(next_help_heading = "Retries")]
struct RetryArguments {
    /// Whose rules to send by: what is retried, when, with which headers, in a TOML file.
    ///
    /// Where it says nothing, and without one, it is Chatislav's. --retry-schedule, --no-retry,
    /// --json-style and a --header of the same name override it.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// The delays between attempts, instead of the profile's: for Chatislav 5s,30s,2m,10m,1h, which is
    /// our choice, since the vendor does not tell its own.
    #[arg(long, value_name = "DURATIONS", value_delimiter = ',', value_parser = parse_duration)]
    retry_schedule: Option<Vec<Duration>>,
    /// Attempt once.
    #[arg(long, conflicts_with = "retry_schedule")]
    no_retry: bool,
    /// Let the delays pass that many times faster.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = time_scale)]
    time_scale: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodArgument {
    #[value(name = "POST")]
    Post,
    #[value(name = "PUT")]
    Put,
}

#[derive(Clone, Copy, ValueEnum)]
enum StyleArgument {
    /// `", "` and `": "`, text outside ASCII as \uXXXX.
    Python,
    /// No blanks, text as it is.
    Compact,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tamper {
    /// Flip a bit of the body.
    Body,
    /// Change the first digit of the signature.
    Signature,
    /// Send equal JSON with other bytes, as a program that parses and re-serialises would.
    #[value(name = "re-serialise")]
    ReSerialise,
}

fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if f64::is_finite(scale) && scale > 0.0 => Ok(scale),
        _ => Err("expected a number over 0, such as 60".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let target = Target::parse(&arguments.to).map_err(|error| invalid(&arguments.to, error))?;
    if target.has_credentials() {
        output.note("note: the user name and password in the URL are not sent; use --header 'Authorization: ...'");
    }
    // One attempt, one connection: a server that serves one at a time stays free between the attempts.
    let dispatcher = Dispatcher::new(arguments.guard.guard())
        .with_extra_roots(request::certificates(arguments)?)
        .with_pooling(Pooling::NONE);
    let profile = profile::profile(arguments, output)?;
    let request = request::request(arguments, &profile, &target, output)?;
    let mut entropy = entropy(arguments.sample.seed)?;

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

/// One delivery, told as it goes.
async fn deliver(
    dispatcher: &Dispatcher,
    request: &Request,
    profile: Profile,
    entropy: &mut impl FnMut() -> u64,
    output: Output,
) -> Exit {
    let key = DeliveryKey::of(request.body()).to_string();
    let progress = output.shows_progress().then(tell::waiting_bar);
    let mut last = None;
    let mut attempts = 0;
    let step = dispatcher
        .deliver(request, profile, entropy, |report| {
            let consequence = report.profile.consequence(report.attempt.outcome);
            last = Some((report.attempt.outcome, report.attempt.error.clone(), consequence));
            if matches!(report.attempt.outcome, Outcome::Blocked(_)) {
                // No request was made, so there is no attempt to tell of.
                return;
            }
            if let (0, Some(pass)) = (attempts, report.attempt.pass)
                && pass != Pass::Public
            {
                // Each use of a way through is told: Chatislav itself has none.
                output.note(&format!("note: let through {}; Chatislav would refuse this address", reason(pass)));
            }
            attempts = report.number;
            let tell_it = || tell::attempt(report, &key, output);
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
    tell::end(step, last, attempts, &key, request, output)
}

/// Numbers for the jitter: from the system, or a sequence that the seed fixes.
fn entropy(seed: Option<u64>) -> Result<impl FnMut() -> u64, Failure> {
    let mut state = match seed {
        Some(seed) => seed,
        None => runtime::entropy()?,
    };
    Ok(move || {
        // Weyl's sequence with the golden ratio: any run of it is spread evenly.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state
    })
}
