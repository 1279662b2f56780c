//! `chatislav verify`: a body and a signature, judged as an endpoint would.

use std::path::PathBuf;

use chatislav_webhooks::{Error, Event, Line, Printable, SIGNATURE_HEADER};
use clap::Args;

use crate::exit::Exit;
use crate::output::{Output, Tone};
use crate::secrets::SecretArguments;
use crate::{Done, explanation, input};

/// Verify a signature over exactly the bytes of a file, and read the event.
#[derive(Args)]
#[command(after_help = "Example:
  chatislav verify body.json --signature 5d61...c9 --secret-env CHATISLAV_WEBHOOK_SECRET --explain")]
pub(crate) struct Arguments {
    /// The body; standard input if it is - or absent.
    file: Option<PathBuf>,
    /// The value of the header x-chatislav-signature.
    #[arg(long, value_name = "HEX")]
    signature: String,
    /// If the signature does not fit, search for what makes it fit: a body written anew, a secret
    /// with a blank, base64 in the header, and so on.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    secrets: SecretArguments,
}

pub(crate) fn run(arguments: Arguments, output: Output) -> Done {
    let webhook = arguments.secrets.webhook(output)?.with_max_body(usize::MAX);
    let body = input::read(arguments.file.as_deref())?;
    let headers = [(SIGNATURE_HEADER, &arguments.signature)];
    match webhook.verify(&body, headers) {
        Ok(event) => {
            let fingerprint =
                webhook.secrets().get(event.secret_index()).map(|secret| secret.fingerprint()).unwrap_or_default();
            accepted(&event, &fingerprint, output);
            Ok(Exit::Good)
        }
        Err(error) => {
            refused(&error, output);
            if arguments.explain && error.code().starts_with("signature_") {
                let explained = webhook.explain(&body, headers);
                explanation::tell(&explained.describe(Line::new("explanation"), &explained.fix()).end(), output)?;
            }
            Ok(Exit::Failed)
        }
    }
}

fn accepted(event: &Event, fingerprint: &str, output: Output) {
    let verified = output.paint(Tone::Good, "✓ verified");
    output.say(&format!("{verified}  {}  by the secret {fingerprint}", Printable(event.event())));
    output.line(
        Line::new("verdict")
            .text("verdict", "verified")
            .text("event", event.event())
            .number("secret", event.secret_index())
            .text("delivery", &event.delivery_key().to_string()),
    );
}

fn refused(error: &Error, output: Output) {
    let code = output.paint(Tone::Bad, &format!("✗ {}", error.code()));
    output.say(&format!("{code}  {error}\n  {}", error.hint()));
    output.line(
        Line::new("verdict")
            .text("verdict", error.code())
            .text("error", &error.to_string())
            .text("hint", error.hint())
            .text_or_null("path", error.path()),
    );
}
