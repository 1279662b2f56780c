//! Which secrets the receiver verifies with while the settings change and old secrets expire.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chatislav_receiver::{Handle, Watched};
use chatislav_webhooks::Secret;
use chatislav_webhooks::settings::Secrets;
use tokio::sync::Notify;

use crate::exit::Failure;
use crate::runtime;

pub(super) struct Verifying {
    receiver: Handle,
    /// Those that stay whatever the settings say, newest first.
    own: Vec<Secret>,
    is_unsigned: bool,
    /// A secret that nobody has, for when every other one has expired: a receiver without any would have
    /// to take everything.
    nobodys: Secret,
    in_force: Mutex<InForce>,
    changed: Notify,
}

struct InForce {
    /// Those of the settings, also what has expired.
    secrets: Secrets,
    all: Vec<Secret>,
}

impl Verifying {
    pub(super) fn new(
        receiver: Handle,
        own: Vec<Secret>,
        secrets: Secrets,
        is_unsigned: bool,
    ) -> Result<Self, Failure> {
        let nobodys = Secret::new(*runtime::random()?).map_err(Failure::failed)?;
        let all = in_force(&own, &secrets, SystemTime::now());
        let in_force = Mutex::new(InForce { secrets, all: all.clone() });
        let verifying = Verifying { receiver, own, is_unsigned, nobodys, in_force, changed: Notify::new() };
        verifying.put(&all);
        Ok(verifying)
    }

    /// Puts the secrets of the settings in force, and says whether that changes anything.
    pub(super) fn take(&self, secrets: &Secrets, now: SystemTime) -> bool {
        let mut before = self.lock();
        let all = in_force(&self.own, secrets, now);
        let is_new = !is_same(&before.all, &all);
        if is_new {
            self.put(&all);
        }
        *before = InForce { secrets: secrets.clone(), all };
        drop(before);
        // What expires may be another one now.
        self.changed.notify_one();
        is_new
    }

    /// The same for what stands in a file, and says it in the log. If nothing there verifies anything, what
    /// was before stays.
    pub(super) fn take_from(&self, file: &str, secrets: &Secrets, now: SystemTime) {
        if self.is_unsigned {
            return;
        }
        let all = in_force(&self.own, secrets, now);
        if all.is_empty() {
            self.notice(&format!("{file}: there is no secret in it; the secrets before stay in force"));
        } else if self.take(secrets, now) {
            let fingerprints: Vec<_> = all.iter().map(Secret::fingerprint).collect();
            self.notice(&format!("{file}: the secrets {} are in force", fingerprints.join(", ")));
        }
    }

    /// Takes out of force what has expired.
    pub(super) fn expire(&self, now: SystemTime) {
        let mut before = self.lock();
        let all = in_force(&self.own, &before.secrets, now);
        if !self.is_unsigned && !is_same(&before.all, &all) {
            self.put(&all);
            for secret in before.all.iter().filter(|secret| !all.iter().any(|other| other.is_same(secret))) {
                self.notice(&format!("the secret {} has expired", secret.fingerprint()));
            }
            before.all = all;
        }
    }

    /// Waits until it is time to look whether something has changed or expired, and says whether the file
    /// is another one; `None` once the receiver stops.
    pub(super) async fn wait(&self, file: Option<&mut Watched>) -> Option<bool> {
        let look = async {
            match file {
                Some(file) => file.look().await,
                // Without a file there is nothing to look for until an old secret may expire.
                None => {
                    while !self.has_old() {
                        self.changed.notified().await;
                    }
                    tokio::time::sleep(Watched::LOOK_EVERY).await;
                    false
                }
            }
        };
        tokio::select! {
            is_new = look => Some(is_new),
            () = self.receiver.stopping() => None,
        }
    }

    pub(super) fn notice(&self, notice: &str) {
        self.receiver.notice(notice);
    }

    fn has_old(&self) -> bool {
        let now = SystemTime::now();
        let before = self.lock();
        let has_old = before.secrets.previous().any(|(_, until)| until > now);
        has_old || before.all.len() != in_force(&self.own, &before.secrets, now).len()
    }

    fn put(&self, all: &[Secret]) {
        if !self.is_unsigned {
            let all = if all.is_empty() { std::slice::from_ref(&self.nobodys) } else { all };
            // Nothing else can be wrong with a list of secrets than that it is empty.
            let _ = self.receiver.change_secrets(all.to_vec());
        }
    }

    fn lock(&self) -> MutexGuard<'_, InForce> {
        // Nothing that is half done could be seen here after a panic.
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(before: &[Secret], all: &[Secret]) -> bool {
    before.len() == all.len() && before.iter().zip(all).all(|(a, b)| a.is_same(b))
}

/// One's own and then the settings' that are good, each once: a second time would cost each request a hash.
fn in_force(own: &[Secret], secrets: &Secrets, now: SystemTime) -> Vec<Secret> {
    let mut all: Vec<Secret> = Vec::new();
    for secret in own.iter().chain(secrets.valid(now)) {
        if !all.iter().any(|other| other.is_same(secret)) {
            all.push(secret.clone());
        }
    }
    all
}
