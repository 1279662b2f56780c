//! What the arguments and the settings of a file come to: where, how, and whether at all.

use std::time::SystemTime;

use chatislav_dispatcher::outbox::Endpoint;
use chatislav_webhooks::settings::Skip;
use chatislav_webhooks::{Method, Secret, Settings, Target};

use super::{RequestArguments, event_name};
use crate::exit::Failure;
use crate::output::Output;
use crate::secrets::{Source, of_settings};
use crate::settings;
use crate::target::invalid;

pub(crate) struct Screen<'a> {
    arguments: &'a RequestArguments,
    /// The targets of --to.
    to: Vec<Target>,
    settings: Option<Settings>,
}

impl<'a> Screen<'a> {
    pub(super) fn of(arguments: &'a RequestArguments) -> Result<Self, Failure> {
        let to = arguments.to.iter().map(|url| Target::parse(url).map_err(|error| invalid(url, error)));
        let to = to.collect::<Result<_, _>>()?;
        let settings = arguments.settings.as_deref().map(settings::load);
        Ok(Screen { arguments, to, settings: settings.transpose()? })
    }

    /// Why these bytes are not sent.
    pub(crate) fn skips(&self, body: &[u8]) -> Result<Option<Skip>, Failure> {
        if self.settings.is_none() {
            return Ok(None);
        }
        let event = event_name(body).map_err(|error| {
            Failure::usage(format!("{error}, so --settings cannot say whether it is sent: leave that out"))
        })?;
        Ok(self.skips_event(&event))
    }

    /// Why an event of this name is not sent.
    pub(crate) fn skips_event(&self, name: &str) -> Option<Skip> {
        self.settings.as_ref()?.fires(name).err()
    }

    /// Where it goes, and how.
    pub(crate) fn endpoint(&self, output: Output) -> Result<Endpoint, Failure> {
        self.endpoint_at(self.to.first(), output)
    }

    /// The same, where --to may be repeated: each of them, in their order.
    pub(crate) fn endpoints(&self, output: Output) -> Result<Vec<Endpoint>, Failure> {
        if self.to.is_empty() {
            return Ok(vec![self.endpoint(output)?]);
        }
        self.to.iter().map(|to| self.endpoint_at(Some(to), output)).collect()
    }

    fn endpoint_at(&self, to: Option<&Target>, output: Output) -> Result<Endpoint, Failure> {
        let Screen { arguments, settings, .. } = self;
        let of_settings = || settings.as_ref().map_or(Ok(None), Settings::target).map_err(Failure::usage);
        let target = to.map_or_else(of_settings, |to| Ok(Some(to.clone())))?;
        let target = target.ok_or_else(|| Failure::usage("the settings have no URL: give --to, or save one"))?;
        if target.has_credentials() {
            output.note("note: the user name and password in the URL are not sent; use --header 'Authorization: ...'");
        }
        let of_settings = || settings.as_ref().map_or_else(Method::default, |settings| settings.method);
        let method = arguments.method.map_or_else(of_settings, Method::from);
        let of_settings = || settings.as_ref().map_or(Settings::DEFAULT_TIMEOUT, |settings| settings.timeout);
        let timeout = arguments.timeout.unwrap_or_else(of_settings);
        if timeout.is_zero() {
            return Err(Failure::usage("--timeout is over 0"));
        }
        let own = || arguments.header.clone();
        let headers = settings.as_ref().map_or_else(own, |settings| settings.headers_with(&arguments.header));
        Ok(Endpoint { target, method, headers, timeout })
    }

    /// What it is signed with: what the arguments name, or else the settings', or else the environment's.
    pub(crate) fn secret(&self, output: Output) -> Result<Option<Secret>, Failure> {
        Ok(self.secrets(output)?.into_iter().next().map(|source| source.secret))
    }

    fn secrets(&self, output: Output) -> Result<Vec<Source>, Failure> {
        let arguments = self.arguments;
        match (&self.settings, &arguments.settings) {
            (Some(settings), Some(path)) if !arguments.unsigned && !arguments.secrets.is_explicit() => {
                // Whoever has no secret saved sends unsigned; one that was replaced signs no more.
                let current = settings.secrets.current().is_some();
                Ok(if current { of_settings(settings, path, SystemTime::now()) } else { Vec::new() })
            }
            _ => arguments.secrets.read_unless(arguments.unsigned, output),
        }
    }
}

/// Says how it is signed.
pub(crate) fn note_secret(secret: Option<&Secret>, output: Output) {
    match secret {
        None => output.note("note: no secret, so this is sent unsigned, as Chatislav does"),
        Some(secret) => output.note(&format!("note: signed with the secret {}", secret.fingerprint())),
    }
}
