//! `chatislav requests export`: requests for other tools.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chatislav_receiver::export::{Format, Options, Redaction, THROW_AWAY, export};
use chatislav_receiver::journal::kept;
use chatislav_webhooks::filter::Filter;
use clap::Args;

use crate::Done;
use crate::client::{cannot_write, escaped};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::receiver::{Place, ReceiverArguments};

/// Write requests for other tools: ndjson, har, curl, httpie, python, node, pytest, vitest.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav requests export --format har -o requests.har
  chatislav requests export --format pytest --redact --filter refused > test_refused.py
A redacted export has no personal data and no credentials, and still verifies: it is signed with
the secret `throw-away`.")]
pub(crate) struct Arguments {
    /// What to write.
    #[arg(long, value_name = "FORMAT", value_parser = str::parse::<Format>)]
    format: Format,
    /// Which.
    #[arg(long, value_name = "FILTER", default_value = "", value_parser = Filter::parse, hide_default_value = true)]
    filter: Filter,
    /// Take out what is personal or opens something. The path, names and the event stay.
    #[arg(long)]
    redact: bool,
    /// Where the requests are to be sent; without it, where they came to.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Write to this file, readable by you alone, instead of stdout.
    #[arg(short, value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

pub(super) async fn run(arguments: &Arguments, output: Output) -> Done {
    let place = arguments.receiver.place().await?;
    match &arguments.output_file {
        None => arguments.write(place, &mut io::stdout()).await?,
        Some(path) => {
            arguments.write(place, &mut File { path, open: None }).await?;
            output.note(&format!("written to {}", path.display()));
        }
    }
    Ok(Exit::Good)
}

impl Arguments {
    async fn write(&self, place: Place, out: &mut impl Write) -> Result<(), Failure> {
        match place {
            Place::Store(journal) => {
                let redaction = self.redact.then(|| Redaction::new(THROW_AWAY)).transpose().map_err(Failure::failed)?;
                let options = Options { target: self.to.as_deref(), redaction: redaction.as_ref() };
                let out = io::BufWriter::new(out);
                export(out, self.format, kept(&journal, &self.filter), options).map_err(cannot_write)?;
                journal.fault().map_or(Ok(()), |fault| Err(Failure::failed(fault)))
            }
            Place::Running(client) => {
                let (format, redact, filter) = (self.format.name(), self.redact, escaped(&self.filter.to_string()));
                let to = self.to.as_deref().map(|to| format!("&to={}", escaped(to))).unwrap_or_default();
                let path = format!("/api/v1/export?format={format}&redact={redact}&filter={filter}{to}");
                client.copy(&path, out).await
            }
        }
    }
}

/// A file that is opened when there is something to write: a question that fails leaves what stands
/// there.
struct File<'a> {
    path: &'a Path,
    open: Option<fs::File>,
}

impl File<'_> {
    fn file(&mut self) -> io::Result<&mut fs::File> {
        let file = match self.open.take() {
            Some(file) => file,
            None => private(self.path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.path.display())))?,
        };
        Ok(self.open.insert(file))
    }
}

impl Write for File<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush()
    }
}

/// A file for its owner alone, also where it was there before.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}
