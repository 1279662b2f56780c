//! What the arguments and the settings of a file come to: where, how, and whether at all.

use std::time::{Duration, SystemTime};

use chatislav_webhooks::settings::Skip;
use chatislav_webhooks::{CustomHeader, Method, Settings, Target, Unsigned};

use super::Arguments;
use crate::exit::Failure;
use crate::output::Output;
use crate::secrets::{Source, of_settings};
use crate::settings;
use crate::target::invalid;

pub(super) struct Screen {
    /// The target of --to.
    to: Option<Target>,
    settings: Option<Settings>,
}

impl Screen {
    pub(super) fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let to = arguments.to.as_deref().map(|url| Target::parse(url).map_err(|error| invalid(url, error)));
        let settings = arguments.settings.as_deref().map(settings::load);
        Ok(Screen { to: to.transpose()?, settings: settings.transpose()? })
    }

    /// Why this event is not sent.
    pub(super) fn skips(&self, body: &[u8]) -> Result<Option<Skip>, Failure> {
        let Some(settings) = &self.settings else { return Ok(None) };
        let none: [(&str, &str); 0] = [];
        let event = Unsigned::new().with_max_body(usize::MAX).read(body, none).map_err(|error| {
            Failure::usage(format!("{error}, so --settings cannot say whether it is sent: leave that out"))
        })?;
        Ok(settings.fires(event.event()).err())
    }

    pub(super) fn target(&self) -> Result<Target, Failure> {
        let of_settings = || self.settings.as_ref().map_or(Ok(None), Settings::target).map_err(Failure::usage);
        let target = self.to.clone().map_or_else(of_settings, |to| Ok(Some(to)))?;
        target.ok_or_else(|| Failure::usage("the settings have no URL: give --to, or save one"))
    }

    pub(super) fn method(&self, arguments: &Arguments) -> Method {
        let of_settings = || self.settings.as_ref().map_or_else(Method::default, |settings| settings.method);
        arguments.method.map_or_else(of_settings, Method::from)
    }

    pub(super) fn timeout(&self, arguments: &Arguments) -> Duration {
        let of_settings = || self.settings.as_ref().map_or(Settings::DEFAULT_TIMEOUT, |settings| settings.timeout);
        arguments.timeout.unwrap_or_else(of_settings)
    }

    pub(super) fn headers(&self, arguments: &Arguments) -> Vec<CustomHeader> {
        self.settings
            .as_ref()
            .map_or_else(|| arguments.header.clone(), |settings| settings.headers_with(&arguments.header))
    }

    /// Secrets, newest first: what the arguments name, or else the settings', or else the environment's.
    pub(super) fn secrets(&self, arguments: &Arguments, output: Output) -> Result<Vec<Source>, Failure> {
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
