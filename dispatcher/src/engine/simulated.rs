//! A time that passes when nothing else happens.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::SystemTime;

use super::Clock;
use crate::BoxFuture;

/// A clock that jumps to the next instant for which somebody waits, as soon as nothing else is left to
/// do: hours pass in moments, and in the same way each time.
///
/// It has a runner of its own, so nothing that is run on it may wait for anything but its time.
#[derive(Clone, Debug)]
pub struct SimulatedClock(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: SystemTime,
    /// Who waits for which instant, in the order in which they came.
    sleepers: BTreeMap<(SystemTime, u64), Waker>,
    newest: u64,
}

impl SimulatedClock {
    /// A clock that stands at this instant.
    pub fn new(now: SystemTime) -> Self {
        SimulatedClock(Arc::new(Mutex::new(Inner { now, sleepers: BTreeMap::new(), newest: 0 })))
    }

    /// Runs a future to its end; `None` if it waits for something else than this clock's time.
    pub fn run<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
            while !woken.0.swap(false, Ordering::AcqRel) {
                self.advance()?;
            }
        }
    }

    /// Goes on to the next instant for which somebody waits; `None` if nobody does.
    fn advance(&self) -> Option<()> {
        let mut inner = self.lock();
        let ((at, _), sleeper) = inner.sleepers.pop_first()?;
        inner.now = inner.now.max(at);
        drop(inner);
        sleeper.wake();
        Some(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> SystemTime {
        self.lock().now
    }

    fn sleep_until(&self, at: SystemTime) -> BoxFuture<'static, ()> {
        Box::pin(Sleep { clock: self.clone(), at, number: None })
    }
}

struct Sleep {
    clock: SimulatedClock,
    at: SystemTime,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut inner = this.clock.lock();
        if inner.now >= this.at {
            return Poll::Ready(());
        }
        let number = *this.number.get_or_insert_with(|| {
            inner.newest += 1;
            inner.newest
        });
        inner.sleepers.insert((this.at, number), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.clock.lock().sleepers.remove(&(self.at, number));
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
