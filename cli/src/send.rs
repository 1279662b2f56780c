//! `chatislav send`: the dispatcher.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_dispatcher::{Dispatcher, Method, Report, Request, read_certificates};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{
    CustomHeader, DeliveryKey, Line, Outcome, Printable, Schedule, Secret, Signature, Step, Target, parse_duration,
};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::{Exit, Failure};
use crate::guard::{GuardArguments, advice};
use crate::output::{Output, Tone};
use crate::secrets::SecretArguments;
use crate::target::invalid;
use crate::{Done, input, runtime};

/// The instant of a sample made with --seed: the one of the vendor's page, 2026-06-23T12:00:00.
const SEEDED_TIME: Duration = Duration::from_secs(1_782_216_000);

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
    /// How the JSON is spaced and escaped.
    #[arg(long, value_enum, default_value = "python", conflicts_with = "body")]
    json_style: StyleArgument,
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
    /// The delays between attempts. The default is our choice: the vendor does not tell its own.
    #[arg(long, value_name = "DURATIONS", value_delimiter = ',', default_value = "5s,30s,2m,10m,1h", value_parser = parse_duration)]
    retry_schedule: Vec<Duration>,
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
    /// Flip a bit of the signature.
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
    let dispatcher = Dispatcher::new(arguments.guard.guard()).with_extra_roots(certificates(arguments)?);
    let request = request(arguments, &target, output)?;
    let schedule = Schedule {
        delays: if arguments.retries.no_retry { Vec::new() } else { arguments.retries.retry_schedule.clone() },
        time_scale: arguments.retries.time_scale,
        ..Schedule::default()
    };
    let mut entropy = entropy(arguments.sample.seed)?;

    runtime::new()?.block_on(async {
        let deliveries = async {
            let mut worst = Exit::Good;
            for _ in 0..arguments.mischief.repeat {
                worst = worst.max(deliver(&dispatcher, &request, schedule.clone(), &mut entropy, output).await);
            }
            worst
        };
        tokio::select! {
            worst = deliveries => Ok(worst),
            () = runtime::interrupted() => Err(Failure {
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
    schedule: Schedule,
    entropy: &mut impl FnMut() -> u64,
    output: Output,
) -> Exit {
    let key = DeliveryKey::of(request.body()).to_string();
    let progress = output.shows_progress().then(waiting_bar);
    let mut last = None;
    let mut attempts = 0;
    let step = dispatcher
        .deliver(request, schedule, entropy, |report| {
            last = Some((report.attempt.outcome, report.attempt.error.clone()));
            if matches!(report.attempt.outcome, Outcome::Blocked(_)) {
                // No request was made, so there is no attempt to tell of.
                return;
            }
            attempts = report.number;
            let tell = || tell_attempt(report, &key, output);
            match &progress {
                Some(bar) => {
                    bar.suspend(tell);
                    if let Step::Retry { delay, .. } = report.step {
                        bar.set_message(format!("attempt {} of {} in {delay:.1?}", report.number + 1, report.of));
                    }
                }
                None => tell(),
            }
        })
        .await;
    if let Some(bar) = progress {
        bar.finish_and_clear();
    }
    let (outcome, error) = last.map_or((None, None), |(outcome, error)| (Some(outcome), error));
    tell_end(step, outcome, error, attempts, &key, request, output)
}

fn waiting_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.set_message("sending");
    bar
}

fn tell_attempt(report: &Report<'_>, key: &str, output: Output) {
    let attempt = report.attempt;
    let outcome = attempt.outcome;
    let next = match report.step {
        Step::Retry { delay, .. } => Some(delay),
        _ => None,
    };
    output.line(
        Line::new("attempt")
            .text("delivery", key)
            .number("attempt", report.number)
            .number_or_null("status", outcome.status())
            .text_or_null("error", attempt.error.as_deref())
            .text_or_null("phase", outcome.phase().map(|phase| phase.name()))
            .number("ms", format_args!("{:.3}", attempt.duration.as_secs_f64() * 1e3))
            .number_or_null("next_in_ms", next.map(|delay| delay.as_millis())),
    );
    let (tone, symbol) = match outcome {
        Outcome::Success(_) => (Tone::Good, "✓"),
        outcome if outcome.is_retried() => (Tone::Middling, "↻"),
        _ => (Tone::Bad, "✗"),
    };
    let what = match (outcome.status(), &attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => Printable(error).to_string(),
        (None, None) => "no answer".to_owned(),
    };
    let cut = attempt.answer.as_ref().and_then(|answer| answer.cut);
    let cut = cut.map_or(String::new(), |cut| format!("  (the answer's body {})", cut.reason()));
    let next = next.map_or(String::new(), |delay| format!("  next in {delay:.1?}"));
    output.say(&format!(
        "{}  attempt {}/{}  {}{cut}  {:.1} ms{next}",
        output.paint(tone, &format!("{symbol} {what}")),
        report.number,
        report.of,
        outcome.consequence(),
        attempt.duration.as_secs_f64() * 1e3,
    ));
}

fn tell_end(
    step: Step,
    outcome: Option<Outcome>,
    error: Option<String>,
    attempts: u32,
    key: &str,
    request: &Request,
    output: Output,
) -> Exit {
    let reason = match (outcome, error) {
        (Some(Outcome::Blocked(rule)), _) => rule.to_string(),
        (Some(outcome), Some(error)) if outcome.status().is_none() => error,
        (Some(outcome), _) => match outcome.status() {
            Some(status) => format!("status {status}; {}", outcome.consequence()),
            None => outcome.consequence().to_owned(),
        },
        (None, _) => "not attempted".to_owned(),
    };
    output.line(
        Line::new("delivery")
            .text("delivery", key)
            .text("outcome", step.name())
            .number("attempts", attempts)
            .text("reason", &reason),
    );
    let (tone, exit) = match step {
        Step::Delivered => (Tone::Good, Exit::Good),
        Step::Blocked => (Tone::Bad, Exit::Blocked),
        Step::Failed | Step::Exhausted | Step::Retry { .. } => (Tone::Bad, Exit::Failed),
    };
    if let Some(Outcome::Blocked(rule)) = outcome {
        output.say(&format!("{} after {attempts} attempt(s)", output.paint(tone, "✗ blocked")));
        output.note(&advice(request.target(), rule));
    } else {
        let end = output.paint(tone, step.name());
        output.say(&format!("{end} after {attempts} attempt(s): {}", Printable(&reason)));
    }
    exit
}

fn request(arguments: &Arguments, target: &Target, output: Output) -> Result<Request, Failure> {
    let sources = arguments.secrets.read_unless(arguments.unsigned, output)?;
    let secret = sources.first().map(|source| &source.secret);
    let body = body(arguments)?;
    let signature = match (&arguments.mischief.signature, secret) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(secret)) => Some(Signature::sign(secret, &body).to_string()),
        (None, None) => None,
    };
    match (&signature, secret) {
        (None, _) => output.note("note: no secret, so this is sent unsigned, as Chatislav does"),
        (Some(_), Some(secret)) => output.note(&format!("note: signed with the secret {}", secret.fingerprint())),
        (Some(_), None) => {}
    }
    let (body, signature) = match arguments.mischief.tamper {
        Some(tamper) => tampered(tamper, body, signature, secret)?,
        None => (body, signature),
    };
    let method = match arguments.method {
        MethodArgument::Post => Method::Post,
        MethodArgument::Put => Method::Put,
    };
    if arguments.timeout.is_zero() {
        return Err(Failure::usage("--timeout is over 0"));
    }
    Request::new(target.clone(), method, Bytes::from(body), signature.as_deref(), &arguments.header)
        .map(|request| request.with_timeout(arguments.timeout))
        .map_err(Failure::usage)
}

fn body(arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    if let Some(path) = &arguments.body {
        return input::read(Some(path));
    }
    let (now, entropy) = match arguments.sample.seed {
        Some(seed) => (UNIX_EPOCH + SEEDED_TIME, seed),
        None => (SystemTime::now(), runtime::entropy()?),
    };
    let mut sample = Sample::of(&arguments.event, now, entropy)
        .ok_or_else(|| Failure::usage(format!("there is no sample of {}", arguments.event)))?;
    for setting in &arguments.sample.set {
        sample.set(setting).map_err(|error| Failure::usage(format!("--set {setting}: {error}")))?;
    }
    let style = match arguments.sample.json_style {
        StyleArgument::Python => JsonStyle::Python,
        StyleArgument::Compact => JsonStyle::Compact,
    };
    Ok(sample.to_body(style))
}

/// What arrives when something on the way changes the request.
fn tampered(
    tamper: Tamper,
    mut body: Vec<u8>,
    signature: Option<String>,
    secret: Option<&Secret>,
) -> Result<(Vec<u8>, Option<String>), Failure> {
    if secret.is_none() {
        return Err(Failure::usage("--tamper breaks a signed request, and there is no secret to sign with"));
    }
    match tamper {
        Tamper::Body => {
            let middle = body.len() / 2;
            match body.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => return Err(Failure::usage("--tamper body: the body is empty")),
            }
            Ok((body, signature))
        }
        Tamper::Signature => {
            let flip = |text: String| {
                let first = if text.starts_with('0') { '1' } else { '0' };
                text.chars().take(1).map(|_| first).chain(text.chars().skip(1)).collect()
            };
            Ok((body, signature.map(flip)))
        }
        Tamper::ReSerialise => {
            let sample =
                Sample::from_json(&body).map_err(|error| Failure::usage(format!("--tamper re-serialise: {error}")))?;
            let changed = [JsonStyle::Compact, JsonStyle::Python].map(|style| sample.to_body(style));
            match changed.into_iter().find(|changed| *changed != body) {
                Some(changed) => Ok((changed, signature)),
                None => Err(Failure::usage("--tamper re-serialise: this body reads the same in every style")),
            }
        }
    }
}

fn certificates(arguments: &Arguments) -> Result<Vec<chatislav_dispatcher::CertificateDer<'static>>, Failure> {
    let Some(path) = &arguments.ca else { return Ok(Vec::new()) };
    let pem = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read the --ca file {}: {error}", path.display())))?;
    read_certificates(&pem).map_err(|error| Failure::usage(format!("the --ca file {}: {error}", path.display())))
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
