//! Idle connections, kept for a while for the next attempt at the same target.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use crate::link::Link;

/// How many idle connections are kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// For one scheme, host and port.
    pub per_origin: usize,
    /// In all; beyond it, the one that has been idle longest goes.
    pub total: usize,
    /// How long one may be idle.
    pub timeout: Duration,
}

impl Pooling {
    /// Each attempt has a connection of its own.
    pub const NONE: Self = Pooling { per_origin: 0, total: 0, timeout: Duration::ZERO };
}

impl Default for Pooling {
    /// 256 for an origin, 1,024 in all, for 30 seconds.
    fn default() -> Self {
        Pooling { per_origin: 256, total: 1024, timeout: Duration::from_secs(30) }
    }
}

/// The idle connections of one dispatcher and its clones. Another guard, resolver, dial or root of
/// trust is another dispatcher, and gets another pool.
#[derive(Default)]
pub(crate) struct Pool {
    pooling: Pooling,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// By the order in which they became idle, which is also that of their due times.
    idle: BTreeMap<u64, Idle>,
    by_origin: HashMap<Arc<str>, VecDeque<u64>>,
    next: u64,
    /// Closes what is due while nobody comes.
    reaper: Option<AbortHandle>,
}

struct Idle {
    origin: Arc<str>,
    link: Box<Link>,
    due: Instant,
}

impl Pool {
    pub(crate) fn new(pooling: Pooling) -> Self {
        Pool { pooling, shelf: Mutex::default() }
    }

    pub(crate) fn pooling(&self) -> Pooling {
        self.pooling
    }

    /// Takes the connection to this origin that became idle last, if it leads to one of these addresses.
    pub(crate) fn take(&self, origin: &str, addresses: &[SocketAddr]) -> Option<Box<Link>> {
        let mut shelf = self.shelf();
        let overdue = shelf.overdue(Instant::now());
        let link = shelf.take(origin, addresses);
        drop(shelf);
        drop(overdue);
        link
    }

    /// Keeps a connection whose exchange is over.
    pub(crate) fn put(self: &Arc<Self>, origin: &Arc<str>, link: Box<Link>, now: Instant) {
        let Pooling { per_origin, total, timeout } = self.pooling;
        if per_origin == 0 || total == 0 {
            return;
        }
        let Some(due) = now.checked_add(timeout) else { return };
        let mut shelf = self.shelf();
        let mut gone = shelf.overdue(now);
        if shelf.by_origin.get(origin).is_some_and(|ids| ids.len() >= per_origin) {
            gone.extend(shelf.oldest_of(origin));
        } else if shelf.idle.len() >= total {
            gone.extend(shelf.oldest());
        }
        shelf.keep(Idle { origin: Arc::clone(origin), link, due });
        if shelf.reaper.as_ref().is_none_or(AbortHandle::is_finished) {
            shelf.reaper = Some(tokio::spawn(reap(Arc::downgrade(self), due)).abort_handle());
        }
        drop(shelf);
        // Closing takes its time, and others may have the shelf meanwhile.
        drop(gone);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what is due, and says when the next will be. When there is none, the reaper is done.
    fn reap(&self) -> Option<Instant> {
        let mut shelf = self.shelf();
        let overdue = shelf.overdue(Instant::now());
        let next = shelf.idle.first_key_value().map(|(_, idle)| idle.due);
        if next.is_none() {
            shelf.reaper = None;
        }
        drop(shelf);
        drop(overdue);
        next
    }
}

async fn reap(pool: Weak<Pool>, due: Instant) {
    let mut next = Some(due);
    while let Some(due) = next {
        sleep_until(due).await;
        next = pool.upgrade().and_then(|pool| pool.reap());
    }
}

impl Shelf {
    fn keep(&mut self, idle: Idle) {
        let id = self.next;
        self.next += 1;
        self.by_origin.entry(Arc::clone(&idle.origin)).or_default().push_back(id);
        self.idle.insert(id, idle);
    }

    fn take(&mut self, origin: &str, addresses: &[SocketAddr]) -> Option<Box<Link>> {
        let ids = self.by_origin.get(origin)?;
        let leads_there = |id| self.idle.get(id).is_some_and(|idle| addresses.contains(&idle.link.peer()));
        let place = ids.iter().rposition(leads_there)?;
        self.remove(origin, place).map(|idle| idle.link)
    }

    fn oldest_of(&mut self, origin: &str) -> Option<Idle> {
        self.remove(origin, 0)
    }

    /// The oldest of all is also the oldest of its origin.
    fn oldest(&mut self) -> Option<Idle> {
        let origin = Arc::clone(&self.idle.first_key_value()?.1.origin);
        self.oldest_of(&origin)
    }

    fn overdue(&mut self, now: Instant) -> Vec<Idle> {
        let mut overdue = Vec::new();
        while self.idle.first_key_value().is_some_and(|(_, idle)| idle.due <= now) {
            overdue.extend(self.oldest());
        }
        overdue
    }

    fn remove(&mut self, origin: &str, place: usize) -> Option<Idle> {
        let ids = self.by_origin.get_mut(origin)?;
        let id = ids.remove(place)?;
        if ids.is_empty() {
            self.by_origin.remove(origin);
        }
        self.idle.remove(&id)
    }
}
