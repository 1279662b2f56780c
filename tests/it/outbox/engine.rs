//! The engine on a simulated clock: hours in moments, and the same each time.

mod bounds;
mod world;

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use chatislav_dispatcher::BoxFuture;
use chatislav_dispatcher::engine::{Clock, Notice, Rules, SimulatedClock, Summary, run};
use chatislav_dispatcher::outbox::{
    ClaimRules, Claims, DeliveryId, Import, Lease, Ledger, MemoryOutbox, NewDelivery, Outbox, OutboxError, Settlement,
    State, Trouble,
};
use chatislav_webhooks::{Outcome, Phase, Profile, Schedule};

use super::{endpoint, lead, leads, second};
use world::World;

fn rules(concurrency: usize) -> Rules {
    Rules {
        concurrency: NonZeroUsize::new(concurrency).unwrap(),
        claims: ClaimRules::default(),
        profile: Profile::chatislav(),
        drain: true,
    }
}

fn enqueue(outbox: &dyn Outbox, deliveries: Vec<NewDelivery>) {
    let clock = SimulatedClock::new(second(0));
    clock.run(outbox.enqueue(deliveries, None)).unwrap().unwrap();
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// The schedule of svix, 27.6 hours, to a thousand endpoints that are down for as long or for a while.
fn a_day(seed: u64) -> (Vec<(Duration, String)>, Summary, SystemTime) {
    let outbox = MemoryOutbox::new();
    for number in 0..1_000 {
        enqueue(&outbox, leads(&endpoint(&format!("http://10.0.0.1/{number}")), 1));
    }
    let world = World::new(|path, before| {
        let number: usize = path[1..].parse().unwrap();
        let outcome = if before >= number % 10 { Outcome::Success(200) } else { Outcome::ServerError(503) };
        (outcome, MILLISECOND * 20)
    });
    let delays = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map(Duration::from_secs).to_vec();
    let profile = Profile::from(Schedule { delays, ..Schedule::default() });
    let summary = world.run(&outbox, &Rules { profile, ..rules(64) }, seed);
    (world.requests(), summary, world.clock.now())
}

#[test]
fn a_schedule_of_27_hours_with_a_thousand_endpoints_passes_in_moments_and_the_same_each_time() {
    let (requests, summary, end) = a_day(7);
    // Of ten endpoints the last two are down longer than eight attempts.
    assert_eq!((summary.delivered, summary.exhausted, summary.failed), (800, 200, 0));
    assert_eq!(summary.attempts, requests.len() as u64);
    assert_eq!(requests.len(), 100 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 8 + 8));
    let hours = end.duration_since(second(0)).unwrap().as_secs_f64() / 3_600.0;
    assert!((25.0..31.0).contains(&hours), "{hours}");

    assert!(a_day(7).0 == requests);
    assert!(a_day(8).0 != requests, "another seed, another jitter");
}

#[test]
fn delays_count_from_the_end_of_an_attempt_and_stay_within_the_jitter() {
    let outbox = MemoryOutbox::new();
    enqueue(&outbox, leads(&endpoint("http://10.0.0.1/"), 1));
    let world = World::new(|_, _| (Outcome::Timeout(Phase::Headers), Duration::from_secs(30)));
    let summary = world.run(&outbox, &rules(8), 1);
    assert_eq!((summary.attempts, summary.exhausted), (6, 1));
    let at: Vec<f64> = world.requests().iter().map(|(at, _)| at.as_secs_f64()).collect();
    for (pair, delay) in at.windows(2).zip([5.0, 30.0, 120.0, 600.0, 3_600.0]) {
        let waited = pair[1] - pair[0] - 30.0;
        assert!((waited - delay).abs() <= delay * 0.1 + 1e-6, "{waited} instead of {delay}");
    }
}

#[test]
fn an_endpoint_that_times_out_costs_the_others_nothing() {
    let fast = |dead: usize| {
        let outbox = MemoryOutbox::new();
        enqueue(&outbox, leads(&endpoint("http://10.0.0.1/dead"), dead));
        enqueue(&outbox, leads(&endpoint("http://10.0.0.1/good"), 1_000));
        let world = World::new(|path, _| match path {
            "/dead" => (Outcome::Timeout(Phase::Connect), Duration::from_secs(30)),
            _ => (Outcome::Success(200), MILLISECOND * 10),
        });
        world.run(&outbox, &rules(64), 1);
        if dead > 0 {
            assert_eq!(world.most_in_flight("/dead"), 16, "its cap");
        }
        world.requests().iter().filter(|(_, path)| path == "/good").map(|(at, _)| *at).max().unwrap()
    };
    assert_eq!(fast(1_000), fast(0));
}

