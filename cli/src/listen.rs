//! `chatislav listen`: the receiver.

mod console;
pub(crate) mod forward;
mod limits;
mod tls;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use chatislav_receiver::{Config, Journal, Lines, Mode, Receiver, RulesFile};
use chatislav_webhooks::plan::{Per, Rules};
use chatislav_webhooks::{Line, Printable, Unsigned, parse_size};
use clap::{Args, ValueEnum};

use self::console::{ConsoleArguments, Desk};
use self::forward::ForwardArguments;
use self::limits::LimitArguments;
use self::tls::TlsArguments;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::secrets::{SecretArguments, Source, of_settings, webhook};
use crate::{Done, plan, private, runtime, settings};

/// Receive webhooks, say what is wrong with each, and answer by a plan.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav listen --secret-env CHATISLAV_WEBHOOK_SECRET
  chatislav listen --secret s --respond 503x2,200      make the sender retry twice
  chatislav listen --secret s --respond never          make it time out
  chatislav listen --secret s --respond 503x2,forward --forward http://localhost:3000/hook
See `chatislav plan --help` for the language of plans.")]
pub(crate) struct Arguments {
    /// The port; 0 takes any free one.
    #[arg(long, default_value_t = 4180)]
    port: u16,
    /// The address to listen on. Any other than this machine's own opens it to the network.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Accept requests without a signature, as from an agent without a secret.
    #[arg(long)]
    unsigned: bool,
    /// Take the secrets of these settings, the old ones that are still good too. They come after each
    /// --secret..., and instead of the environment's; the file is read once.
    #[arg(long, value_name = "FILE", conflicts_with = "unsigned")]
    settings: Option<PathBuf>,
    /// What good requests are answered: 200, or `forward` where there is a --forward.
    #[arg(long, value_name = "PLAN")]
    respond: Option<String>,
    /// Rules for parts of the requests, in TOML; read again whenever the file changes.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Do not obey plans in a request's `?respond=`. They are obeyed only where the signature verified.
    #[arg(long)]
    no_url_plans: bool,
    /// What shares a counter of the plan.
    #[arg(long, value_enum, default_value_t = PerArgument::Delivery)]
    per: PerArgument,
    /// Let the plan answer refused requests too. A forged request may then get 2xx.
    #[arg(long)]
    ignore_verdict: bool,
    /// The largest body, such as 8MiB; a larger one is answered 413.
    #[arg(long, value_name = "SIZE", default_value = "8MiB", value_parser = parse_size)]
    max_body: usize,
    /// End after that many requests.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    exit_after: Option<u64>,
    /// Keep requests in this file too, a SQLite database; the console's token and port with them.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    #[command(flatten)]
    console: ConsoleArguments,
    #[command(flatten)]
    forward: ForwardArguments,
    #[command(flatten)]
    tls: TlsArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    secrets: SecretArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum PerArgument {
    /// Attempts with the same body.
    Delivery,
    /// Requests with the same event name.
    Event,
    /// Requests to the same path.
    Path,
    /// All requests.
    All,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let forwards = arguments.forward.forwards(output)?;
    let (rules, rules_file) = arguments.rules()?;
    let max_body = arguments.max_body;
    let sources = arguments.sources(output)?;
    let known = describe(&sources);
    let mode = if arguments.unsigned {
        Mode::Unsigned(Unsigned::new().with_max_body(max_body))
    } else if sources.is_empty() {
        return Err(Failure::usage(
            "no secret: give --secret, --secret-env, --secret-file or --settings with one, set CHATISLAV_WEBHOOK_SECRET, or say --unsigned to accept anything",
        ));
    } else {
        Mode::Verified(webhook(sources)?.with_max_body(max_body))
    };
    let made = arguments.tls.make(arguments.host)?;
    let config = Config {
        forwards,
        tls: made.tls,
        h2c: arguments.tls.h2c,
        url_plans: !arguments.no_url_plans,
        ignore_verdict: arguments.ignore_verdict,
        max_body,
        seed: plan::seed(rules.seed())?,
        rules,
        exit_after: arguments.exit_after,
        limits: arguments.limits.limits(),
        ..Config::new(mode)
    };
    let address = SocketAddr::new(arguments.host, arguments.port);
    let journal = arguments.journal()?;
    let desk = arguments.console.desk(&arguments, made.authority.as_ref(), output)?;
    let lines = Arc::new(Lines::new(output.format(), std::io::stdout()));
    let runtime = runtime::new()?;
    let served = runtime.block_on(serve(
        Serving { address, config, journal, rules_file, desk, known, authority: made.authority.as_ref() },
        &lines,
        output,
    ));
    // Requests that were cut off log their last word when they are dropped.
    drop(runtime);
    match served.and_then(|()| lines.flush().map_err(Ended::Log)) {
        Ok(()) => Ok(Exit::Good),
        // Who closes the pipe has read enough.
        Err(Ended::Log(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Good),
        Err(Ended::Log(error)) => Err(Failure::failed(format!("the log cannot be written: {error}"))),
        Err(Ended::Start(failure)) => Err(failure),
    }
}

/// Why serving ended before it was told to.
enum Ended {
    Start(Failure),
    Log(std::io::Error),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Start(failure)
    }
}

/// What is served, and how it is told.
struct Serving<'a> {
    address: SocketAddr,
    config: Config,
    journal: Journal,
    rules_file: Option<RulesFile>,
    desk: Option<Desk>,
    known: String,
    authority: Option<&'a private::File>,
}

