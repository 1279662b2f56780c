//! Reports into files, for CI and for later.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chatislav_check::Report;
use chatislav_check::report::{Place, github, html, json, junit, sarif};
use clap::Args;

use super::replace::{is_replaced, replace};
use crate::exit::Failure;
use crate::output::{Mode, Output};

/// What stands for stdout.
const STDOUT: &str = "-";

#[derive(Args)]
#[command(next_help_heading = "Reports (`-` is stdout; all are written at the end)")]
pub(super) struct ReportArguments {
    /// One JSON document with every case, the wire of what failed, causes and fixes.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// JUnit XML. A failed SHOULD is skipped there, unless --strict.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// SARIF 2.1.0, for code scanning.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Where code scanning shows the findings: the file of the handler, as it stands in the repository.
    #[arg(long, value_name = "PATH[:LINE]", requires = "sarif")]
    sarif_location: Option<Place>,
    /// Markdown, added to the end of the file: "$GITHUB_STEP_SUMMARY".
    #[arg(long, value_name = "FILE")]
    github: Option<PathBuf>,
    /// One page that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl ReportArguments {
    fn paths(&self) -> impl Iterator<Item = &Path> {
        let paths = [&self.json, &self.junit, &self.sarif, &self.github, &self.html];
        paths.into_iter().flatten().map(PathBuf::as_path)
    }

    /// What else is told, beside a report on stdout: nothing there. Also whether the files can be written
    /// at all, since a run takes its time.
    pub(super) fn beside(&self, output: Output) -> Result<Output, Failure> {
        let mut seen: Vec<&Path> = Vec::new();
        for path in self.paths() {
            if seen.contains(&path) {
                return Err(Failure::usage(format!("two reports cannot be written to {}", path.display())));
            }
            seen.push(path);
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                return Err(Failure::usage(format!("there is no folder {} for a report", folder.display())));
            }
            if path.is_dir() {
                return Err(Failure::usage(format!("{} is a folder, and not a file for a report", path.display())));
            }
        }
        if !seen.contains(&Path::new(STDOUT)) {
            return Ok(output);
        }
        if output.is_json() {
            return Err(Failure::usage("the lines of --output json and a report cannot both go to stdout"));
        }
        Ok(Output::new(Mode::Quiet))
    }

    /// Writes what was asked for.
    pub(super) fn write(&self, report: &Report, output: Output) -> Result<(), Failure> {
        if self.sarif.is_some() && self.sarif_location.is_none() {
            output.note("note: GitHub's code scanning takes SARIF only with a file to show it in: --sarif-location src/webhook.ts");
        }
        let mut files = Vec::new();
        let mut add =
            |path: &Option<PathBuf>, make: &dyn Fn(&Path) -> Result<String, Failure>| -> Result<(), Failure> {
                if let Some(path) = path {
                    files.push((path.clone(), make(path)?));
                }
                Ok(())
            };
        add(&self.json, &|_| Ok(json(report)))?;
        add(&self.junit, &|_| Ok(junit(report)))?;
        add(&self.sarif, &|_| Ok(sarif(report, self.sarif_location.as_ref())))?;
        add(&self.github, &|path| Ok(before(path)? + &github(report)))?;
        add(&self.html, &|_| Ok(html(report)))?;
        let (told, files): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| path == Path::new(STDOUT));
        let files: Vec<_> = files.into_iter().map(|(path, text)| (path.as_path(), text.clone())).collect();
        replace(&files)?;
        told.into_iter().try_for_each(|(_, text)| output.bytes(text.as_bytes()))
    }
}

/// What the steps of a job have put into their summary so far.
fn before(path: &Path) -> Result<String, Failure> {
    if path == Path::new(STDOUT) || !is_replaced(path) {
        return Ok(String::new());
    }
    match fs::read_to_string(path) {
        Ok(text) if text.is_empty() || text.ends_with('\n') => Ok(text),
        Ok(text) => Ok(text + "\n"),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::failed(format!("cannot read {}: {error}", path.display()))),
    }
}
