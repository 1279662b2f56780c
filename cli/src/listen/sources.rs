//! Which secrets the receiver begins with, and where they come from.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chatislav_webhooks::settings::Secrets;
use chatislav_webhooks::{Printable, Secret};

use super::Arguments;
use crate::exit::Failure;
use crate::output::Output;
use crate::secrets::{Source, of_settings};
use crate::settings;

pub(super) struct Sources {
    /// What the arguments name, or else the environment.
    own: Vec<Source>,
    /// Those of the settings that are good, and all of them.
    of_settings: Vec<Source>,
    pub(super) secrets: Secrets,
    /// A file of settings that is not there yet.
    missing: Option<PathBuf>,
}

impl Sources {
    pub(super) fn read(arguments: &Arguments, output: Output) -> Result<Self, Failure> {
        let secrets = &arguments.secrets;
        let (mut missing, mut loaded) = (None, None);
        match &arguments.settings {
            Some(path) if std::fs::symlink_metadata(path).is_ok() => loaded = Some((path, settings::load(path)?)),
            Some(path) => missing = Some(path.clone()),
            None => {}
        }
        let own = match &loaded {
            // The environment's are another webhook's.
            Some(_) if !secrets.is_explicit() => Vec::new(),
            _ => secrets.read_unless(arguments.unsigned, output)?,
        };
        let (of_settings, secrets) = match loaded {
            Some((path, settings)) if !arguments.unsigned => {
                (of_settings(&settings, path, SystemTime::now()), settings.secrets)
            }
            _ => (Vec::new(), Secrets::default()),
        };
        Ok(Sources { own, of_settings, secrets, missing })
    }

    /// In the order in which they are tried.
    pub(super) fn all(&self) -> impl Iterator<Item = &Source> {
        self.own.iter().chain(&self.of_settings)
    }

    /// Those that stay whatever becomes of the settings.
    pub(super) fn own(&self) -> Vec<Secret> {
        self.own.iter().map(|source| source.secret.clone()).collect()
    }

    pub(super) fn describe(&self) -> String {
        let mut lines: Vec<_> = self
            .all()
            .map(|source| format!("secret {} from {}", source.secret.fingerprint(), Printable(&source.origin)))
            .collect();
        if lines.is_empty() {
            lines.push("accepts anything: --unsigned".to_owned());
        }
        lines.extend(
            self.missing.as_deref().map(|path| {
                format!("the settings {} are not there yet: a save in the console makes them", shown(path))
            }),
        );
        lines.join("\n  ")
    }

    /// Why it does not start without any.
    pub(super) fn none(&self) -> Failure {
        let or = "give --secret, --secret-env, --secret-file or --settings with one, set CHATISLAV_WEBHOOK_SECRET, or say --unsigned to accept anything";
        match self.missing.as_deref().map(shown) {
            None => Failure::usage(format!("no secret: {or}")),
            Some(path) => Failure::usage(format!(
                "no secret: the settings {path} are not there yet. `chatislav settings {path} --url URL` makes them, and then `chatislav secret generate --settings {path}` their secret; or {or}"
            )),
        }
    }
}

fn shown(path: &Path) -> String {
    Printable(&path.to_string_lossy()).to_string()
}
