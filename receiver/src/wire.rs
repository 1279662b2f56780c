//! Below hyper: the bytes of each head as they came, and answers that are no HTTP.
//!
//! hyper groups repeated headers, writes names anew and never shows a head that it refused; it also
//! cannot send half an answer. So the accepted socket is wrapped in a [`Tap`].

mod fault;
mod framing;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use fault::Playing;
pub(crate) use fault::{Ended, Fault, Play};
use framing::Framing;
pub(crate) use framing::{Doubt, Head};

/// What the wrapped socket and whoever answers on it share.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<State>>);

struct State {
    framing: Framing,
    /// Heads that nobody has asked for yet. As many as fit into hyper's buffer.
    heads: VecDeque<Head>,
    fault: Option<Fault>,
    /// The beginning of what was answered last, for requests that hyper refused by itself.
    answered: Vec<u8>,
    /// How many requests are being answered.
    answering: usize,
    /// The head did not come in time, and 408 was sent.
    is_late: bool,
}

/// Held while a request is being answered; nothing that is awaited meanwhile is late.
pub(crate) struct Answering(Wire);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.lock().answering -= 1;
    }
}

/// A head that came and became no request.
pub(crate) struct Left {
    pub(crate) head: Bytes,
    pub(crate) why: Why,
}

pub(crate) enum Why {
    /// hyper did not take it, and answered this status.
    Refused(Option<u16>),
    /// Whole, but the connection had its last answer before.
    Unread,
    /// It broke off.
    Unfinished,
    /// It did not come in time, and 408 was answered.
    Late,
}

impl Wire {
    pub(crate) fn new(max_head: usize) -> Self {
        Wire(Arc::new(Mutex::new(State {
            framing: Framing::new(max_head),
            heads: VecDeque::new(),
            fault: None,
            answered: Vec::new(),
            answering: 0,
            is_late: false,
        })))
    }

    /// The next head, as it came. The order is that of hyper's requests.
    pub(crate) fn head(&self) -> Option<(Head, Answering)> {
        let mut state = self.lock();
        let head = match state.heads.pop_front() {
            Some(head) => head,
            None => state.framing.too_long()?,
        };
        state.answering += 1;
        Some((head, Answering(self.clone())))
    }

    /// From now on the answer is sent as the fault says, and then the connection ends.
    pub(crate) fn inject(&self, fault: Fault) {
        self.lock().fault = Some(fault);
    }

    /// What came and was no request, once the connection has ended. Where hyper refused a head, what
    /// came behind it belongs to nobody.
    pub(crate) fn left(&self, is_refused: bool) -> Vec<Left> {
        let mut state = self.lock();
        let mut heads: VecDeque<Bytes> = state.heads.drain(..).map(|head| head.bytes).collect();
        let unfinished = state.framing.unfinished();
        if is_refused {
            let status = state.answered.strip_prefix(b"HTTP/1.").and_then(|rest| {
                let digits = rest.get(2..5)?;
                str::from_utf8(digits).ok()?.parse().ok()
            });
            let head = heads.pop_front().or(unfinished);
            return head.map(|head| Left { head, why: Why::Refused(status) }).into_iter().collect();
        }
        let unread = heads.into_iter().map(|head| Left { head, why: Why::Unread });
        let why = if state.is_late { Why::Late } else { Why::Unfinished };
        unread.chain(unfinished.map(|head| Left { head, why })).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked beside it left nothing half done that matters to a dying connection.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that can be ended in an unfriendly way.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    /// Makes the end of the connection a reset instead of a friendly end.
    fn reset_at_end(&self);
}

impl Socket for TcpStream {
    fn reset_at_end(&self) {
        // Where it cannot be set the connection ends all the same.
        let _ = self.set_zero_linger();
    }
}

impl Socket for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset_at_end(&self) {
        self.get_ref().0.reset_at_end();
    }
}

/// The accepted socket, listened to.
pub(crate) struct Tap<S> {
    socket: S,
    wire: Wire,
    playing: Option<Playing>,
    /// How long a head may take, and a connection be idle.
    patience: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
    is_armed: bool,
    /// By when the sender must read some of what is written.
    write_deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: Socket> Tap<S> {
    pub(crate) fn new(socket: S, wire: Wire, patience: Duration) -> Self {
        Tap { socket, wire, playing: None, patience, deadline: None, is_armed: false, write_deadline: None }
    }

    /// Fails once the sender has read nothing for too long.
    fn patiently<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_deadline = None;
            return written;
        }
        let patience = self.patience;
        let deadline = self.write_deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Ready once a head has taken too long.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_armed {
            let at = Instant::now() + self.patience;
            match &mut self.deadline {
                Some(deadline) => deadline.as_mut().reset(at),
                None => self.deadline = Some(Box::pin(tokio::time::sleep_until(at))),
            }
            self.is_armed = true;
        }
        match &mut self.deadline {
            Some(deadline) => deadline.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

const LATE: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

impl<S: Socket> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let had = buffer.filled().len();
        match Pin::new(&mut this.socket).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                let new = buffer.filled().get(had..).unwrap_or_default();
                let mut state = this.wire.lock();
                let State { framing, heads, .. } = &mut *state;
                let had_begun = framing.has_begun();
                let mut has_ended = false;
                framing.take(new, |head| {
                    has_ended = true;
                    heads.push_back(head);
                });
                // A head has its time from its first byte to its last, whatever comes between.
                this.is_armed &= had_begun && framing.has_begun() && !has_ended;
                Poll::Ready(read)
            }
            Poll::Pending => {
                let (is_awaited, has_begun) = {
                    let state = this.wire.lock();
                    let is_idle = state.heads.is_empty() && state.answering == 0;
                    (is_idle && state.framing.awaits_head(), state.framing.has_begun())
                };
                if !is_awaited {
                    return Poll::Pending;
                }
                ready!(this.poll_late(cx));
                if has_begun {
                    this.wire.lock().is_late = true;
                    // It is small, and nothing waits before it: a head is only read when all is answered.
                    let _ = Pin::new(&mut this.socket).poll_write(cx, LATE);
                }
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: Socket> Tap<S> {
    /// Keeps what hyper writes while a fault is to be played.
    fn divert(&self, bytes: &[u8]) -> bool {
        let mut state = self.wire.lock();
        if let Some(fault) = &mut state.fault {
            fault.answer.extend_from_slice(bytes);
            return true;
        }
        state.answered.clear();
        state.answered.extend_from_slice(bytes.get(..12).unwrap_or_default());
        false
    }
}

impl<S: Socket> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.divert(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.patiently(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.playing.is_none() {
            let mut state = this.wire.lock();
            if state.fault.as_ref().is_some_and(|fault| !fault.answer.is_empty()) {
                this.playing = state.fault.take().map(Playing::new);
            }
        }
        match &mut this.playing {
            Some(playing) => playing.poll(cx, &mut this.socket),
            None => {
                let flushed = Pin::new(&mut this.socket).poll_flush(cx);
                this.patiently(cx, flushed)
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = buffers.iter().find(|buffer| !buffer.is_empty()).map_or(&[][..], |buffer| buffer);
        if self.divert(first) {
            return Poll::Ready(Ok(first.len()));
        }
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, buffers);
        self.patiently(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}