#[test]
fn no_more_are_in_flight_than_the_rules_say() {
    let outbox = MemoryOutbox::new();
    for number in 0..10 {
        enqueue(&outbox, leads(&endpoint(&format!("http://10.0.0.1/{number}")), 30));
    }
    let all = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let world = World::new(|_, _| (Outcome::Success(200), MILLISECOND));
    let (now, most) = (&all.0, &all.1);
    let summary = world.run_watched(&outbox, &rules(7), 1, &mut |notice| match notice {
        Notice::Sending(_) => {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        Notice::Sent(_) => {
            now.fetch_sub(1, Ordering::Relaxed);
        }
        _ => {}
    });
    assert_eq!((summary.delivered, most.load(Ordering::Relaxed)), (300, 7));
}

#[test]
fn in_order_means_in_order() {
    let outbox = MemoryOutbox::new();
    let to = endpoint("http://10.0.0.1/");
    enqueue(&outbox, leads(&to, 20));
    let world = World::new(|_, before| {
        let outcome = if before % 3 == 2 { Outcome::Success(200) } else { Outcome::ServerError(500) };
        (outcome, MILLISECOND)
    });
    let mut order = Vec::new();
    let claims = ClaimRules { ordered: true, ..ClaimRules::default() };
    world.run_watched(&outbox, &Rules { claims, ..rules(16) }, 1, &mut |notice| {
        if let Notice::Kept(kept) = notice {
            order.push(kept.delivery.id.0);
        }
    });
    let thrice: Vec<u64> = (1..=20).flat_map(|id| [id; 3]).collect();
    assert_eq!(order, thrice);
}

#[test]
fn a_rate_spreads_what_is_sent() {
    let outbox = MemoryOutbox::new();
    enqueue(&outbox, leads(&endpoint("http://10.0.0.1/"), 50));
    let world = World::new(|_, _| (Outcome::Success(200), MILLISECOND));
    let claims = ClaimRules { rate: Some(10.0), per_endpoint: NonZeroU32::new(50).unwrap(), ..ClaimRules::default() };
    world.run(&outbox, &Rules { claims, ..rules(64) }, 1);
    let gaps: Vec<_> = world.requests().windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps.iter().all(|gap| *gap >= MILLISECOND * 99), "{gaps:?}");
    assert!(world.requests().last().unwrap().0 < Duration::from_millis(5_000));
}

#[test]
fn what_cannot_be_a_request_fails_and_is_told() {
    let outbox = MemoryOutbox::new();
    let broken = NewDelivery { signature: Some("line\nbreak".to_owned()), ..lead(&endpoint("http://10.0.0.1/")) };
    enqueue(&outbox, vec![broken]);
    let world = World::new(|_, _| unreachable!("nothing can be sent"));
    let summary = world.run(&outbox, &rules(1), 1);
    assert_eq!((summary.failed, summary.attempts), (1, 1));
    let record = world.clock.run(outbox.attempts(DeliveryId(1))).unwrap().unwrap().remove(0);
    assert_eq!((record.status, record.decision.as_str()), (None, "failed"));
    assert!(record.error.unwrap().contains("cannot be sent as a header"));
}

/// An outbox whose disk is full for a while.
struct Full<'a> {
    outbox: &'a MemoryOutbox,
    clock: SimulatedClock,
    /// Between these seconds.
    from: u64,
    until: u64,
}

impl Full<'_> {
    fn is_full(&self) -> bool {
        (second(self.from)..second(self.until)).contains(&self.clock.now())
    }
}

/// What a full disk says.
fn full<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, OutboxError>> {
    Box::pin(async { Err(OutboxError::new(Trouble::Full, "the disk is full")) })
}

