//! Endpoints that answer by a script, on a simulated clock.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use chatislav_dispatcher::engine::{Carry, Clock, Notice, Rules, SimulatedClock, Summary, run};
use chatislav_dispatcher::outbox::Outbox;
use chatislav_dispatcher::{Attempt, BoxFuture, Request};
use chatislav_webhooks::Outcome;

use super::second;

/// Endpoints that answer by a script, on the simulated clock.
pub(super) struct World<F> {
    pub(super) clock: SimulatedClock,
    answer: F,
    requests: Mutex<Vec<(Duration, String)>>,
    flights: Mutex<HashMap<String, Flights>>,
}

/// What there was to one path.
#[derive(Default)]
struct Flights {
    all: usize,
    now: usize,
    most: usize,
}

impl<F: Fn(&str, usize) -> (Outcome, Duration) + Send + Sync> World<F> {
    /// `answer` is asked with the path and how many requests went there before.
    pub(super) fn new(answer: F) -> Self {
        let clock = SimulatedClock::new(second(0));
        World { clock, answer, requests: Mutex::default(), flights: Mutex::default() }
    }

    pub(super) fn run(&self, outbox: &dyn Outbox, rules: &Rules, seed: u64) -> Summary {
        self.run_watched(outbox, rules, seed, &mut |_| {})
    }

    pub(super) fn run_watched(
        &self,
        outbox: &dyn Outbox,
        rules: &Rules,
        seed: u64,
        watch: &mut (dyn FnMut(Notice<'_>) + Send),
    ) -> Summary {
        let mut state = seed << 32;
        let mut entropy = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            state
        };
        let run = run(outbox, self, &self.clock, rules, &mut entropy, watch, std::future::pending());
        self.clock.run(run).expect("it waits for time alone").unwrap()
    }

    /// What was sent, at which time since the beginning.
    pub(super) fn requests(&self) -> Vec<(Duration, String)> {
        self.requests.lock().unwrap().clone()
    }

    /// How many were in flight at once to this path.
    pub(super) fn most_in_flight(&self, path: &str) -> usize {
        self.flights.lock().unwrap()[path].most
    }
}

impl<F: Fn(&str, usize) -> (Outcome, Duration) + Send + Sync> Carry for World<F> {
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let path = request.target().path_and_query().to_owned();
            let since = self.clock.now().duration_since(second(0)).unwrap();
            self.requests.lock().unwrap().push((since, path.clone()));
            let before = {
                let mut flights = self.flights.lock().unwrap();
                let flights = flights.entry(path.clone()).or_default();
                (flights.all, flights.now) = (flights.all + 1, flights.now + 1);
                flights.most = flights.most.max(flights.now);
                flights.all - 1
            };
            let (outcome, duration) = (self.answer)(&path, before);
            self.clock.sleep_until(self.clock.now() + duration).await;
            self.flights.lock().unwrap().get_mut(&path).unwrap().now -= 1;
            Attempt::simulated(outcome, duration)
        })
    }
}
