//! Whose rules a delivery is sent by: Chatislav's, a file's, and what the arguments change in them.

use std::path::PathBuf;
use std::time::Duration;

use chatislav_dispatcher::read_profile;
use chatislav_webhooks::sample::JsonStyle;
use chatislav_webhooks::{Profile, parse_duration};
use clap::Args;

use crate::exit::Failure;
use crate::output::Output;

#[derive(Args)]
#[command(next_help_heading = "Retries")]
pub(crate) struct RetryArguments {
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

fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(scale) if f64::is_finite(scale) && scale > 0.0 => Ok(scale),
        _ => Err("expected a number over 0, such as 60".to_owned()),
    }
}

impl RetryArguments {
    /// The profile, with another JSON style where one is given.
    pub(crate) fn profile(&self, style: Option<JsonStyle>, output: Output) -> Result<Profile, Failure> {
        let mut profile = match &self.profile {
            Some(path) => read_profile(path).map_err(|error| Failure::usage(format!("the --profile file {error}")))?,
            None => Profile::chatislav(),
        };
        let read = profile.clone();
        if let Some(delays) = &self.retry_schedule {
            // Who asks for a delay of an hour gets one, whatever the longest of the file is.
            profile.schedule.delays.clone_from(delays);
            profile.max_delay = None;
        }
        if self.no_retry {
            profile.schedule.delays.clear();
        }
        if let Some(style) = style {
            profile.json_style = style;
        }
        let changed = if profile == read { "" } else { ", changed by options" };
        profile.schedule.time_scale = self.time_scale;
        if profile.hash() != Profile::chatislav().hash() {
            output.note(&format!("note: sent by the profile {}{changed}, {}", profile.name, profile.hash()));
        }
        Ok(profile)
    }
}