impl Outbox for Full<'_> {
    fn enqueue(
        &self,
        deliveries: Vec<NewDelivery>,
        import: Option<Import>,
    ) -> BoxFuture<'_, Result<Vec<DeliveryId>, OutboxError>> {
        self.outbox.enqueue(deliveries, import)
    }

    fn claim(&self, now: SystemTime, rules: ClaimRules, limit: usize) -> BoxFuture<'_, Result<Claims, OutboxError>> {
        if self.is_full() { full() } else { self.outbox.claim(now, rules, limit) }
    }

    fn settle(&self, settlement: Settlement) -> BoxFuture<'_, Result<(), OutboxError>> {
        if self.is_full() { full() } else { self.outbox.settle(settlement) }
    }

    fn give_back(&self, id: DeliveryId, lease: Lease) -> BoxFuture<'_, Result<(), OutboxError>> {
        if self.is_full() { full() } else { self.outbox.give_back(id, lease) }
    }

    fn recover(&self) -> BoxFuture<'_, Result<u64, OutboxError>> {
        self.outbox.recover()
    }

    fn changed(&self) -> BoxFuture<'_, ()> {
        self.outbox.changed()
    }
}

#[test]
fn a_full_disk_stops_the_sending_and_loses_nothing() {
    let outbox = MemoryOutbox::new();
    enqueue(&outbox, leads(&endpoint("http://10.0.0.1/"), 100));
    let world = World::new(|_, before| (Outcome::Success(200), MILLISECOND * (500 + 37 * before as u32)));
    let full = Full { outbox: &outbox, clock: world.clock.clone(), from: 1, until: 60 };
    let (mut stuck, mut goes_on, mut kept) = (0, 0, 0);
    let summary = world.run_watched(&full, &rules(8), 1, &mut |notice| match notice {
        Notice::Stuck(error) => {
            assert_eq!(error.trouble, Trouble::Full);
            stuck += 1;
        }
        Notice::GoesOn => goes_on += 1,
        Notice::Sending(_) => assert_eq!((stuck > 0) as u32, goes_on, "nothing new is sent"),
        Notice::Kept(_) => kept += 1,
        _ => {}
    });
    assert_eq!((summary.delivered, summary.attempts, kept), (100, 100, 100), "each was sent once");
    assert!(stuck > 50 && goes_on == 1, "{stuck} {goes_on}");
    let during = world.requests().iter().filter(|(at, _)| (2..60).contains(&at.as_secs())).count();
    assert_eq!(during, 0, "what is sent could not be kept");
}

#[test]
fn who_is_told_to_stop_ends_what_was_begun_and_gives_back_the_rest() {
    let outbox = MemoryOutbox::new();
    enqueue(&outbox, leads(&endpoint("http://10.0.0.1/"), 100));
    let world = World::new(|_, _| (Outcome::ServerError(503), Duration::from_secs(10)));
    let rules = Rules { drain: false, ..rules(4) };
    let stop = world.clock.sleep_until(second(15));
    let (mut entropy, mut watch) = (|| 1 << 63, |_: Notice<'_>| {});
    let run = run(&outbox, &world, &world.clock, &rules, &mut entropy, &mut watch, stop);
    let summary = world.clock.run(run).unwrap().unwrap();
    assert_eq!((summary.attempts, summary.unkept), (8, 0));
    assert_eq!(world.clock.now(), second(20), "it waited for those in flight and for nothing else");
    let counts = world.clock.run(outbox.counts()).unwrap().unwrap();
    assert_eq!(counts, [(State::Waiting, 100)], "nothing is lent any more");
}

#[test]
fn what_is_enqueued_while_it_runs_is_sent() {
    let outbox = MemoryOutbox::new();
    let world = World::new(|_, _| (Outcome::Success(200), MILLISECOND));
    let rules = Rules { drain: false, ..rules(4) };
    let later = async {
        world.clock.sleep_until(second(30)).await;
        outbox.enqueue(leads(&endpoint("http://10.0.0.1/"), 3), None).await.unwrap();
        world.clock.sleep_until(second(31)).await;
    };
    let (mut entropy, mut watch) = (|| 0, |_: Notice<'_>| {});
    let run = run(&outbox, &world, &world.clock, &rules, &mut entropy, &mut watch, later);
    assert_eq!(world.clock.run(run).unwrap().unwrap().delivered, 3);
    assert_eq!(world.requests()[0].0, Duration::from_secs(30));
}
