//! What waits for the one thread that writes.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::yield_now;

/// The writer does not wait for more than these to come together.
const ENOUGH: usize = 32;

/// What waits for the one thread that writes, in the order in which it was asked for.
///
/// A transaction costs as much as several rows, and a writer who is woken by the first job has often begun
/// before the second one is there. So it is woken once nothing more comes at the same time.
#[derive(Debug)]
pub struct Queue<J> {
    state: Mutex<State<J>>,
    /// For the writer.
    ready: Condvar,
}

#[derive(Debug)]
struct State<J> {
    jobs: Vec<J>,
    is_writer_idle: bool,
    is_closed: bool,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        let state = State { jobs: Vec::new(), is_writer_idle: false, is_closed: false };
        Queue { state: Mutex::new(state), ready: Condvar::new() }
    }
}

impl<J: Send + 'static> Queue<J> {
    /// Adds a job; `false` if it is closed. The writer is woken with the other jobs that come at the same
    /// time, by the runtime of the first of them; outside of a runtime, at once.
    pub fn push(self: &Arc<Self>, job: J) -> bool {
        let Ok(runtime) = Handle::try_current() else { return self.push_at_once(job) };
        let Some(mut state) = self.add(job) else { return false };
        // Whoever takes this from the writer wakes it.
        let is_idle = mem::take(&mut state.is_writer_idle);
        drop(state);
        if is_idle {
            // A task of its own: whoever waits for the outcome may not be polled meanwhile.
            runtime.spawn(Wake(Arc::clone(self)).gather());
        }
        true
    }
}

impl<J> Queue<J> {
    /// Adds a job, and wakes the writer at once: for who blocks until it is done, and might be the one who
    /// runs the runtime. `false` if it is closed.
    pub fn push_at_once(&self, job: J) -> bool {
        let is_added = self.add(job).is_some();
        if is_added {
            self.ready.notify_one();
        }
        is_added
    }

    fn add(&self, job: J) -> Option<MutexGuard<'_, State<J>>> {
        let mut state = self.lock();
        if state.is_closed {
            return None;
        }
        state.jobs.push(job);
        Some(state)
    }

    /// Takes at most so many jobs into `jobs`, which is empty, and waits until there are some or the time,
    /// if there is one, is over; `false` once it is closed and nothing is left.
    pub fn take(&self, jobs: &mut Vec<J>, most: usize, patience: Option<Duration>) -> bool {
        let mut state = self.lock();
        let is_nothing_there = |state: &mut State<J>| state.jobs.is_empty() && !state.is_closed;
        if is_nothing_there(&mut state) {
            state.is_writer_idle = true;
            state = match patience {
                None => self.ready.wait_while(state, is_nothing_there).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let waited = self.ready.wait_timeout_while(state, patience, is_nothing_there);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.is_writer_idle = false;
        }
        if state.jobs.len() <= most {
            mem::swap(&mut state.jobs, jobs);
        } else {
            jobs.extend(state.jobs.drain(..most));
        }
        !(jobs.is_empty() && state.is_closed)
    }

    /// Takes nothing more. What waits is still done.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.ready.notify_all();
    }

    /// Drops what waits, for when there is no writer any more: who waits is told by that.
    pub fn abandon(&self) {
        self.close();
        let jobs = mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // Nothing between lock and unlock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the writer when it is dropped, and so with its runtime at the latest.
struct Wake<J>(Arc<Queue<J>>);

impl<J> Wake<J> {
    /// Lets others come, as long as they do and there is not enough.
    async fn gather(self) {
        let mut waiting = 0;
        loop {
            let now = self.0.lock().jobs.len();
            if now == waiting || now >= ENOUGH {
                return;
            }
            waiting = now;
            yield_now().await;
        }
    }
}

impl<J> Drop for Wake<J> {
    fn drop(&mut self) {
        self.0.ready.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many jobs were there when the writer was woken, where one comes each time somebody looks.
    async fn woken_with(coming: usize) -> usize {
        let queue = Arc::new(Queue::default());
        queue.push_at_once(0);
        let woken = async {
            Wake(Arc::clone(&queue)).gather().await;
            queue.lock().jobs.len()
        };
        let come = async {
            for job in 1..coming {
                queue.push_at_once(job);
                yield_now().await;
            }
        };
        tokio::join!(biased; woken, come).0
    }

    #[tokio::test]
    async fn what_comes_at_the_same_time_is_one_batch() {
        assert_eq!(woken_with(1).await, 1);
        assert_eq!(woken_with(5).await, 5);
        assert_eq!(woken_with(1000).await, ENOUGH);
    }

    fn until_idle<J>(queue: &Queue<J>) {
        while !queue.lock().is_writer_idle {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_writer_takes_all_in_order_and_ends() {
        let queue = Arc::new(Queue::default());
        let (tell, told) = std::sync::mpsc::channel();
        let writer = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let mut jobs = Vec::new();
                while queue.take(&mut jobs, 3, None) {
                    assert!((1..=3).contains(&jobs.len()));
                    jobs.drain(..).for_each(|job| tell.send(job).unwrap());
                }
            }
        });
        until_idle(&queue);
        // Without a runtime.
        assert!((0..10).all(|job| queue.push(job)));
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(0));
        assert!((10..20).all(|job| queue.push_at_once(job)));
        queue.close();
        assert!(!queue.push(20) && !queue.push_at_once(21));
        writer.join().unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), (1..20).collect::<Vec<_>>());
    }

    #[test]
    fn patience_ends_and_what_is_abandoned_is_dropped() {
        let queue = Arc::new(Queue::default());
        let mut jobs = Vec::new();
        assert!(queue.take(&mut jobs, 1, Some(Duration::from_millis(1))) && jobs.is_empty());
        let job = Arc::new(());
        queue.push(Arc::clone(&job));
        queue.abandon();
        assert_eq!(Arc::strong_count(&job), 1);
        assert!(!queue.take(&mut jobs, 1, None));
    }

    /// Takes once, on a thread, and tells what it took.
    fn taking(queue: &Arc<Queue<u32>>) -> tokio::sync::oneshot::Receiver<Vec<u32>> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let taken = Arc::clone(queue);
        std::thread::spawn(move || {
            let mut jobs = Vec::new();
            taken.take(&mut jobs, 9, None);
            tell.send(jobs).unwrap();
        });
        until_idle(queue);
        told
    }

    #[tokio::test]
    async fn the_writer_is_woken_though_nobody_is_polled_who_waits() {
        let queue = Arc::new(Queue::default());
        let told = taking(&queue);
        queue.push(1);
        assert!(queue.lock().jobs == [1], "others may still come");
        queue.push(2);
        assert_eq!(told.await, Ok(vec![1, 2]));
    }

    #[test]
    fn a_runtime_that_ends_wakes_the_writer() {
        let queue = Arc::new(Queue::default());
        let told = taking(&queue);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { queue.push(1) });
        drop(runtime);
        assert_eq!(told.blocking_recv(), Ok(vec![1]));
    }
}
