//! `chatislav requests show`: one request, whole.

use chatislav_receiver::export::{Format, Options, to_bytes};
use chatislav_receiver::journal;
use chatislav_webhooks::Printable;
use clap::Args;

use crate::Done;
use crate::exit::Exit;
use crate::output::Output;
use crate::receiver::ReceiverArguments;
use crate::secrets::SecretArguments;

/// Show one request: head, body, verdict, answer.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav requests show 3f2a-17
  chatislav requests show 3f2a-17 --body > body.json     the very bytes
  chatislav requests show 3f2a-17 --as curl
  chatislav requests show 3f2a-17 --explain              why its signature does not fit")]
pub(crate) struct Arguments {
    /// The id, as `listen` and `requests` show it.
    id: String,
    /// Write the very bytes of the body to stdout, and nothing else.
    #[arg(long)]
    body: bool,
    /// Write the very bytes of the head to stdout, and nothing else.
    #[arg(long, conflicts_with = "body")]
    head: bool,
    /// Search for what makes its signature fit: by --secret... where one is given, else by the secrets
    /// of the running receiver.
    #[arg(long, conflicts_with_all = ["body", "head", "format"])]
    explain: bool,
    /// Write it as something else: ndjson, har, curl, httpie, python, node, pytest, vitest.
    #[arg(long = "as", value_name = "FORMAT", conflicts_with_all = ["body", "head"], value_parser = str::parse::<Format>)]
    format: Option<Format>,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

pub(super) async fn run(arguments: &Arguments, output: Output) -> Done {
    let place = arguments.receiver.place().await?;
    let capture = place.capture(&arguments.id).await?;
    if arguments.body {
        output.bytes(&capture.body)?;
        return Ok(Exit::Good);
    }
    if arguments.head {
        output.bytes(&capture.head)?;
        return Ok(Exit::Good);
    }
    if let Some(format) = arguments.format {
        output.bytes(&to_bytes(format, [&capture], Options::default()))?;
        return Ok(Exit::Good);
    }
    if arguments.explain {
        super::explain::tell(&place, &capture, &arguments.secrets, output).await?;
        return Ok(Exit::Good);
    }
    output.json(&journal::to_json(&capture));
    let (tone, symbol) = super::tone(&capture.verdict);
    output.say(&format!(
        "{}  {}  → {}  {}",
        capture.id(),
        output.paint(tone, &format!("{symbol} {}", Printable(&capture.verdict))),
        super::answered(capture.status(), capture.end.name()),
        Printable(&capture.action),
    ));
    if !capture.reason.is_empty() {
        output.say(&format!("{}", Printable(&capture.reason)));
    }
    for part in [&capture.head, &capture.body] {
        let text = String::from_utf8_lossy(part);
        for line in text.lines() {
            output.say(&Printable(line).to_string());
        }
    }
    Ok(Exit::Good)
}
