//! The answer's body, as far as anybody wants to know it.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::link::Link;

/// How much of an answer is read: 64 KiB, as it came, never inflated.
pub const MAX_ANSWER: usize = 64 * 1024;

/// The beginning of an answer's body. The outcome was decided before it was read.
#[derive(Clone)]
pub struct Answer {
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// At most [`MAX_ANSWER`] bytes, as they came.
    pub body: Bytes,
    /// Why there is no more, if there could have been.
    pub cut: Option<Cut>,
}

/// Why an answer's body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is longer than [`MAX_ANSWER`].
    Size,
    /// The deadline passed.
    Timeout,
    /// The connection broke.
    Broken,
}

impl Answer {
    pub(crate) async fn read(headers: HeaderMap, mut incoming: Incoming, link: &mut Link, deadline: Instant) -> Self {
        let mut body = BytesMut::new();
        let cut = loop {
            let frame = match timeout_at(deadline, link.drive(incoming.frame())).await {
                Err(_) => break Some(Cut::Timeout),
                Ok(None) => break None,
                Ok(Some(Err(_))) => break Some(Cut::Broken),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            let room = MAX_ANSWER.saturating_sub(body.len());
            body.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
            if data.len() > room {
                break Some(Cut::Size);
            }
        };
        Answer { headers, body: body.freeze(), cut }
    }
}

impl Cut {
    /// The reason for logs.
    pub const fn reason(self) -> &'static str {
        match self {
            Cut::Size => "longer than 64 KiB",
            Cut::Timeout => "stalled until the deadline",
            Cut::Broken => "broke off",
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} bytes, cut: {:?})", self.body.len(), self.cut)
    }
}
