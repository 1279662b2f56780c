//! Feeds and sends at once, until all has ended or nobody waits any longer.

use std::convert::Infallible;
use std::sync::mpsc;
use std::time::Duration;

use chatislav_dispatcher::BoxFuture;
use chatislav_dispatcher::engine::{Carry, Clock, Notice, Rules, run};
use chatislav_dispatcher::outbox::{Ledger, Outbox};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::book::Book;
use super::feed::{Fed, Feed};
use super::steady::SteadyClock;
use super::watch::Watch;
use crate::exit::Failure;
use crate::outbox::failed;
use crate::runtime;

/// What was begun has so long to end once nothing more is waited for.
const LAST: Duration = Duration::from_secs(1);
/// The progress line is written anew after so long.
const TICK: Duration = Duration::from_millis(200);
/// After so many ticks, what has ended is forgotten.
const PRUNE: u32 = 5;

/// An outbox whose books can be read.
pub(super) trait Store: Outbox + Ledger {}

impl<T: Outbox + Ledger> Store for T {}

pub(super) struct Drive<'a> {
    pub(super) store: &'a dyn Store,
    /// Whether the outbox may forget what has ended.
    pub(super) forgets: bool,
    pub(super) carrier: &'a dyn Carry,
    pub(super) rules: &'a Rules,
    pub(super) clock: SteadyClock,
    pub(super) book: &'a Book,
    pub(super) watch: &'a Watch<'a>,
    /// From the start to the end of all patience.
    pub(super) patience: Duration,
}

/// Why nothing more is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    AllEnded,
    GraceOver,
    Interrupted,
}

impl Drive<'_> {
    /// Runs the feed on a thread of its own, and sends on this one.
    pub(super) fn run(
        &self,
        runtime: &Runtime,
        feed: &Feed<'_>,
        entropy: &mut (dyn FnMut() -> u64 + Send),
    ) -> Result<(Ending, Fed), Failure> {
        std::thread::scope(|scope| {
            let (go_on, stopped) = mpsc::channel();
            let interruption = runtime.block_on(async { runtime::interruption() })?;
            let feeder = scope.spawn(move || feed.run(&stopped));
            let ending = runtime.block_on(self.send(feed, go_on, interruption, entropy))?;
            let fed = feeder.join().map_err(|_| Failure::failed("the thread that offers has ended"))?;
            Ok((ending, fed))
        })
    }

    async fn send(
        &self,
        feed: &Feed<'_>,
        go_on: mpsc::Sender<Infallible>,
        interruption: impl Future<Output = ()>,
        entropy: &mut (dyn FnMut() -> u64 + Send),
    ) -> Result<Ending, Failure> {
        let stop = Notify::new();
        let mut hear = |notice: Notice<'_>| self.watch.hear(&notice);
        let engine = run(self.store, self.carrier, &self.clock, self.rules, entropy, &mut hear, stop.notified());
        let mut engine = std::pin::pin!(engine);
        let over = feed.start.checked_add(self.patience);
        let grace_over: BoxFuture<'_, ()> = match over {
            Some(over) => self.clock.sleep_until(over),
            None => Box::pin(std::future::pending()),
        };
        let ending = tokio::select! {
            ended = &mut engine => {
                // It goes on until it is told to stop, unless it could not begin.
                ended.map_err(failed)?;
                return Ok(Ending::AllEnded);
            }
            () = self.book.balanced() => Ending::AllEnded,
            () = grace_over => Ending::GraceOver,
            () = interruption => Ending::Interrupted,
            () = self.tick(feed) => Ending::AllEnded,
        };
        drop(go_on);
        stop.notify_one();
        // What hangs is cut off: it counts as unfinished.
        let _ = tokio::time::timeout(LAST, engine).await;
        Ok(ending)
    }

    /// Shows how it goes, and keeps the memory bounded. It never ends.
    async fn tick(&self, feed: &Feed<'_>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut count = 0;
        loop {
            ticks.tick().await;
            let now = self.clock.now();
            self.watch.show(now.duration_since(feed.start).unwrap_or_default());
            count = (count + 1) % PRUNE;
            if self.forgets && count == 0 {
                // If it fails, it is asked again.
                let _ = self.store.prune(now).await;
            }
        }
    }
}
