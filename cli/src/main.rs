//! `chatislav`: receive, send, sign, verify and understand Chatislav webhooks.

mod carrier;
mod check;
mod clear;
mod client;
mod completions;
mod deliveries;
mod demo;
mod dispatch;
mod emptying;
mod enqueue;
mod exit;
mod guard;
mod input;
mod listen;
mod load;
mod method;
mod outbox;
mod output;
mod own_receiver;
mod plan;
mod policy;
mod private;
mod receiver;
mod replay;
mod request;
mod requests;
mod runtime;
mod secret;
mod secrets;
mod selftest;
mod send;
mod settings;
mod sign;
mod target;
mod tell;
mod verify;
mod wait;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exit::{Exit, Failure};
use crate::output::{Mode, Output};

const EXIT_CODES: &str = "\
Exit codes:
  0    good; also `listen` and `demo` ended by Ctrl-C or SIGTERM, and a delivery that settings skip
  1    the delivery, verification or check failed, or a name does not resolve
  2    usage, configuration, or an invalid URL
  3    refused by the target guard, as Chatislav would
  4    waited in vain
  5    the running receiver or the endpoint under test cannot be reached
  130  interrupted in the middle of work

Secrets come from --secret, --secret-env and --secret-file, or else from the environment:
CHATISLAV_WEBHOOK_SECRET, and CHATISLAV_WEBHOOK_SECRET_OLD during a rotation.";

/// Receive, send, sign, verify and understand Chatislav webhooks.
#[derive(Parser)]
#[command(name = "chatislav", version, after_help = EXIT_CODES, arg_required_else_help = true)]
struct Arguments {
    /// pretty for people, json for one object a line on stdout, quiet for the exit code alone.
    #[arg(long, global = true, value_name = "MODE", default_value = "pretty")]
    output: Mode,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Listen(Box<listen::Arguments>),
    Send(Box<send::Arguments>),
    Enqueue(Box<enqueue::Arguments>),
    Dispatch(Box<dispatch::Arguments>),
    Deliveries(deliveries::Arguments),
    Load(Box<load::Arguments>),
    Check(Box<check::Arguments>),
    Settings(settings::Arguments),
    Requests(requests::Arguments),
    Replay(replay::Arguments),
    Wait(wait::Arguments),
    Clear(clear::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
    Secret(secret::Arguments),
    Target(target::Arguments),
    Plan(plan::Arguments),
    Demo(demo::Arguments),
    Selftest(selftest::Arguments),
    Completions(completions::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // A script may pass on what strangers wrote, and the message quotes it.
        Err(error) if error.use_stderr() => {
            output::stderr(&error.render().to_string());
            return Exit::Usage.into();
        }
        // Help and version.
        Err(error) => error.exit(),
    };
    let output = Output::new(arguments.output);
    let done = match arguments.command {
        Command::Listen(arguments) => listen::run(*arguments, output),
        Command::Send(arguments) => send::run(&arguments, output),
        Command::Enqueue(arguments) => enqueue::run(&arguments, output),
        Command::Dispatch(arguments) => dispatch::run(&arguments, output),
        Command::Deliveries(arguments) => deliveries::run(&arguments, output),
        Command::Load(arguments) => load::run(&arguments, output),
        Command::Check(arguments) => check::run(&arguments, output),
        Command::Settings(arguments) => settings::run(&arguments, output),
        Command::Requests(arguments) => requests::run(&arguments, output),
        Command::Replay(arguments) => replay::run(&arguments, output),
        Command::Wait(arguments) => wait::run(&arguments, output),
        Command::Clear(arguments) => clear::run(&arguments, output),
        Command::Sign(arguments) => sign::run(arguments, output),
        Command::Verify(arguments) => verify::run(arguments, output),
        Command::Secret(arguments) => secret::run(arguments, output),
        Command::Target(arguments) => target::run(arguments, output),
        Command::Plan(arguments) => plan::run(arguments, output),
        Command::Demo(arguments) => demo::run(arguments, output),
        Command::Selftest(arguments) => selftest::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    done.unwrap_or_else(|Failure { exit, message }| {
        output.error(&message);
        exit
    })
    .into()
}

/// What a command comes to.
type Done = Result<Exit, Failure>;
