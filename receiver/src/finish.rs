//! A future that comes to its end even if nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// Polled in its place, which costs less than a task of its own; dropped, it becomes one.
pub(crate) struct ToItsEnd<T: Send + 'static>(Option<Running<T>>);

type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<T: Send + 'static> ToItsEnd<T> {
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        ToItsEnd(Some(Box::pin(future)))
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        // Taken out meanwhile: one that panics is not run again.
        let Some(mut running) = self.0.take() else { return Poll::Pending };
        let polled = running.as_mut().poll(cx);
        if polled.is_pending() {
            self.0 = Some(running);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        if let (Some(running), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(running);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn it_ends_also_if_it_is_dropped() {
        for is_begun in [false, true] {
            let (go, gone) = oneshot::channel();
            let (end, ended) = oneshot::channel();
            let mut future = ToItsEnd::new(async move {
                gone.await.unwrap();
                end.send("ended").unwrap();
            });
            if is_begun {
                let once = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut future).poll(cx)));
                assert!(once.await.is_pending());
            }
            drop(future);
            go.send(()).unwrap();
            assert_eq!(ended.await, Ok("ended"));
        }
    }

    #[tokio::test]
    async fn it_gives_its_outcome() {
        assert_eq!(ToItsEnd::new(async { 7 }).await, 7);
    }
}
