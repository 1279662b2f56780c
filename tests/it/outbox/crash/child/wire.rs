//! A connection in the middle of which the process ends.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use chatislav_dispatcher::{BoxFuture, Dial, Stream, TcpDial};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Failpoint;

/// Dials as ever, and ends the process at a moment on the wire.
pub(super) struct Cutting(pub(super) Failpoint);

/// Where the process ends.
#[derive(Clone, Copy)]
enum Cut {
    /// The head is written in part.
    Head,
    /// All but the last bytes are written.
    Body,
    /// The request is written.
    Written,
    /// The answer's first bytes are read.
    Answer,
}

impl Dial for Cutting {
    fn dial(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let inner = TcpDial.dial(address).await?;
            let moments = [
                ("wire: head", Cut::Head),
                ("wire: body", Cut::Body),
                ("wire: written", Cut::Written),
                ("wire: answer", Cut::Answer),
            ];
            match moments.into_iter().find(|(moment, _)| self.0.is_now(moment)) {
                Some((_, cut)) => Ok(Box::new(CutStream { inner, cut }) as Box<dyn Stream>),
                None => Ok(inner),
            }
        })
    }
}

struct CutStream {
    inner: Box<dyn Stream>,
    cut: Cut,
}

impl AsyncWrite for CutStream {
    /// A request as small as ours is written at once.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let end = match self.cut {
            Cut::Head => 40,
            Cut::Body => bytes.len() - 5,
            Cut::Written | Cut::Answer => bytes.len(),
        };
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &bytes[..end]))?;
        assert_eq!(written, end);
        if !matches!(self.cut, Cut::Answer) {
            std::process::abort();
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl AsyncRead for CutStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut some = into.take(10);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut some))?;
        assert_eq!(some.filled().len(), 10);
        std::process::abort();
    }
}
