//! `chatislav replay`: a captured request, sent again.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatislav_webhooks::{Line, Printable, Target};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Output, Tone};
use crate::receiver::ReceiverArguments;
use crate::secrets::{SecretArguments, webhook};
use crate::target::invalid;
use crate::{Done, runtime};

/// Send a captured request again: the same bytes and headers, or edited, to the receiver itself or elsewhere.
///
/// The receiver sends it: to this machine, and to what `listen --allow` and `--allow-host` let through.
#[derive(Args)]
#[command(after_help = "Examples:
  chatislav replay 3f2a-17
  chatislav replay 3f2a-17 --to http://localhost:3000/hook
  chatislav replay 3f2a-17 --resign            signed with the receiver's newest secret
  chatislav replay 3f2a-17 --resign --secret-file other.txt
  chatislav replay 3f2a-17 --body edited.json --resign")]
pub(crate) struct Arguments {
    /// The id, as `listen` and `requests` show it.
    id: String,
    /// The URL to send it to.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Sign the body anew: with the secret that is given, or else the receiver's newest.
    #[arg(long)]
    resign: bool,
    /// Send this method.
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Send exactly the bytes of this file, or of standard input for `-`. The signature stays the one that
    /// was captured, unless --resign is given.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    receiver: ReceiverArguments,
}

#[derive(Deserialize)]
struct Replayed {
    to: String,
    status: u16,
    body: String,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    if arguments.secrets.is_explicit() && !arguments.resign {
        return Err(Failure::usage("a secret is for --resign: without it the signature is the one that was captured"));
    }
    if let Some(to) = &arguments.to {
        Target::parse(to).map_err(|error| invalid(to, error))?;
    }
    let body = arguments.body.as_deref().map(|path| input::read(Some(path))).transpose()?;
    runtime::new()?.block_on(async {
        let receiver = arguments.receiver.running("replay").await?;
        let path = format!("/api/v1/requests/{}", crate::client::escaped(&arguments.id).replace("%2D", "-"));
        // A secret stays here: what goes to the receiver is a signature.
        let signature = if arguments.resign && arguments.secrets.is_explicit() {
            let body = match &body {
                Some(body) => body.clone().into(),
                None => receiver.call("GET", &format!("{path}/body"), None).await?,
            };
            Some(webhook(&arguments.secrets.read(output)?)?.sign(&body).to_string())
        } else {
            None
        };
        let wish = json!({
            "to": arguments.to,
            "resign": arguments.resign,
            "signature": signature,
            "method": arguments.method,
            "body": body.map(|body| STANDARD.encode(body)),
        });
        let answer = receiver.call("POST", &format!("{path}/replay"), Some(wish.to_string())).await?;
        let Replayed { to, status, body } = serde_json::from_slice(&answer).map_err(Failure::failed)?;
        let is_good = (200..300).contains(&status);
        let tone = if is_good { Tone::Good } else { Tone::Bad };
        let body = STANDARD.decode(body).unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        output.say(&format!("{} → {}  {}", Printable(&to), output.paint(tone, &status.to_string()), Printable(&text)));
        output.line(
            Line::new("replayed")
                .text("id", &arguments.id)
                .text("to", &to)
                .number("status", status)
                .text("body", &text),
        );
        Ok(if is_good { Exit::Good } else { Exit::Failed })
    })
}
