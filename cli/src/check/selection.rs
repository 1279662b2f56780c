//! Which cases.

use chatislav_check::{Selection, battery};
use clap::Args;

#[derive(Args)]
#[command(next_help_heading = "Which cases")]
pub(super) struct SelectionArguments {
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

impl SelectionArguments {
    pub(super) fn selection(&self) -> Selection {
        Selection { only: self.only.clone(), skip: self.skip.clone(), no_slow: self.no_slow }
    }
}

fn pattern(text: &str) -> Result<String, String> {
    if battery().any(|case| case.is_named(text)) {
        Ok(text.to_owned())
    } else {
        Err("there is no such case or group: see `chatislav check --list`".to_owned())
    }
}
