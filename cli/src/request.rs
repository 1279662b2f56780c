//! What is sent, and where to: a sample or a file, by the arguments or by settings.

mod screen;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{CustomHeader, Error, Unsigned, parse_duration};
use clap::{ArgAction, Args, ValueEnum};

use crate::exit::Failure;
use crate::method::MethodArgument;
use crate::secrets::SecretArguments;
use crate::{input, runtime};

pub(crate) use screen::{Screen, note_secret};

/// The instant of a sample made with --seed: the one of the vendor's page, 2026-06-23T12:00:00.
const SEEDED_TIME: Duration = Duration::from_secs(1_782_216_000);

#[derive(Args)]
pub(crate) struct RequestArguments {
    /// The event of the sample.
    #[arg(value_parser = Sample::EVENTS, default_value = "lead_collection", conflicts_with = "body")]
    event: String,
    /// Send exactly the bytes of this file instead of a sample; - is standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The URL to send to.
    // One; a command that takes several says so.
    #[arg(long, value_name = "URL", required_unless_present = "settings", num_args = 1, action = ArgAction::Set)]
    to: Vec<String>,
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
    /// Send without a signature, whatever the environment holds.
    #[arg(long)]
    unsigned: bool,
    #[command(flatten)]
    sample: SampleArguments,
    #[command(flatten)]
    secrets: SecretArguments,
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

#[derive(Clone, Copy, ValueEnum)]
enum StyleArgument {
    /// `", "` and `": "`, text outside ASCII as \uXXXX.
    Python,
    /// No blanks, text as it is.
    Compact,
}

impl RequestArguments {
    /// The style that the arguments ask for.
    pub(crate) fn json_style(&self) -> Option<JsonStyle> {
        self.sample.json_style.map(|style| match style {
            StyleArgument::Python => JsonStyle::Python,
            StyleArgument::Compact => JsonStyle::Compact,
        })
    }

    /// With the settings, where they name a file.
    pub(crate) fn screen(&self) -> Result<Screen<'_>, Failure> {
        Screen::of(self)
    }

    /// What makes each run the same.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.sample.seed
    }

    /// The bytes of the file, if there is one.
    pub(crate) fn file(&self) -> Result<Option<Vec<u8>>, Failure> {
        self.body.as_ref().map(|path| input::read(Some(path))).transpose()
    }

    /// A new sample; with a seed, the one of this number.
    pub(crate) fn sample(&self, style: JsonStyle, number: u64) -> Result<Vec<u8>, Failure> {
        let (now, entropy) = match self.sample.seed {
            Some(seed) => (UNIX_EPOCH + SEEDED_TIME, seed.wrapping_add(number)),
            None => (SystemTime::now(), runtime::entropy()?),
        };
        let mut sample = Sample::of(&self.event, now, entropy)
            .ok_or_else(|| Failure::usage(format!("there is no sample of {}", self.event)))?;
        for setting in &self.sample.set {
            sample.set(setting).map_err(|error| Failure::usage(format!("--set {setting}: {error}")))?;
        }
        Ok(sample.to_body(style))
    }
}

/// The name of the event that these bytes are, or why they are none.
pub(crate) fn event_name(body: &[u8]) -> Result<String, Error> {
    let event = Unsigned::new().with_max_body(usize::MAX).read(body, std::iter::empty::<(&str, &str)>())?;
    Ok(event.event().to_owned())
}
