//! The file of failures that are known.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;

use chatislav_check::{Report, read_baseline};
use clap::Args;

use super::replace::replace;
use crate::exit::Failure;
use crate::output::Output;

#[derive(Args)]
#[command(next_help_heading = "Known failures")]
pub(super) struct BaselineArguments {
    /// Accept the failures of this file, one id a line.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what fails now into the file of --baseline, in the place of what it holds.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
}

impl BaselineArguments {
    /// The ids whose failure is accepted.
    pub(super) fn known(&self) -> Result<HashSet<String>, Failure> {
        let Some(path) = self.baseline.as_deref().filter(|path| !self.write_baseline || path.exists()) else {
            return Ok(HashSet::new());
        };
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("cannot read the --baseline file {shown}: {error}")))?;
        read_baseline(&text).map_err(|error| Failure::usage(format!("the --baseline file {shown}, {error}")))
    }

    /// Writes the file where that was asked, or says what has been mended since.
    pub(super) fn keep(&self, report: &Report, known: &HashSet<String>, output: Output) -> Result<(), Failure> {
        let Some(path) = &self.baseline else { return Ok(()) };
        if !self.write_baseline {
            for finding in report.outgrown(known) {
                output.note(&format!("note: {} passes now: take it out of {}", finding.case.id, path.display()));
            }
            return Ok(());
        }
        if report.obstacle.is_some() {
            output.note("note: the baseline is left as it was, since the cases did not run as they should");
            return Ok(());
        }
        replace(&[(path, report.to_baseline())])
    }
}
