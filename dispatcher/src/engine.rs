//! Sends what an outbox holds, until it is told to stop.
//!
//! One future does it, without a task of its own for each attempt: so it runs on any runtime, and on
//! a [`SimulatedClock`] without one. It claims deliveries, attempts so many at once, asks the profile what comes
//! next, and lets the outbox keep that. An attempt is told only once it is kept.

mod clock;
mod notice;
mod simulated;
mod summary;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use chatislav_webhooks::{Profile, Step};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::BoxFuture;
use crate::attempt::{Attempt, Dispatcher};
use crate::outbox::{ClaimRules, Claimed, Claims, Outbox, OutboxError, Record, Settlement, Trouble};
use crate::request::{InvalidRequest, Request};

pub use clock::{Clock, SystemClock};
pub use notice::{Kept, Notice};
pub use simulated::SimulatedClock;
pub use summary::Summary;

/// After so long an outbox that could not be written is tried again.
const PATIENCE: Duration = Duration::from_secs(1);

/// No more are claimed while the bodies of those that were have so many bytes together.
const HELD: usize = 256 * 1024 * 1024;

/// Makes one attempt: the [`Dispatcher`], or what a simulation puts in its place.
pub trait Carry: Send + Sync {
    /// Attempts the request once.
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Attempt>;
}

impl Carry for Dispatcher {
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Attempt> {
        Box::pin(self.attempt(request))
    }
}

/// How an outbox is emptied.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many attempts are made at once.
    pub concurrency: NonZeroUsize,
    /// What bounds those of one endpoint.
    pub claims: ClaimRules,
    /// The sender's policy.
    pub profile: Profile,
    /// Whether to end once nothing waits any more, instead of waiting for more.
    pub drain: bool,
}

