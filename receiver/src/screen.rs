//! The Webhooks screen behind the console: what the control API asks of whoever keeps the settings and
//! sends by them. The receiver itself does neither.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use chatislav_webhooks::settings::{Form, InvalidSettings};
use chatislav_webhooks::target::Rule;
use chatislav_webhooks::{Error, Settings};
use tokio::sync::mpsc::UnboundedReceiver;
use zeroize::Zeroizing;

/// A future in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The screen of one webhook.
pub trait Screen: Send + Sync {
    /// What it shows now.
    fn show(&self) -> BoxFuture<'_, Result<Shown, NotSaved>>;

    /// The Save button: judges the form as the sender would, and puts it in force.
    fn save(&self, save: Save) -> BoxFuture<'_, Result<Shown, NotSaved>>;

    /// The button of the secret: makes a new one, which is saved and signs at once. The one before verifies
    /// for as long as `keep`. The text of the new one is told here and never again.
    fn regenerate(&self, revision: String, keep: Duration) -> BoxFuture<'_, Result<Regenerated, NotSaved>>;

    /// The body of a sample event; `None` where there is none of this name.
    fn sample(&self, event: &str) -> Option<String>;

    /// Begins to send an event by the saved settings.
    fn send(&self, event: TestEvent) -> BoxFuture<'_, Result<Sending, NotSent>>;
}

/// What a screen shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The settings in force.
    pub settings: Settings,
    /// The file that keeps them; `None` where they are kept as long as the receiver runs.
    pub file: Option<PathBuf>,
    /// Whether they were saved; else they are filled in and wait for it.
    pub saved: bool,
    /// What tells this state from those before and after.
    pub revision: String,
    /// Whether events may be sent to this machine. It is a choice of this console, and in no file.
    pub allow_local: bool,
}

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct Save {
    /// The state in which the form was filled in.
    pub revision: String,
    /// Its fields.
    pub form: Form,
    /// As in [`Shown`].
    pub allow_local: bool,
}

/// A new secret.
pub struct Regenerated {
    /// Its text.
    pub text: Zeroizing<String>,
    /// What the screen shows with it.
    pub shown: Shown,
}

/// Why nothing was saved, or cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// The settings are others by now than those that were shown.
    Changed,
    /// A field says what cannot be saved.
    Invalid(InvalidSettings),
    /// The guard refuses the URL.
    Blocked {
        /// The rule by which it does.
        rule: Rule,
        /// How it could be sent to all the same, in a sentence.
        way_through: Option<String>,
        /// Whether [`Save::allow_local`] would let it through.
        allow_local_helps: bool,
    },
    /// The file cannot be read, or says what cannot be: a sentence that names it.
    Unreadable(String),
    /// The file cannot be written: a sentence that names it.
    Failed(String),
}

/// An event to send.
#[derive(Clone)]
pub struct TestEvent {
    /// It is sent byte for byte.
    pub body: Bytes,
    /// How many times faster the delays between attempts pass.
    pub time_scale: f64,
}

/// A delivery that has begun.
pub struct Sending {
    /// Drives it to its end; dropping it ends it there.
    pub delivery: BoxFuture<'static, ()>,
    /// What is told meanwhile.
    pub told: UnboundedReceiver<Told>,
}

/// Something that is told of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `sending`, `attempt` or `delivery`.
    pub event: &'static str,
    /// A JSON object on one line.
    pub line: String,
}

/// Why nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The body is no event, so the settings cannot say whether it is sent.
    NoEvent(Error),
    /// As [`NotSaved::Unreadable`], or no request can be made of the settings.
    Unreadable(String),
}

impl fmt::Debug for Regenerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regenerated").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl fmt::Debug for TestEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestEvent({} bytes)", self.body.len())
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}
