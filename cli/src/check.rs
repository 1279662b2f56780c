//! `chatislav check`: the battery against somebody's endpoint.

mod list;

use clap::Args;

use crate::Done;
use crate::output::Output;

/// Grade an endpoint: what it must accept, refuse and survive, with the fix for what it does not.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav check --list")]
pub(crate) struct Arguments {
    /// List the cases that would run, without sending anything.
    #[arg(long, required = true)]
    list: bool,
    #[command(flatten)]
    selection: SelectionArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Which cases")]
struct SelectionArguments {
    /// Run these alone: ids (C-09/prefix), numbers (C-09) or groups (refuses), between commas.
    #[arg(long, value_name = "ID,...", value_delimiter = ',', value_parser = pattern)]
    only: Vec<String>,
    /// Leave these out.
    #[arg(long, value_name = "ID,...", value_delimiter = ',', value_parser = pattern)]
    skip: Vec<String>,
    /// Leave out what takes seconds by its nature.
    #[arg(long)]
    no_slow: bool,
}

fn pattern(text: &str) -> Result<String, String> {
    if chatislav_check::battery().any(|case| case.is_named(text)) {
        Ok(text.to_owned())
    } else {
        Err("there is no such case or group: see `chatislav check --list`".to_owned())
    }
}

impl SelectionArguments {
    fn takes(&self, case: &chatislav_check::Case) -> bool {
        let is_named = |patterns: &[String]| patterns.iter().any(|pattern| case.is_named(pattern));
        (self.only.is_empty() || is_named(&self.only)) && !is_named(&self.skip) && !(self.no_slow && case.is_slow)
    }
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    list::tell(&arguments.selection, output)
}