/// Sends what the outbox holds: until nothing waits any more, if it is to drain it, and else until `stop`
/// ends. Then no further attempt is begun, and those that were are waited for.
///
/// `entropy` gives the number for each delay's jitter.
///
/// # Errors
/// [`OutboxError`] if what an earlier run had lent cannot be taken back, or if the outbox is closed or lends
/// nothing to this one. Other trouble is told and waited for.
pub async fn run(
    outbox: &dyn Outbox,
    carrier: &dyn Carry,
    clock: &dyn Clock,
    rules: &Rules,
    entropy: &mut (dyn FnMut() -> u64 + Send),
    watch: &mut (dyn FnMut(Notice<'_>) + Send),
    stop: impl Future<Output = ()> + Send,
) -> Result<Summary, OutboxError> {
    watch(Notice::Recovered(outbox.recover().await?));
    let mut engine = Engine {
        outbox,
        carrier,
        clock,
        rules,
        profile_hash: rules.profile.hash(),
        work: FuturesUnordered::new(),
        ready: VecDeque::new(),
        held: 0,
        attempting: 0,
        settling: 0,
        stuck: 0,
        is_stuck: false,
        is_claiming: false,
        may_claim: true,
        is_stopping: false,
        next: None,
        end: None,
        summary: Summary::default(),
    };
    let mut stop = std::pin::pin!(stop);
    let mut changed = outbox.changed();
    loop {
        engine.begin(watch);
        if let Some(error) = engine.end.take() {
            return Err(error);
        }
        if engine.is_done() {
            return Ok(engine.summary);
        }
        let timer = engine.timer();
        tokio::select! {
            biased;
            Some(work) = engine.work.next(), if !engine.work.is_empty() => engine.take(work, entropy, watch),
            () = &mut stop, if !engine.is_stopping => engine.is_stopping = true,
            () = &mut changed => {
                changed = outbox.changed();
                engine.may_claim = true;
            }
            () = timer => engine.may_claim = true,
        }
    }
}

/// A piece of work that is done.
enum Done {
    Claimed(Result<Claims, OutboxError>),
    Attempted { delivery: Box<Claimed>, started: SystemTime, attempt: Box<Result<Attempt, InvalidRequest>> },
    Settled { kept: Box<Kept>, settlement: Settlement, outcome: Result<(), OutboxError>, is_again: bool },
    GivenBack,
}

struct Engine<'a> {
    outbox: &'a dyn Outbox,
    carrier: &'a dyn Carry,
    clock: &'a dyn Clock,
    rules: &'a Rules,
    profile_hash: String,
    work: FuturesUnordered<Pin<Box<dyn Future<Output = Done> + Send + 'a>>>,
    /// Claimed, and not begun.
    ready: VecDeque<Claimed>,
    /// How many bytes the bodies have that are claimed and not settled.
    held: usize,
    attempting: usize,
    settling: usize,
    /// How many wait until the outbox can be written.
    stuck: usize,
    /// Whether that was told, and not that it goes on.
    is_stuck: bool,
    is_claiming: bool,
    /// Whether a claim may bring something.
    may_claim: bool,
    is_stopping: bool,
    /// When a claim will bring something by time alone.
    next: Option<SystemTime>,
    /// What no patience helps against.
    end: Option<OutboxError>,
    summary: Summary,
}

impl<'a> Engine<'a> {
    /// Begins whatever can be begun.
    fn begin(&mut self, watch: &mut dyn FnMut(Notice<'_>)) {
        let concurrency = self.rules.concurrency.get();
        if self.is_stopping {
            while let Some(claimed) = self.ready.pop_front() {
                let returned = self.outbox.give_back(claimed.id, claimed.lease);
                self.work.push(Box::pin(async move {
                    // If it cannot be given back, the next run takes it back.
                    let _ = returned.await;
                    Done::GivenBack
                }));
            }
            return;
        }
        // What was sent and is not kept yet is bounded too, for a disk that is slower than the endpoints.
        while self.stuck == 0
            && self.attempting < concurrency
            && self.settling < concurrency.saturating_mul(2)
            && let Some(claimed) = self.ready.pop_front()
        {
            watch(Notice::Sending(&claimed));
            self.attempt(claimed);
        }
        // A claim waits for the disk, so some are lent ahead; few, since what is lent may not be sent by others.
        let wanted = concurrency.saturating_add(concurrency / 2).saturating_sub(self.attempting + self.ready.len());
        let has_room = wanted > 0 && wanted >= concurrency / 4 && self.held < HELD;
        if self.may_claim && !self.is_claiming && self.stuck == 0 && has_room {
            (self.is_claiming, self.may_claim) = (true, false);
            let claims = self.outbox.claim(self.clock.now(), self.rules.claims, wanted);
            self.work.push(Box::pin(async move { Done::Claimed(claims.await) }));
        }
    }

    fn is_done(&self) -> bool {
        let is_idle = self.work.is_empty() && self.ready.is_empty();
        let has_no_more = self.rules.drain && !self.may_claim && self.next.is_none();
        is_idle && (self.is_stopping || has_no_more)
    }

    /// Ends when a claim will bring something by time alone.
    fn timer(&self) -> BoxFuture<'a, ()> {
        match self.next {
            Some(at) if !self.may_claim && !self.is_claiming && !self.is_stopping => self.clock.sleep_until(at),
            _ => Box::pin(std::future::pending()),
        }
    }

    fn attempt(&mut self, delivery: Claimed) {
        self.attempting += 1;
        let (carrier, started) = (self.carrier, self.clock.now());
        let request =
            delivery.endpoint.request(delivery.body.clone(), delivery.signature.as_deref(), &self.rules.profile);
        self.work.push(Box::pin(async move {
            let attempt = match request {
                Ok(request) => Ok(carrier.carry(&request).await),
                Err(error) => Err(error),
            };
            Done::Attempted { delivery: Box::new(delivery), started, attempt: Box::new(attempt) }
        }));
    }

    fn take(&mut self, done: Done, entropy: &mut dyn FnMut() -> u64, watch: &mut dyn FnMut(Notice<'_>)) {
        match done {
            Done::Claimed(Ok(claims)) => {
                self.is_claiming = false;
                self.may_claim |= claims.is_full;
                self.next = claims.next;
                self.held += claims.deliveries.iter().map(|claimed| claimed.body.len()).sum::<usize>();
                self.ready.extend(claims.deliveries);
                self.goes_on(watch);
                claims.unreadable.iter().for_each(|what| watch(Notice::Unreadable(what)));
            }
            Done::Claimed(Err(error)) if matches!(error.trouble, Trouble::Closed | Trouble::Refused) => {
                self.end = Some(error);
            }
            Done::Claimed(Err(error)) => {
                self.is_stuck = true;
                watch(Notice::Stuck(&error));
                // Nothing was lent, and in a while it is asked again.
                self.is_claiming = false;
                self.next = self.clock.now().checked_add(PATIENCE);
            }
            Done::Attempted { delivery, started, attempt } => {
                self.attempting -= 1;
                self.summary.attempts += 1;
                watch(Notice::Sent(&delivery));
                self.settle(*delivery, started, *attempt, entropy());
            }
            Done::Settled { kept, settlement, outcome, is_again } => {
                self.settled(kept, settlement, outcome, is_again, watch);
            }
            Done::GivenBack => {}
        }
    }

    /// Asks what comes next, and lets it be kept.
    fn settle(
        &mut self,
        delivery: Claimed,
        started: SystemTime,
        attempt: Result<Attempt, InvalidRequest>,
        entropy: u64,
    ) {
        let (number, at) = (delivery.attempts.saturating_add(1), self.clock.now());
        let step = match &attempt {
            Ok(attempt) => self.rules.profile.step(number, attempt.outcome, attempt.retry_after, at, entropy),
            // It will never be one.
            Err(_) => Step::Failed,
        };
        let record = Record::of(&delivery, number, started, &attempt, &self.profile_hash, step);
        let settlement = Settlement { id: delivery.id, lease: delivery.lease, record, step, at };
        let kept = Box::new(Kept { delivery, number, started, attempt, step });
        self.settling += 1;
        self.keep(kept, settlement, None);
    }

    /// Lets the outbox keep it; after a while, if it could not before.
    fn keep(&mut self, kept: Box<Kept>, settlement: Settlement, after: Option<SystemTime>) {
        let (outbox, clock) = (self.outbox, self.clock);
        // Asked before the next claim is, so that what is lent then is lent once this is kept.
        let asked = after.is_none().then(|| outbox.settle(settlement.clone()));
        self.work.push(Box::pin(async move {
            if let Some(at) = after {
                clock.sleep_until(at).await;
            }
            let asked = asked.unwrap_or_else(|| outbox.settle(settlement.clone()));
            let outcome = asked.await;
            Done::Settled { kept, settlement, outcome, is_again: after.is_some() }
        }));
    }

    fn settled(
        &mut self,
        kept: Box<Kept>,
        settlement: Settlement,
        outcome: Result<(), OutboxError>,
        is_again: bool,
        watch: &mut dyn FnMut(Notice<'_>),
    ) {
        self.stuck -= usize::from(is_again);
        let size = kept.delivery.body.len();
        match outcome {
            Ok(()) => {
                self.summary.count(kept.step);
                watch(Notice::Kept(&kept));
            }
            Err(error) if error.trouble == Trouble::Fenced => watch(Notice::Fenced(&kept.delivery)),
            Err(error) if error.trouble == Trouble::Closed => self.end = Some(error),
            Err(error) => {
                self.is_stuck = true;
                watch(Notice::Stuck(&error));
                if !self.is_stopping {
                    self.stuck += 1;
                    return self.keep(kept, settlement, self.clock.now().checked_add(PATIENCE));
                }
                self.summary.unkept += 1;
                self.settling -= 1;
                self.held -= size;
                return;
            }
        }
        self.settling -= 1;
        self.held -= size;
        // Its endpoint has room for another.
        self.may_claim = true;
        self.goes_on(watch);
    }

    /// Tells that the outbox can be written again, once all that waited for it is kept.
    fn goes_on(&mut self, watch: &mut dyn FnMut(Notice<'_>)) {
        if self.stuck == 0 && std::mem::take(&mut self.is_stuck) {
            watch(Notice::GoesOn);
        }
    }
}
