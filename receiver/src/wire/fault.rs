//! Answers that are no HTTP: cut, torn off, stalled, or something else altogether.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::time::Sleep;

use super::Socket;
use crate::journal::End;

/// An answer that is sent in another way than hyper would.
pub(crate) struct Fault {
    play: Play,
    /// What hyper wrote, head and body.
    pub(super) answer: Vec<u8>,
    until: Until,
    told: Told,
}

/// When a stall ends although the sender is still there.
type Until = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How a fault ended, and whether a whole head went out before: to the sender that is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) is_answered: bool,
}

/// Told once how it ended, also if nobody came to play it.
struct Told(Option<Box<dyn FnOnce(Ended) + Send>>);

impl Told {
    fn tell(&mut self, end: End, is_answered: bool) {
        if let Some(told) = self.0.take() {
            told(Ended { end, is_answered });
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.tell(End::SenderLeft, false);
    }
}

/// What is done with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Play {
    /// So many bytes of it, then a reset.
    Reset { after: usize },
    /// Bytes that are not HTTP, then the end.
    Garbage,
    /// A head that announces so many bytes, and none of them.
    Short { announced: usize },
    /// A part of its headers, and then nothing until the sender leaves or its time is over.
    StallHeaders,
}

/// One fixed text, so that a log or a test can look for it. It begins with no status line, has
/// bytes that are no text, and no line end.
const GARBAGE: &[u8] = b"\x16\x03\x01\xff\xfe not HTTP \x00\x80";

/// A reset overtakes what was sent before: the bytes get this long to arrive.
const BEFORE_RESET: Duration = Duration::from_millis(50);

impl Fault {
    pub(crate) fn new(
        play: Play,
        until: impl Future<Output = ()> + Send + 'static,
        told: impl FnOnce(Ended) + Send + 'static,
    ) -> Self {
        Fault { play, answer: Vec::new(), until: Box::pin(until), told: Told(Some(Box::new(told))) }
    }
}

/// A fault on its way out.
pub(super) struct Playing {
    bytes: Vec<u8>,
    at: usize,
    play: Play,
    pause: Option<Pin<Box<Sleep>>>,
    /// Whether the bytes hold a whole head of HTTP.
    is_answer: bool,
    until: Until,
    told: Told,
}

impl Playing {
    pub(super) fn new(fault: Fault) -> Self {
        let Fault { play, mut answer, until, told } = fault;
        match play {
            Play::Reset { after } => answer.truncate(after),
            Play::Garbage => answer = GARBAGE.to_vec(),
            Play::Short { announced } => {
                answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {announced}\r\nconnection: close\r\n\r\n").into();
            }
            Play::StallHeaders => {
                // The status line and some of what follows; never the empty line.
                let head = memchr::memmem::find(&answer, b"\r\n\r\n").unwrap_or(answer.len());
                let line = memchr::memchr(b'\n', &answer).map_or(0, |end| end + 1);
                answer.truncate(line + head.saturating_sub(line) / 2);
            }
        }
        let is_answer = answer.starts_with(b"HTTP/") && memchr::memmem::find(&answer, b"\r\n\r\n").is_some();
        Playing { bytes: answer, at: 0, play, pause: None, is_answer, until, told }
    }

    /// Comes to an end with an error, which makes hyper let go of the connection.
    pub(super) fn poll<S: Socket>(&mut self, cx: &mut Context<'_>, socket: &mut S) -> Poll<io::Result<()>> {
        let ended = ready!(self.poll_play(cx, socket));
        let (end, error) = match ended {
            Ok(end) => (end, io::Error::other("the plan ended the connection")),
            Err(error) => (End::SenderLeft, error),
        };
        self.told.tell(end, self.is_answer && end != End::SenderLeft);
        Poll::Ready(Err(error))
    }

    fn poll_play<S: Socket>(&mut self, cx: &mut Context<'_>, socket: &mut S) -> Poll<io::Result<End>> {
        while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            let sent = ready!(Pin::new(&mut *socket).poll_write(cx, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.at += sent;
        }
        ready!(Pin::new(&mut *socket).poll_flush(cx))?;
        match self.play {
            Play::Reset { after } => {
                if after > 0 {
                    let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(BEFORE_RESET)));
                    ready!(pause.as_mut().poll(cx));
                }
                socket.reset_at_end();
                Poll::Ready(Ok(End::Reset))
            }
            Play::Garbage => {
                let _ = ready!(Pin::new(&mut *socket).poll_shutdown(cx));
                Poll::Ready(Ok(End::Garbage))
            }
            Play::Short { .. } => {
                let _ = ready!(Pin::new(&mut *socket).poll_shutdown(cx));
                Poll::Ready(Ok(End::Short))
            }
            Play::StallHeaders => loop {
                if self.until.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(End::Stalled));
                }
                let mut scratch = [0; 512];
                let mut buffer = ReadBuf::new(&mut scratch);
                ready!(Pin::new(&mut *socket).poll_read(cx, &mut buffer))?;
                if buffer.filled().is_empty() {
                    return Poll::Ready(Ok(End::Stalled));
                }
            },
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        if self.play == Play::StallHeaders {
            // The receiver was stopped meanwhile.
            self.told.tell(End::Stalled, false);
        }
    }
}
