//! `chatislav send`: the dispatcher.

mod profile;
mod request;
mod screen;
mod tell;

use std::path::PathBuf;
use std::time::Duration;

use chatislav_dispatcher::{Dispatcher, Proxy, Request};
use chatislav_webhooks::sample::Sample;
use chatislav_webhooks::target::Pass;
use chatislav_webhooks::{CustomHeader, DeliveryKey, Outcome, Profile, Step, parse_duration};
use clap::{Args, ValueEnum};

use crate::exit::{Exit, Failure};
use crate::guard::{GuardArguments, note_blocked, note_pass};
use crate::method::MethodArgument;
use crate::output::Output;
use crate::secrets::SecretArguments;
use crate::{Done, runtime};

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
  chatislav send --to http://localhost:3000/hook --allow-local --secret s --time-scale 60")]
pub(crate) struct Arguments {
    /// The event of the sample.
    #[arg(value_parser = Sample::EVENTS, default_value = "lead_collection", conflicts_with = "body")]
    event: String,
    /// Send exactly the bytes of this file instead of a sample; - is standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The URL to send to.
    #[arg(long, value_name = "URL", required_unless_present = "settings")]
    to: Option<String>,
    /// Send by the settings of this file: where, how, and whether at all.
    ///
    /// An event that they do not select is skipped, with exit code 0. --to, --method, --timeout, a
    /// --header of the same name, --secret... and --unsigned override them; the environment's secrets
    /// do not. See `chatislav settings --help`.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The HTTP method; without settings POST.
    #[arg(long, value_enum, ignore_case = true)]
    method: Option<MethodArgument>,
    /// The one deadline over DNS, connect, TLS, request and answer; without settings 30s.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    timeout: Option<Duration>,
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
    /// Connect through this proxy: http://HOST:PORT (by CONNECT) or socks5://HOST:PORT.
    ///
    /// Names are resolved and judged here, and the proxy is given the judged address. Its own host is
    /// not judged. With --allow-local, 127.0.0.1 is the proxy's machine. USER:PASSWORD@ may stand before the host,
    /// where other users of this machine can see it. HTTP_PROXY and its like are not read.
    #[arg(long, value_name = "URL", help_heading = "Proxy")]
    proxy: Option<String>,
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
    let screen = screen::Screen::of(arguments)?;
    let dispatcher = dispatcher(arguments)?;
    let profile = profile::profile(arguments, output)?;
    let body = request::body(arguments, profile.json_style)?;
    if let Some(skip) = screen.skips(&body)? {
        for _ in 0..arguments.mischief.repeat {
            tell::skipped(skip, &DeliveryKey::of(&body).to_string(), output);
        }
        return Ok(Exit::Good);
    }
    let request = request::request(arguments, &profile, screen, body, output)?;
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

fn dispatcher(arguments: &Arguments) -> Result<Dispatcher, Failure> {
    let dispatcher = Dispatcher::new(arguments.guard.guard()).with_extra_roots(request::certificates(arguments)?);
    Ok(match &arguments.proxy {
        // Not by clap, which would show what it refuses, and that may hold a password.
        Some(url) => {
            dispatcher.with_proxy(Proxy::parse(url).map_err(|error| Failure::usage(format!("--proxy: {error}")))?)
        }
        None => dispatcher,
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
    let mut told = None;
    let step = dispatcher
        .deliver(request, profile, entropy, |report| {
            let consequence = report.profile.consequence(report.attempt.outcome);
            last = Some((report.attempt.outcome, report.attempt.error.clone(), consequence));
            if matches!(report.attempt.outcome, Outcome::Blocked(_)) {
                // No request was made, so there is no attempt to tell of.
                note_blocked(request.target(), report.attempt.blocked_address, output);
                return;
            }
            if report.attempt.pass != told {
                // Once for each delivery, and again where DNS answers otherwise at a retry.
                told = report.attempt.pass;
                note_pass(request.target(), told.unwrap_or(Pass::Public), output);
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
