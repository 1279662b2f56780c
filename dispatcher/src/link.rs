//! One HTTP/1.1 connection, which lives only while somebody waits for something on it.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::{Request, Response, Version};
use hyper_util::rt::TokioIo;

use crate::dial::Stream;
use crate::wire::{Watched, Wire};

/// How many bytes the head of an answer may have.
const MAX_HEAD: usize = 64 * 1024;

/// A connection to a judged address, and what may be asked of it. It has no task of its own:
/// whoever waits on it drives it, so that one future can drive any number of them.
pub(crate) struct Link {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` once it has ended.
    connection: Option<http1::Connection<TokioIo<Watched>, Full<Bytes>>>,
    wire: Arc<Wire>,
    peer: SocketAddr,
}

impl Link {
    /// Speaks HTTP over a stream to this address.
    pub(crate) async fn new(stream: Box<dyn Stream>, peer: SocketAddr) -> hyper::Result<Self> {
        let wire = Arc::<Wire>::default();
        let watched = Watched::new(stream, Arc::clone(&wire));
        let (sender, connection) =
            http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(watched)).await?;
        Ok(Link { sender, connection: Some(connection), wire, peer })
    }

    /// The address that was judged and dialled.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Begins the account of another exchange.
    pub(crate) fn begin(&self) -> Arc<Wire> {
        self.wire.begin();
        Arc::clone(&self.wire)
    }

    /// Whether not one byte of the request was written.
    pub(crate) fn is_untouched(&self) -> bool {
        self.wire.is_untouched()
    }

    /// Sends a request, up to the head of its answer. hyper reads before it writes, so a connection
    /// that was closed meanwhile, or brought something that nobody had asked for, is left untouched.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        let answer = self.sender.send_request(request);
        self.drive(answer).await
    }

    /// Waits for something that this connection brings.
    pub(crate) async fn drive<F: Future>(&mut self, awaited: F) -> F::Output {
        let mut awaited = pin!(awaited);
        poll_fn(|cx| {
            // What is awaited tells the connection that it is wanted, so it goes first.
            if let Poll::Ready(output) = awaited.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            self.poll(cx);
            awaited.as_mut().poll(cx)
        })
        .await
    }

    /// Whether the exchange is over in good order, and another one may begin.
    pub(crate) fn is_idle(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready() && self.wire.is_orderly()
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else { return };
        if Pin::new(connection).poll(cx).is_ready() {
            // Its errors reach what is awaited, and what still waits in it is given back.
            self.connection = None;
        }
    }
}

/// Whether the head of an answer leaves no doubt about where the answer ends. hyper itself closes
/// after `Connection: close`.
pub(crate) fn is_plain<B>(answer: &Response<B>) -> bool {
    let headers = answer.headers();
    answer.version() == Version::HTTP_11
        && !answer.status().is_informational()
        && !(headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH))
}
