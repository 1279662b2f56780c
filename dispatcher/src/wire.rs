//! What a connection has carried of one exchange: what is known, and need not be guessed.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::dial::Stream;

/// The account of a connection's exchange, shared between the connection and the attempt.
#[derive(Default)]
pub(crate) struct Wire(Mutex<Account>);

#[derive(Default)]
struct Account {
    /// Whether anything of the request was handed over.
    begun: bool,
    /// When all of the request had been handed over.
    left: Option<Instant>,
    /// Whether an answer began before that.
    early: bool,
    /// Whether the other side refused the rest of the request.
    refused: bool,
}

impl Wire {
    /// Begins the account of another exchange.
    pub(crate) fn begin(&self) {
        *self.account() = Account::default();
    }

    /// Whether not one byte of the request was handed over.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.account().begun
    }

    /// When the last byte of the request was handed over.
    pub(crate) fn left(&self) -> Option<Instant> {
        self.account().left
    }

    /// Whether the request went out whole, and the answer came after it.
    pub(crate) fn is_orderly(&self) -> bool {
        let account = self.account();
        account.left.is_some() && !account.early
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that keeps the account.
pub(crate) struct Watched {
    stream: Box<dyn Stream>,
    wire: Arc<Wire>,
}

impl Watched {
    pub(crate) fn new(stream: Box<dyn Stream>, wire: Arc<Wire>) -> Self {
        Watched { stream, wire }
    }

    /// Who answers early and closes does not read the rest, so that writing fails while the answer
    /// waits to be read. The rest goes nowhere then, and reading tells what became of the connection.
    fn wrote(&self, result: io::Result<usize>, offered: usize) -> io::Result<usize> {
        let mut account = self.wire.account();
        match result {
            Ok(count) => {
                account.begun |= count > 0;
                Ok(count)
            }
            Err(_) if account.begun => {
                account.refused = true;
                Ok(offered)
            }
            Err(error) => Err(error),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if buf.filled().len() > before {
            let mut account = self.wire.account();
            account.early |= account.left.is_none();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        Poll::Ready(self.wrote(result, buf.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        Poll::Ready(self.wrote(result, bufs.iter().map(|buf| buf.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes once it has handed over all that it holds, and a body in one piece is held
    /// together with the head: the first flush after a byte is the end of the request.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        let mut account = self.wire.account();
        if account.refused || (flushed.is_err() && account.begun) {
            account.refused = true;
            return Poll::Ready(Ok(()));
        }
        if flushed.is_ok() && account.begun && account.left.is_none() {
            account.left = Some(Instant::now());
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
