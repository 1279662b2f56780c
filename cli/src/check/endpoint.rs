//! Whose endpoint it is, what signs for it, and whether it may be asked at all.

use std::path::PathBuf;

use chatislav_check::Endpoint;
use chatislav_webhooks::target::{Guard, Pass};
use chatislav_webhooks::{CustomHeader, Outcome, Target};
use clap::Args;

use crate::carrier::CarrierArguments;
use crate::exit::{Exit, Failure};
use crate::guard::{advice, note_blocked, note_pass};
use crate::method::MethodArgument;
use crate::output::Output;
use crate::secrets::{SecretArguments, Source, from_file, from_text, from_variable};
use crate::target::invalid;

/// How long the name may take to resolve, to see whether the target is refused.
const JUDGING: std::time::Duration = std::time::Duration::from_secs(5);

#[derive(Args)]
#[command(next_help_heading = "The endpoint")]
pub(super) struct EndpointArguments {
    /// Check an endpoint that is not on this machine: it is yours, and you answer for it.
    #[arg(long)]
    i_own_this: bool,
    /// The method of the Webhooks screen, if the endpoint has one alone; else both are checked.
    #[arg(long, value_enum, ignore_case = true)]
    method: Option<MethodArgument>,
    /// A custom header of the Webhooks screen, as `Name: value`.
    #[arg(long, value_name = "HEADER", value_parser = CustomHeader::parse)]
    header: Vec<CustomHeader>,
    #[command(flatten)]
    secrets: SecretArguments,
    #[command(flatten)]
    old_secrets: OldSecretArguments,
    #[command(flatten)]
    carrier: CarrierArguments,
}

#[derive(Args)]
#[command(next_help_heading = "Secrets")]
struct OldSecretArguments {
    /// A secret that a rotation leaves good for a while; so are all but the first of --secret.
    #[arg(long, value_name = "TEXT")]
    old_secret: Vec<String>,
    /// The name of an environment variable that holds such a secret.
    #[arg(long, value_name = "NAME")]
    old_secret_env: Vec<String>,
    /// A file that holds such a secret.
    #[arg(long, value_name = "FILE")]
    old_secret_file: Vec<PathBuf>,
}

impl EndpointArguments {
    pub(super) fn is_owned(&self) -> bool {
        self.i_own_this
    }

    pub(super) fn endpoint(&self, url: &str, output: Output) -> Result<Endpoint, Failure> {
        let target = Target::parse(url).map_err(|error| invalid(url, error))?;
        if target.has_credentials() {
            output.note("note: the user name and password in the URL are not sent; use --header 'Authorization: ...'");
        }
        let mut secrets = self.secrets.read(output)?.into_iter();
        let Some(Source { secret, origin }) = secrets.next() else {
            return Err(Failure::usage(
                "without the endpoint's secret nothing genuine can be sent: --secret-env, --secret-file, or CHATISLAV_WEBHOOK_SECRET",
            ));
        };
        output.note(&format!("note: signed with the secret {} from {origin}", secret.fingerprint()));
        let old_secrets = secrets.map(Ok).chain(self.old_secrets.read()).collect::<Result<Vec<_>, _>>()?;
        Ok(Endpoint {
            dispatcher: self.carrier.dispatcher_past(self.guard())?,
            target,
            method: self.method.map(Into::into),
            headers: self.header.clone(),
            secret,
            old_secrets: old_secrets.into_iter().map(|source| source.secret).collect(),
        })
    }

    /// Forgeries and rubbish go to this machine, unless the user answers for more.
    fn guard(&self) -> Guard {
        if self.i_own_this {
            Guard { allow_local: true, ..self.carrier.guard() }
        } else {
            Guard { allow_local: true, refuse_public: true, ..Guard::default() }
        }
    }
}

impl OldSecretArguments {
    fn read(&self) -> impl Iterator<Item = Result<Source, Failure>> {
        let texts = self.old_secret.iter().map(|text| from_text(text, "--old-secret"));
        let variables = self.old_secret_env.iter().map(|name| from_variable(name));
        texts.chain(variables).chain(self.old_secret_file.iter().map(|path| from_file(path)))
    }
}

/// Whether the guard lets the target through, said before anything is sent.
pub(super) async fn admit(endpoint: &Endpoint, is_owned: bool, output: Output) -> Result<(), Failure> {
    let target = &endpoint.target;
    match endpoint.dispatcher.judge(target, JUDGING).await {
        Ok((pass, _)) if pass != Pass::Local => note_pass(target, pass, output),
        // What does not resolve is the preflight's to tell.
        Ok(_) => {}
        Err(failure) => {
            let Outcome::Blocked(rule) = failure.outcome else { return Ok(()) };
            note_blocked(target, failure.blocked_address, output);
            let message = if is_owned {
                advice(target, rule)
            } else {
                format!(
                    "check sends forgeries and rubbish, so it goes to this machine alone: 127.0.0.0/8, ::1, localhost. If {} is yours, say --i-own-this",
                    target.host_header()
                )
            };
            return Err(Failure { exit: Exit::Blocked, message });
        }
    }
    Ok(())
}
