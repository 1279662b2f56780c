//! Where the settings lie: in a file that the command line shares, or in memory; and what is filled in
//! where nothing was saved yet.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chatislav_receiver::Watched;
use chatislav_receiver::screen::{NotSaved, Shown};
use chatislav_webhooks::Settings;
use chatislav_webhooks::sample::Sample;
use chatislav_webhooks::settings::Secrets;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::verifying::Verifying;
use crate::exit::Failure;
use crate::runtime;
use crate::settings::{Change, load};

pub(super) struct Desk {
    file: Option<PathBuf>,
    /// What is filled in where nothing was saved yet: the receiver itself, and its newest secret.
    url: String,
    newest: Secrets,
    /// A revision is no digest by which a secret could be guessed elsewhere.
    salt: Zeroizing<[u8; 32]>,
    pub(super) verifying: Verifying,
    turn: Mutex<Turn>,
}

/// One at a time reads or changes, and puts in force what it has read: an older state that was read before
/// a change must not follow it.
struct Turn {
    /// What was saved where there is no file.
    kept: Option<Settings>,
    allow_local: bool,
}

impl Desk {
    pub(super) fn new(
        file: Option<PathBuf>,
        url: String,
        newest: Secrets,
        verifying: Verifying,
    ) -> Result<Self, Failure> {
        let salt = runtime::random()?;
        let file = file.map(|path| std::path::absolute(&path).unwrap_or(path));
        let turn = Mutex::new(Turn { kept: None, allow_local: false });
        let desk = Desk { file, url, newest, salt, verifying, turn };
        // What is filled in sends to this receiver; to what somebody has saved, as Chatislav would.
        let is_saved = desk.stored(&desk.turn()).is_ok_and(|stored| stored.is_some_and(|stored| is_filled_in(&stored)));
        desk.turn().allow_local = !is_saved;
        Ok(desk)
    }

    pub(super) fn watched(&self) -> Option<Watched> {
        self.file.as_ref().map(Watched::new)
    }

    pub(super) fn shown(&self) -> Result<Shown, NotSaved> {
        let turn = self.turn();
        let stored = self.stored(&turn).map_err(unreadable)?;
        Ok(self.show(stored, &turn))
    }

    /// Saves what `change` makes of what is stored and of the secrets that are shown, unless that is
    /// another state than the one of this revision.
    pub(super) fn change(
        &self,
        revision: &str,
        allow_local: Option<bool>,
        change: impl FnOnce(Option<Settings>, Secrets) -> Settings,
    ) -> Result<Shown, NotSaved> {
        let mut turn = self.turn();
        let (file, stored) = match &self.file {
            Some(path) => {
                let (file, stored) = Change::begin(path, true).map_err(unreadable)?;
                (Some(file), stored)
            }
            None => (None, turn.kept.clone()),
        };
        let shown = self.show(stored.clone(), &turn);
        if shown.revision != revision {
            return Err(NotSaved::Changed);
        }
        let settings = change(stored, shown.settings.secrets);
        match file {
            Some(file) => file.save(&settings).map_err(|failure| NotSaved::Failed(failure.message))?,
            None => turn.kept = Some(settings.clone()),
        }
        turn.allow_local = allow_local.unwrap_or(turn.allow_local);
        self.verifying.take(&settings.secrets, SystemTime::now());
        Ok(self.show(Some(settings), &turn))
    }

    /// Puts in force what another program has made of the file.
    pub(super) fn read_again(&self) {
        let turn = self.turn();
        let Some(path) = &self.file else { return };
        let shown = path.display();
        match self.stored(&turn) {
            Ok(None) => {}
            Ok(Some(settings)) => self.verifying.take_from(&shown.to_string(), &settings.secrets, SystemTime::now()),
            Err(failure) => {
                self.verifying.notice(&format!("{}; the secrets before stay in force", failure.message));
            }
        }
    }

    fn stored(&self, turn: &Turn) -> Result<Option<Settings>, Failure> {
        match &self.file {
            // A link that leads to nothing is no place for a new file.
            Some(path) if fs::symlink_metadata(path).is_ok() => load(path).map(Some),
            Some(_) => Ok(None),
            None => Ok(turn.kept.clone()),
        }
    }

    fn show(&self, stored: Option<Settings>, turn: &Turn) -> Shown {
        let revision = self.revision(stored.as_ref(), turn.allow_local);
        let saved = stored.as_ref().is_some_and(is_filled_in);
        let mut settings = stored.unwrap_or_default();
        if !saved {
            settings.url.clone_from(&self.url);
            if settings.events.is_empty() {
                settings.events = Sample::EVENTS.map(str::to_owned).to_vec();
            }
            if settings.secrets.current().is_none() {
                settings.secrets = self.newest.clone();
            }
        }
        settings.secrets.drop_expired(SystemTime::now());
        Shown { settings, file: self.file.clone(), saved, revision, allow_local: turn.allow_local }
    }

    fn revision(&self, stored: Option<&Settings>, allow_local: bool) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt.as_slice());
        hash.update([u8::from(allow_local), u8::from(stored.is_some())]);
        hash.update(stored.map(Settings::to_toml).unwrap_or_default().as_bytes());
        let digest = hash.finalize();
        hex::encode(digest.get(..16).unwrap_or_default())
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        // Nothing that is half done could be seen here after a panic.
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody has said where events are sent, or that none are.
fn is_filled_in(settings: &Settings) -> bool {
    !settings.enabled || !settings.url.is_empty()
}

fn unreadable(failure: Failure) -> NotSaved {
    NotSaved::Unreadable(failure.message)
}
