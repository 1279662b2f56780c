//! `chatislav completions`: what the shell needs to complete commands.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::Done;
use crate::exit::Exit;

/// Write the completions for a shell to stdout.
///
/// For bash: chatislav completions bash > ~/.local/share/bash-completion/completions/chatislav
#[derive(Args)]
pub(crate) struct Arguments {
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let mut script = Vec::new();
    generate(arguments.shell, &mut crate::Arguments::command(), "chatislav", &mut script);
    // Nobody may be reading any more; that is no failure of ours.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Ok(Exit::Good)
}
