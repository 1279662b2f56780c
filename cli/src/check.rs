//! `chatislav check`: the battery against somebody's endpoint.

mod baseline;
mod body;
mod endpoint;
mod list;
mod replace;
mod reports;
mod selection;
mod tell;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chatislav_check::{Config, Endpoint, Plan, Probe, ProbeCommand, ProbeUrl, Report, body_requests, check};
use chatislav_webhooks::{Target, parse_duration};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::target::invalid;
use crate::{Done, runtime};
use baseline::BaselineArguments;
use endpoint::EndpointArguments;
use reports::ReportArguments;
use selection::SelectionArguments;
use tell::{FrameworkArgument, Teller};

pub(crate) use tell::finding_line;

/// Grade an endpoint: what it must accept, refuse and survive, and how to mend what it does not.
///
/// It sends genuine deliveries, forgeries and rubbish, some 200 requests, and the endpoint does with
/// the genuine ones what it always does. MUST is what loses events or lets forgeries in, SHOULD what
/// is a weakness.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav check http://localhost:3000/hook --secret-env CHATISLAV_WEBHOOK_SECRET
  chatislav check http://localhost:3000/hook --secret s --only refuses,C-14 --framework express
  chatislav check http://localhost:3000/hook --secret s --probe 'sqlite3 app.db \"select count(*) from leads\"'
  chatislav check http://localhost:3000/hook --secret s --baseline known.txt --write-baseline
  chatislav check http://localhost:3000/hook --secret s --junit junit.xml --html report.html --output quiet
  chatislav check https://hooks.example.com/in --secret-file secret.txt --i-own-this
  chatislav check http://localhost:3000/hook --secret s --body refused.json
  chatislav check --list

Exits with 0 if every MUST is kept, 1 if one failed, 5 if the endpoint cannot be reached, 3 if the target is refused.")]
pub(crate) struct Arguments {
    /// The endpoint.
    #[arg(value_name = "URL", required_unless_present = "list")]
    url: Option<String>,
    /// List the cases with their groups and levels, and send nothing.
    #[arg(long)]
    list: bool,
    /// Send the bytes of this file as a genuine delivery, in the place of the cases, and find out what about
    /// them is refused; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "only", "skip", "probe", "probe_url", "baseline", "json", "junit", "sarif", "github", "html", "no_shrink"])]
    body: Option<PathBuf>,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    effects: EffectArguments,
    #[command(flatten)]
    baseline: BaselineArguments,
    #[command(flatten)]
    reports: ReportArguments,
    #[command(flatten)]
    endpoint: EndpointArguments,
}

#[derive(Args)]
#[command(next_help_heading = "The run")]
struct RunArguments {
    /// Count a failed SHOULD as a failed MUST.
    #[arg(long)]
    strict: bool,
    /// How long an exchange of a case may take.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "10s")]
    case_timeout: Duration,
    /// Make the ids in the bodies the same on each run; the timestamp is always now.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Refuse to begin what may take more requests.
    #[arg(long, value_name = "N", default_value_t = 500)]
    max_requests: usize,
    /// Run the cases even if the first requests show that they are pointless.
    #[arg(long)]
    anyway: bool,
    /// Do not make genuine bodies smaller that are refused, to see what about them offends.
    #[arg(long)]
    no_shrink: bool,
    /// Show the fix for this framework alone.
    #[arg(long, value_enum, value_name = "NAME")]
    framework: Option<FrameworkArgument>,
}

#[derive(Args)]
#[command(next_help_heading = "Effects")]
struct EffectArguments {
    /// Count effects by a command of the shell that prints a number: how many leads there are.
    #[arg(long, value_name = "COMMAND", conflicts_with = "probe_url")]
    probe: Option<String>,
    /// Count effects by a URL whose answer to a GET is a number.
    #[arg(long, value_name = "URL")]
    probe_url: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let url = match &arguments.url {
        Some(url) if !arguments.list => url,
        _ => return list::tell(&arguments.selection.selection(), output),
    };
    // The terminal's report is for people who look at stdout, and a program may be there.
    let telling = arguments.reports.beside(output)?;
    let endpoint = arguments.endpoint.endpoint(url, output)?;
    let known = arguments.baseline.known()?;
    let mut config = Config {
        selection: arguments.selection.selection(),
        // Short enough to be typed again.
        seed: arguments.run.seed.map_or_else(|| runtime::entropy().map(|entropy| entropy >> 32), Ok)?,
        timeout: arguments.run.case_timeout,
        is_strict: arguments.run.strict,
        despite_obstacle: arguments.run.anyway,
        known,
        shrink_requests: if arguments.run.no_shrink { 0 } else { Config::DEFAULT_SHRINK_REQUESTS },
        probe: arguments.effects.probe(&endpoint)?,
    };
    if config.timeout.is_zero() {
        return Err(Failure::usage("--case-timeout is over 0"));
    }
    if let Some(path) = &arguments.body {
        config.shrink_requests = config.shrink_requests.min(arguments.run.left_of(body_requests(), "")?);
        return body::run(path, &endpoint, &config, arguments, output);
    }
    let plan = Plan::new(&config.selection, &endpoint, config.probe.is_some());
    let left = arguments.run.left_of(plan.requests, ", or choose fewer by --only, --skip or --no-slow")?;
    config.shrink_requests = config.shrink_requests.min(left);
    let report = runtime::new()?.block_on(async {
        let interruption = runtime::interruption()?;
        endpoint::admit(&endpoint, arguments.endpoint.is_owned(), output).await?;
        let mut teller = Teller::new(telling, arguments.run.framework);
        teller.plan(&plan, &endpoint, &config);
        let run = check(&endpoint, &config, SystemTime::now(), |told| teller.told(told));
        tokio::select! {
            report = run => Ok(report),
            () = interruption => Err(Failure {
                exit: Exit::Interrupted,
                message: "interrupted before the end".to_owned(),
            }),
        }
    })?;
    Teller::new(telling, arguments.run.framework).report(&report);
    arguments.reports.write(&report, output)?;
    arguments.baseline.keep(&report, &config.known, output)?;
    Ok(exit(&report))
}

fn exit(report: &Report) -> Exit {
    match &report.obstacle {
        Some(obstacle) if obstacle.is_unreachable() => Exit::Unreachable,
        _ if report.is_good() => Exit::Good,
        _ => Exit::Failed,
    }
}

impl RunArguments {
    /// How many requests are left behind so many; what there is to do otherwise stands behind "raise that".
    fn left_of(&self, needed: usize, otherwise: &str) -> Result<usize, Failure> {
        let max = self.max_requests;
        max.checked_sub(needed).ok_or_else(|| {
            Failure::usage(format!(
                "this may take {needed} requests, and --max-requests is {max}: raise that{otherwise}"
            ))
        })
    }
}

impl EffectArguments {
    fn probe(&self, endpoint: &Endpoint) -> Result<Option<Arc<dyn Probe>>, Failure> {
        if let Some(command) = &self.probe {
            return Ok(Some(Arc::new(ProbeCommand(command.clone()))));
        }
        let Some(url) = &self.probe_url else { return Ok(None) };
        let target = Target::parse(url).map_err(|error| invalid(url, error))?;
        Ok(Some(Arc::new(ProbeUrl::new(endpoint.dispatcher.clone(), target))))
    }
}
