//! A Webhooks screen that says what a test has put into its mouth.

use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use chatislav_receiver::screen::{
    BoxFuture, NotSaved, NotSent, Regenerated, Save, Screen, Sending, Shown, TestEvent, Told,
};
use chatislav_webhooks::Settings;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;

/// Saves whatever it is given, unless it is told to fail.
#[derive(Default)]
pub(crate) struct Showing {
    pub(crate) settings: Mutex<Settings>,
    pub(crate) saved: Mutex<Vec<Save>>,
    pub(crate) kept: Mutex<Vec<Duration>>,
    pub(crate) fails: Mutex<Option<NotSaved>>,
    pub(crate) sent: Mutex<Vec<TestEvent>>,
    /// Whether deliveries end only when they are dropped.
    pub(crate) hangs: Mutex<bool>,
    /// Comes back when such a delivery was dropped.
    pub(crate) dropped: Mutex<Vec<oneshot::Receiver<()>>>,
}

impl Showing {
    fn shown(&self) -> Result<Shown, NotSaved> {
        let settings = self.settings.lock().unwrap().clone();
        let shown =
            Shown { settings, file: Some("/a/b.toml".into()), saved: true, revision: "r".into(), allow_local: false };
        self.fails.lock().unwrap().clone().map_or(Ok(shown), Err)
    }
}

impl Screen for Showing {
    fn show(&self) -> BoxFuture<'_, Result<Shown, NotSaved>> {
        Box::pin(async { self.shown() })
    }

    fn save(&self, save: Save) -> BoxFuture<'_, Result<Shown, NotSaved>> {
        self.saved.lock().unwrap().push(save);
        Box::pin(async { self.shown() })
    }

    fn regenerate(&self, _: String, keep: Duration) -> BoxFuture<'_, Result<Regenerated, NotSaved>> {
        self.kept.lock().unwrap().push(keep);
        Box::pin(async move {
            let mut shown = self.shown()?;
            let text = shown.settings.secrets.regenerate(&[7; 32], UNIX_EPOCH, keep);
            Ok(Regenerated { text, shown })
        })
    }

    fn sample(&self, event: &str) -> Option<String> {
        (event == "lead_collection").then(|| "{\"event\": \"lead_collection\", \"data\": {}}".to_owned())
    }

    fn send(&self, event: TestEvent) -> BoxFuture<'_, Result<Sending, NotSent>> {
        self.sent.lock().unwrap().push(event);
        let (tell, told) = unbounded_channel();
        let told_of = |event, line: &str| tell.send(Told { event, line: line.to_owned() }).unwrap();
        told_of("sending", "{\"v\":1,\"type\":\"sending\"}\n");
        let (held, dropped) = oneshot::channel::<()>();
        self.dropped.lock().unwrap().push(dropped);
        let hangs = *self.hangs.lock().unwrap();
        let delivery = Box::pin(async move {
            let _held = held;
            if hangs {
                std::future::pending::<()>().await;
            }
            tell.send(Told { event: "delivery", line: "{\"v\":1,\"type\":\"delivery\"}\n".to_owned() }).unwrap();
        });
        Box::pin(async move { Ok(Sending { delivery, told }) })
    }
}
