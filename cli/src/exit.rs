//! How a command ends.

use std::fmt::Display;
use std::process::ExitCode;

/// The exit codes that `--help` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    Good,
    /// The delivery or verification failed, or a name does not resolve.
    Failed,
    /// Refused by the target guard. Of several deliveries it is the worst.
    Blocked,
    /// Usage, configuration, or an invalid URL.
    Usage,
    /// Waited in vain.
    Waited,
    /// The running receiver cannot be reached.
    Unreachable,
    /// Interrupted in the middle of work.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Good => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Blocked => 3,
            Exit::Waited => 4,
            Exit::Unreachable => 5,
            Exit::Interrupted => 130,
        })
    }
}

/// A command that cannot do its work, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Failure { exit: Exit::Usage, message: message.to_string() }
    }

    pub(crate) fn unreachable(message: impl Display) -> Self {
        Failure { exit: Exit::Unreachable, message: message.to_string() }
    }

    pub(crate) fn failed(message: impl Display) -> Self {
        Failure { exit: Exit::Failed, message: message.to_string() }
    }
}