async fn serve(serving: Serving<'_>, lines: &Arc<Lines>, output: Output) -> Result<(), Ended> {
    let Serving { address, config, journal, rules_file, desk, known, authority } = serving;
    let seed = config.seed;
    let is_tls = config.tls.is_some();
    let is_random = config.rules.is_random();
    let answers = answers(&config.rules);
    let warning = warnings(&config, address);
    let forwards = config.forwards.clone();
    let journal = Arc::new(journal);
    let receiver =
        Receiver::bind(address, config, Arc::clone(&journal), lines.clone()).await.map_err(Failure::usage)?;
    let address = receiver.local_addr().map_err(Failure::failed)?;
    if let Some(url) = forward::loops(&forwards, address) {
        let message = format!("--forward {}: that is this receiver itself", Printable(url));
        return Err(Failure::usage(message).into());
    }
    let scheme = if is_tls { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let interruption = runtime::interruption()?;
    let console = match desk {
        Some(desk) => Some(desk.open(&receiver.handle(), &journal, &url, output).await?),
        None => None,
    };
    if let Some(rules_file) = rules_file {
        tokio::spawn(rules_file.follow(receiver.handle()));
    }

    let mut ready = Line::new("ready").text("url", &url).number("seed", seed);
    if let Some(console) = &console {
        ready = ready.text("console", &console.url).text("token", &console.token);
    }
    if let Some(authority) = authority {
        ready = ready.text("ca", &authority.path().to_string_lossy());
    }
    output.line(ready);
    let seed = if is_random { format!("  (seed {seed})") } else { String::new() };
    output.say(&format!("listening on {url}  (Ctrl-C ends)\n  {known}\n  answers {answers}{seed}"));
    if let Some(authority) = authority {
        output.say(&format!("  its authority, for `chatislav send --ca`: {}", authority.path().display()));
    }
    if let Some(console) = &console {
        output.say(&format!("  console {}/#token={}", console.url, console.token));
    }
    for warning in warning {
        output.note(&format!("note: {warning}"));
    }

    let mut log_ended = None;
    let stop = async {
        tokio::select! {
            () = interruption => {}
            error = lines.run() => log_ended = Some(error),
        }
    };
    receiver.run(stop).await;
    if let Some(console) = console {
        console.close().await;
    }
    log_ended.map_or(Ok(()), |error| Err(Ended::Log(error)))
}

impl Arguments {
    fn sources(&self, output: Output) -> Result<Vec<Source>, Failure> {
        let Some(path) = &self.settings else { return self.secrets.read_unless(self.unsigned, output) };
        let explicit = if self.secrets.is_explicit() { self.secrets.read(output)? } else { Vec::new() };
        let settings = settings::load(path)?;
        Ok(explicit.into_iter().chain(of_settings(&settings, path, SystemTime::now())).collect())
    }

    fn journal(&self) -> Result<Journal, Failure> {
        match &self.store {
            Some(path) => Journal::open(path, self.limits.journal(true)).map_err(Failure::usage),
            None => Ok(Journal::in_memory(self.limits.journal(false))),
        }
    }

    /// The plans, and the file that they are read from again.
    fn rules(&self) -> Result<(Rules, Option<RulesFile>), Failure> {
        let default = if self.forward.is_given() { "forward" } else { "200" };
        let respond = self.respond.as_deref().unwrap_or(default);
        let per = match self.per {
            PerArgument::Delivery => Per::Delivery,
            PerArgument::Event => Per::Event,
            PerArgument::Path => Per::Path,
            PerArgument::All => Per::All,
        };
        let plan = plan::parse(respond)?;
        let Some(path) = &self.rules else { return Ok((Rules::of(plan, per), None)) };
        let file = RulesFile::new(path.clone(), respond.to_owned(), per);
        Ok((file.read().map_err(Failure::usage)?, Some(file)))
    }
}

/// The plans, in a line.
fn answers(rules: &Rules) -> String {
    let (plan, _) = rules.otherwise();
    let others = rules.rules().count();
    let others = if others == 0 { String::new() } else { format!("  (and {others} rules for parts of the requests)") };
    format!("{}{others}", Printable(plan.text()))
}

fn describe(sources: &[Source]) -> String {
    if sources.is_empty() {
        return "accepts anything: --unsigned".to_owned();
    }
    sources
        .iter()
        .map(|source| format!("secret {} from {}", source.secret.fingerprint(), Printable(&source.origin)))
        .collect::<Vec<_>>()
        .join("\n  ")
}

fn warnings(config: &Config, address: SocketAddr) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    if config.ignore_verdict && config.rules != Rules::default() {
        warnings.push("--ignore-verdict: forged requests are answered by the plan");
    } else if config.ignore_verdict {
        warnings.push("--ignore-verdict: forged requests are answered 200");
    }
    if !address.ip().is_loopback() {
        warnings.push("this address can be reached from the network");
    }
    warnings
}
