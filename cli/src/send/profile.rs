//! Whose rules a delivery is sent by: Chatislav's, a file's, and what the arguments change in them.

use chatislav_dispatcher::read_profile;
use chatislav_webhooks::Profile;
use chatislav_webhooks::sample::JsonStyle;

use super::{Arguments, StyleArgument};
use crate::exit::Failure;
use crate::output::Output;

pub(super) fn profile(arguments: &Arguments, output: Output) -> Result<Profile, Failure> {
    let retries = &arguments.retries;
    let mut profile = match &retries.profile {
        Some(path) => read_profile(path).map_err(|error| Failure::usage(format!("the --profile file {error}")))?,
        None => Profile::chatislav(),
    };
    let read = profile.clone();
    if let Some(delays) = &retries.retry_schedule {
        // Who asks for a delay of an hour gets one, whatever the longest of the file is.
        profile.schedule.delays.clone_from(delays);
        profile.max_delay = None;
    }
    if retries.no_retry {
        profile.schedule.delays.clear();
    }
    if let Some(style) = arguments.sample.json_style {
        profile.json_style = match style {
            StyleArgument::Python => JsonStyle::Python,
            StyleArgument::Compact => JsonStyle::Compact,
        };
    }
    let changed = if profile == read { "" } else { ", changed by options" };
    profile.schedule.time_scale = retries.time_scale;
    if profile.hash() != Profile::chatislav().hash() {
        output.note(&format!("note: sent by the profile {}{changed}, {}", profile.name, profile.hash()));
    }
    Ok(profile)
}
