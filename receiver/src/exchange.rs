//! One request on its way to its record: what is known of it grows, and nothing of it is lost.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use chatislav_webhooks::{Error, SIGNATURE_HEADER};
use hyper::HeaderMap;

use crate::body::Received;
use crate::finish;
use crate::journal::{Answer, Capture, End, INCOMPLETE, MALFORMED, NotKept, Version};
use crate::shared::Shared;
use crate::verdict::{Judgement, Verdict};
use crate::wire::Answering;

/// A request that has no record yet. However it ends, it gets one: dropped without an answer, it
/// says that the sender left.
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    /// What has come of the body.
    pub(crate) received: Received,
    start: Instant,
    /// `None` once it is recorded.
    capture: Option<Arc<Capture>>,
    _answering: Option<Answering>,
    /// Held while it is answered on HTTP/2.
    pub(crate) stream: Option<Arc<AtomicU64>>,
}

impl Exchange {
    pub(crate) fn new(
        shared: Arc<Shared>,
        peer: Option<SocketAddr>,
        version: Version,
        head: Bytes,
        answering: Option<Answering>,
    ) -> Self {
        let capture = Capture {
            number: 0,
            run: shared.run(),
            time: SystemTime::now(),
            peer,
            version,
            head,
            body: Bytes::new(),
            verdict: Cow::Borrowed(INCOMPLETE),
            reason: Cow::Borrowed(""),
            secret: None,
            event: Cow::Borrowed(""),
            delivery: None,
            attempt: 1,
            step: None,
            sticks: false,
            action: Cow::Borrowed(""),
            answer: None,
            duration: std::time::Duration::ZERO,
            end: End::Answered,
        };
        let received = Received::new(&shared.bodies);
        let (start, capture) = (Instant::now(), Some(Arc::new(capture)));
        Exchange { shared, received, start, capture, _answering: answering, stream: None }
    }

    /// Adds to what is known. `change` is not called after the record was made.
    pub(crate) fn note(&mut self, change: impl FnOnce(&mut Capture)) {
        if let Some(capture) = &mut self.capture {
            change(Arc::make_mut(capture));
        }
    }

    /// What is known so far.
    pub(crate) fn so_far(&self) -> Option<&Capture> {
        self.capture.as_deref()
    }

    pub(crate) fn malformed(&mut self, reason: &'static str) {
        self.note(|capture| (capture.verdict, capture.reason) = (MALFORMED.into(), reason.into()));
    }

    pub(crate) fn refused(&mut self, error: &Error) {
        let reason = match error.hint() {
            "" => error.to_string(),
            hint => format!("{error}: {hint}"),
        };
        self.note(|capture| (capture.verdict, capture.reason) = (error.code().into(), reason.into()));
    }

    /// Judges the body that has come, and notes the verdict.
    pub(crate) fn judge(&mut self, headers: &HeaderMap) -> Judgement {
        let judgement = self.shared.mode.now().judge(self.received.bytes(), headers);
        let attempt = self.shared.attempt(judgement.delivery, judgement.verdict.is_good());
        if let Verdict::Refused(error) = &judgement.verdict {
            self.refused(error);
        }
        self.note(|capture| {
            capture.verdict = judgement.verdict.name().into();
            if let Verdict::Verified { secret } = judgement.verdict {
                capture.secret = Some(secret);
            }
            capture.event.clone_from(&judgement.event);
            capture.delivery = Some(judgement.delivery);
            capture.attempt = attempt;
        });
        judgement
    }

    /// Says at once what will be recorded only in the end.
    pub(crate) fn announce(&self, what: &str) {
        let Some(capture) = &self.capture else { return };
        let (method, target) = capture.method_and_target();
        let Capture { event, verdict, .. } = &**capture;
        self.shared.sink.notice(&format!("{method} {target}  {event}  {verdict}: {what}"));
    }

    /// The values of the signature header, as they came.
    pub(crate) fn signature(&self) -> Vec<u8> {
        let values = self.capture.iter().flat_map(|capture| capture.headers());
        let values = values.filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER));
        values.map(|(_, value)| value).collect::<Vec<_>>().join(&b","[..])
    }

    /// The record with this answer, made before the answer is sent: what was answered is kept.
    ///
    /// # Errors
    /// [`NotKept`] if the journal's store cannot be written.
    pub(crate) async fn answered(mut self, answer: Answer) -> Result<(), NotKept> {
        self.note(|capture| capture.answer = Some(answer));
        let Some(capture) = self.finished(End::Answered) else { return Ok(()) };
        let shared = Arc::clone(&self.shared);
        drop(self);
        if !shared.journal.is_file() {
            shared.told(&shared.journal.append_soon(capture));
            return Ok(());
        }
        // A sender who leaves while the file is written does not take the line of the log along.
        finish::ToItsEnd::new(async move {
            let kept = shared.journal.append(capture).await?;
            shared.told(&kept);
            Ok(())
        })
        .await
    }

    /// The record without waiting, once it is known how the request ended.
    pub(crate) fn ended(mut self, end: End) {
        self.end(end);
    }

    fn end(&mut self, end: End) {
        if let Some(capture) = self.finished(end) {
            let kept = self.shared.journal.append_soon(capture);
            self.shared.told(&kept);
            self.shared.count_lost();
        }
    }

    fn finished(&mut self, end: End) -> Option<Arc<Capture>> {
        let mut finished = self.capture.take()?;
        let capture = Arc::make_mut(&mut finished);
        capture.body = self.received.take();
        capture.duration = self.start.elapsed();
        capture.end = end;
        Some(finished)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let is_stopping = self.shared.is_stopping();
        self.end(if is_stopping { End::Stopped } else { End::SenderLeft });
    }
}
