//! `chatislav settings`: the Webhooks screen as a file.

mod file;
mod show;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chatislav_dispatcher::{Dispatcher, Failure as NotJudged};
use chatislav_webhooks::settings::InvalidSettings;
use chatislav_webhooks::target::{Guard, Rule};
use chatislav_webhooks::{CustomHeader, Outcome, Settings, Target, parse_duration};
use clap::Args;

use crate::exit::{Exit, Failure};
use crate::guard::{GuardArguments, advice, note_blocked, note_pass};
use crate::method::MethodArgument;
use crate::output::Output;
use crate::{Done, runtime};

pub(crate) use self::file::{Change, load};

/// How long the name may take to resolve.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Show, check and change a webhook's settings: the Webhooks screen as a TOML file.
///
/// Without a change the file is checked and shown. With one it is checked and saved, and made if it
/// is not there; nothing is saved that Chatislav would refuse. It is written anew, so comments in it
/// are lost. `secret generate --settings FILE` and `secret regenerate` are the screen's two buttons.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav settings webhook.toml --url https://hooks.example.com/in --event lead_collection
  chatislav secret generate --settings webhook.toml
  chatislav send lead_collection --settings webhook.toml
Exits with 0 if they are good, 2 if they are not, 3 if the guard refuses the URL.")]
pub(crate) struct Arguments {
    /// The file. Only its owner may read it.
    file: PathBuf,
    #[command(flatten)]
    changes: ChangeArguments,
    #[command(flatten)]
    guard: GuardArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Changes")]
struct ChangeArguments {
    /// Turn the webhook on, as it is unless said otherwise.
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Turn the webhook off: nothing is sent.
    #[arg(long)]
    disable: bool,
    /// Where events are sent.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The HTTP method; POST unless said otherwise.
    #[arg(long, value_enum, ignore_case = true)]
    method: Option<MethodArgument>,
    /// How long an attempt may take, 10m at most; 30s unless said otherwise.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// An event to send, instead of those before. Repeatable.
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
    /// Send no event.
    #[arg(long, conflicts_with = "event")]
    no_event: bool,
    /// Add a header, as `Name: value`, or give it another value. Other users of this machine can see
    /// it in the list of processes: write a credential into the file.
    #[arg(long, value_name = "HEADER", value_parser = CustomHeader::parse)]
    header: Vec<CustomHeader>,
    /// Remove the header of this name.
    #[arg(long, value_name = "NAME")]
    remove_header: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let guard = arguments.guard.guard();
    if !arguments.changes.is_any() {
        let settings = load(&arguments.file)?;
        runtime::new()?.block_on(judge(&settings, guard, output))?;
        show::settings(&settings, output);
        return Ok(Exit::Good);
    }
    let (change, settings) = Change::begin(&arguments.file, true)?;
    let mut settings = settings.unwrap_or_default();
    arguments.changes.apply(&mut settings)?;
    settings.secrets.drop_expired(SystemTime::now());
    runtime::new()?.block_on(judge(&settings, guard, output)).map_err(|unfit| {
        let failure = Failure::from(unfit);
        Failure { message: format!("not saved: {}", failure.message), ..failure }
    })?;
    change.save(&settings)?;
    show::settings(&settings, output);
    Ok(Exit::Good)
}

impl ChangeArguments {
    fn is_any(&self) -> bool {
        let Self { enable, disable, url, method, timeout, event, no_event, header, remove_header } = self;
        *enable
            || *disable
            || *no_event
            || url.is_some()
            || method.is_some()
            || timeout.is_some()
            || !(event.is_empty() && header.is_empty() && remove_header.is_empty())
    }

    fn apply(&self, settings: &mut Settings) -> Result<(), Failure> {
        settings.enabled = (settings.enabled || self.enable) && !self.disable;
        if let Some(url) = &self.url {
            settings.url.clone_from(url);
        }
        if let Some(method) = self.method {
            settings.method = method.into();
        }
        if let Some(timeout) = self.timeout {
            settings.timeout = timeout;
        }
        if self.no_event || !self.event.is_empty() {
            settings.events.clone_from(&self.event);
        }
        for name in &self.remove_header {
            let before = settings.headers.len();
            settings.headers.retain(|header| !header.name().eq_ignore_ascii_case(name));
            if settings.headers.len() == before {
                return Err(Failure::usage(format!("there is no header {name} to remove")));
            }
        }
        settings.headers = settings.headers_with(&self.header);
        Ok(())
    }
}

/// Why settings are not saved.
pub(crate) enum Unfit {
    Invalid(InvalidSettings),
    Blocked(Target, Rule),
}

/// Judges the settings as a save does, every address of the URL's name included.
pub(crate) async fn judge(settings: &Settings, guard: Guard, output: Output) -> Result<(), Unfit> {
    let target = settings.target().map_err(Unfit::Invalid)?;
    match (settings.check(&guard), &target) {
        (Err(InvalidSettings::Blocked(rule)), Some(target)) => return Err(Unfit::Blocked(target.clone(), rule)),
        (checked, _) => checked.map_err(Unfit::Invalid)?,
    }
    let Some(target) = target else { return Ok(()) };
    match Dispatcher::new(guard).judge(&target, TIMEOUT).await {
        Ok((pass, _)) => note_pass(&target, pass, output),
        Err(NotJudged { outcome: Outcome::Blocked(rule), blocked_address, .. }) => {
            note_blocked(&target, blocked_address, output);
            return Err(Unfit::Blocked(target, rule));
        }
        Err(NotJudged { error, .. }) => {
            output.note(&format!("note: {error}; the addresses are judged with each attempt"));
        }
    }
    Ok(())
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Invalid(error) => Failure::usage(format!("{}: {error}", error.key())),
            Unfit::Blocked(target, rule) => Failure { exit: Exit::Blocked, message: advice(&target, rule) },
        }
    }
}
