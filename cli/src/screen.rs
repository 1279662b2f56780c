//! The Webhooks screen behind the console, of `listen` and `demo`.

mod delivery;
mod desk;
mod verifying;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chatislav_dispatcher::CertificateDer;
use chatislav_receiver::Handle;
use chatislav_receiver::screen::{BoxFuture, NotSaved, NotSent, Regenerated, Save, Screen, Sending, Shown, TestEvent};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::settings::Secrets;
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{Secret, Settings};

use self::desk::Desk;
use self::verifying::Verifying;
use crate::exit::Failure;
use crate::guard::Way;
use crate::output::Output;
use crate::runtime;
use crate::settings::{self, Unfit};

/// What a screen is made with, before there is a receiver.
pub(crate) struct Makings {
    /// The file of the settings; without one they live as long as the receiver.
    pub(crate) file: Option<PathBuf>,
    /// The secrets that the receiver verifies with whatever the settings say, newest first.
    pub(crate) own: Vec<Secret>,
    /// Those of the file at the start.
    pub(crate) secrets: Secrets,
    /// Whether the receiver takes what is not signed.
    pub(crate) is_unsigned: bool,
    /// What events may be sent to, beside this machine.
    pub(crate) guard: Guard,
    /// Whom to trust beside the platform's authorities.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) output: Output,
}

/// The screen, for the console; clones are the same one.
#[derive(Clone)]
pub(crate) struct WebhooksScreen(Arc<Parts>);

struct Parts {
    desk: Desk,
    guard: Guard,
    authorities: Vec<CertificateDer<'static>>,
    output: Output,
}

impl Makings {
    /// The screen of this receiver, which is reached at this URL.
    pub(crate) fn screen(self, receiver: Handle, url: &str) -> Result<WebhooksScreen, Failure> {
        let Makings { file, own, secrets, is_unsigned, guard, authorities, output } = self;
        // Whose secret is no text can sign with it elsewhere; no file of settings could hold it.
        let newest = own.first().cloned().and_then(Secrets::with_current).unwrap_or_default();
        let verifying = Verifying::new(receiver, own, secrets, is_unsigned)?;
        let desk = Desk::new(file, format!("{url}/hook"), newest, verifying)?;
        Ok(WebhooksScreen(Arc::new(Parts { desk, guard, authorities, output })))
    }
}

impl WebhooksScreen {
    /// Keeps the secrets that the receiver verifies with as the settings have them, until it stops.
    pub(crate) async fn follow(self) {
        let desk = &self.0.desk;
        let mut file = desk.watched();
        // It may have changed since the receiver began with it.
        let mut is_new = true;
        loop {
            if is_new {
                let screen = self.clone();
                let _ = tokio::task::spawn_blocking(move || screen.0.desk.read_again()).await;
            }
            desk.verifying.expire(SystemTime::now());
            is_new = match desk.verifying.wait(file.as_mut()).await {
                Some(is_new) => is_new,
                None => return,
            };
        }
    }

    /// Files and their locks are waited for where that holds up nobody.
    async fn at_desk<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Desk) -> Result<T, NotSaved> + Send + 'static,
    ) -> Result<T, NotSaved> {
        let screen = self.clone();
        let acted = tokio::task::spawn_blocking(move || act(&screen.0.desk)).await;
        acted.unwrap_or_else(|_| Err(NotSaved::Failed("the settings could not be reached".to_owned())))
    }

    fn guard(&self, allow_local: bool) -> Guard {
        Guard { allow_local, ..self.0.guard.clone() }
    }

    /// Judges as a save does, and says how what is refused could be sent to.
    async fn judge(&self, settings: &Settings, allow_local: bool) -> Result<(), NotSaved> {
        match settings::judge(settings, self.guard(allow_local), self.0.output).await {
            Ok(()) => Ok(()),
            Err(Unfit::Invalid(error)) => Err(NotSaved::Invalid(error)),
            Err(Unfit::Blocked(target, rule)) => {
                let way = Way::past(&target, rule);
                let (way_through, allow_local_helps) = match way {
                    Way::Local => ("let test events go to this machine".to_owned(), true),
                    Way::Network(_) | Way::Host(_) => (format!("start the receiver with {way}"), false),
                };
                Err(NotSaved::Blocked { rule, way_through: Some(way_through), allow_local_helps })
            }
        }
    }
}

impl Screen for WebhooksScreen {
    fn show(&self) -> BoxFuture<'_, Result<Shown, NotSaved>> {
        Box::pin(self.at_desk(Desk::shown))
    }

    fn save(&self, save: Save) -> BoxFuture<'_, Result<Shown, NotSaved>> {
        Box::pin(async move {
            let Save { revision, form, allow_local } = save;
            let filled = form.read(Secrets::default()).map_err(NotSaved::Invalid)?;
            self.judge(&filled, allow_local).await?;
            self.at_desk(move |desk| {
                desk.change(&revision, Some(allow_local), |_, secrets| Settings { secrets, ..filled })
            })
            .await
        })
    }

    fn regenerate(&self, revision: String, keep: Duration) -> BoxFuture<'_, Result<Regenerated, NotSaved>> {
        Box::pin(async move {
            let random = runtime::random().map_err(|failure| NotSaved::Failed(failure.message))?;
            self.at_desk(move |desk| {
                let mut text = None;
                let shown = desk.change(&revision, None, |stored, mut secrets| {
                    text = Some(secrets.regenerate(&random, SystemTime::now(), keep));
                    // What was only filled in waits for its own save.
                    Settings { secrets, ..stored.unwrap_or_default() }
                })?;
                Ok(Regenerated { text: text.unwrap_or_default(), shown })
            })
            .await
        })
    }

    fn sample(&self, event: &str) -> Option<String> {
        let sample = Sample::of(event, SystemTime::now(), runtime::entropy().ok()?)?;
        String::from_utf8(sample.to_body(JsonStyle::Python)).ok()
    }

    fn send(&self, event: TestEvent) -> BoxFuture<'_, Result<Sending, NotSent>> {
        Box::pin(async move {
            let shown = self.show().await.map_err(|error| match error {
                NotSaved::Unreadable(reason) | NotSaved::Failed(reason) => NotSent::Unreadable(reason),
                NotSaved::Changed | NotSaved::Invalid(_) | NotSaved::Blocked { .. } => {
                    NotSent::Unreadable("the settings cannot be shown".to_owned())
                }
            })?;
            let Parts { authorities, output, .. } = &*self.0;
            delivery::begin(shown.settings, self.guard(shown.allow_local), authorities.clone(), event, *output)
        })
    }
}
