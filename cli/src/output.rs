//! stdout for data, stderr for everything else, and no control characters on either.

use std::io::{self, IsTerminal, Write};

use chatislav_receiver::Format;
use chatislav_webhooks::{Line, Printable, ascii_json};
use clap::ValueEnum;

use crate::exit::Failure;

/// How much is said, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Pretty,
    Json,
    Quiet,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    mode: Mode,
    colours: bool,
}

/// Green, yellow, red: always beside a word or a symbol that says the same.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Good,
    Middling,
    Bad,
}

impl Output {
    pub(crate) fn new(mode: Mode) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Output { mode, colours: io::stdout().is_terminal() && !no_colour }
    }

    pub(crate) fn format(self) -> Format {
        match self.mode {
            Mode::Pretty => Format::Pretty { colours: self.colours },
            Mode::Json => Format::Json,
            Mode::Quiet => Format::Quiet,
        }
    }

    /// Whether stdout has lines for programs.
    pub(crate) fn is_json(self) -> bool {
        self.mode == Mode::Json
    }

    /// Whether a progress line on stderr has somebody who sees it.
    pub(crate) fn shows_progress(self) -> bool {
        self.mode == Mode::Pretty && io::stderr().is_terminal()
    }

    /// For people, on stdout. What came from outside must have gone through [`Printable`].
    pub(crate) fn say(self, text: &str) {
        if self.mode == Mode::Pretty {
            write(io::stdout(), text);
        }
    }

    /// For programs, on stdout.
    pub(crate) fn line(self, line: Line) {
        if self.mode == Mode::Json {
            write(io::stdout(), line.end().trim_end());
        }
    }

    /// For programs, on stdout: an object that somebody else has written.
    pub(crate) fn json(self, object: &str) {
        if self.mode == Mode::Json {
            write(io::stdout(), &ascii_json(object.trim_end().to_owned()));
        }
    }

    /// The bytes that were asked for, whatever the mode.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::failed(format!("cannot write the result: {error}")))
    }

    /// The one thing that was asked for, whatever the mode: without it the command has failed.
    pub(crate) fn result(self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(|error| Failure::failed(format!("cannot write the result: {error}")))
    }

    /// Beside the matter, on stderr.
    pub(crate) fn note(self, text: &str) {
        if self.mode != Mode::Quiet {
            stderr(text);
        }
    }

    pub(crate) fn error(self, message: &str) {
        stderr(&format!("error: {message}"));
    }

    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.colours => return text.to_owned(),
            Tone::Good => 32,
            Tone::Middling => 33,
            Tone::Bad => 31,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Writes to stderr. Line ends in our own messages are ours; nothing else passes.
pub(crate) fn stderr(text: &str) {
    let lines: Vec<_> = text.trim_end().lines().map(|line| Printable(line).to_string()).collect();
    write(io::stderr(), &lines.join("\n"));
}

fn write(mut out: impl Write, text: &str) {
    // Nobody may be reading any more; the exit code still tells.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
