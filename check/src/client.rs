//! An HTTP/1.1 client that writes exactly the bytes it is given, on a connection for each exchange.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chatislav_dispatcher::{Dispatcher, Stream};
use chatislav_webhooks::{Outcome, Secret, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::answer::{Progress, chunks_at, read};
use crate::blot::{blot, blot_digests, conceal};
use crate::exchange::{Answer, Exchange, Seen, Wire};
use crate::message::{Message, Move};

/// How long the rest of an answer may take once its head is there: the status has decided.
const BODY: Duration = Duration::from_secs(2);
/// How long a client waits for `100 Continue`.
const CONTINUE: Duration = Duration::from_secs(1);
/// How often, and how far apart, connections are tried to an endpoint that has dropped one.
const ATTEMPTS: u32 = 8;
const RESTART: Duration = Duration::from_millis(250);
/// How much is handed to the connection at once.
const PIECE: usize = 64 * 1024;

/// Speaks to one target.
pub(crate) struct Client {
    dispatcher: Dispatcher,
    target: Target,
    timeout: Duration,
    /// What an answer must not tell.
    secrets: Vec<Secret>,
    requests: AtomicUsize,
    /// What had no answer since somebody last asked.
    dropped: Mutex<Option<Exchange>>,
}

impl Client {
    pub(crate) fn new(dispatcher: Dispatcher, target: Target, timeout: Duration, secrets: Vec<Secret>) -> Self {
        Client { dispatcher, target, timeout, secrets, requests: AtomicUsize::new(0), dropped: Mutex::default() }
    }

    /// How many exchanges were begun.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// How long an exchange may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The last exchange without an answer since this was last asked; of connections that were refused
    /// only where there is nothing else, since what went before them is to blame.
    pub(crate) fn take_dropped(&self) -> Option<Exchange> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether connections are taken, or are again after a moment: many a process is started anew.
    pub(crate) async fn is_up(&self) -> bool {
        for _ in 0..ATTEMPTS {
            if self.dispatcher.connect(&self.target, self.timeout).await.is_ok() {
                return true;
            }
            sleep(RESTART).await;
        }
        false
    }

    /// Sends a message and reads the answer, within the time.
    pub(crate) async fn send(&self, message: &Message) -> Exchange {
        self.send_within(message, self.timeout).await
    }

    /// As [`Client::send`], within another time.
    pub(crate) async fn send_within(&self, message: &Message, time: Duration) -> Exchange {
        let exchange = self.exchange(message, time).await;
        if exchange.seen.is_dropped() {
            let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
            if dropped.is_none() || !matches!(exchange.seen, Seen::NoConnection(_)) {
                *dropped = Some(exchange.clone());
            }
        }
        exchange
    }

    async fn exchange(&self, message: &Message, time: Duration) -> Exchange {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let deadline = Instant::now() + time;
        let mut exchange = Exchange {
            case: message.case,
            sent: Wire::default(),
            received: Wire::default(),
            seen: Seen::Silence,
            duration: Duration::ZERO,
            body_at: message.body_at,
        };
        let stream = match self.dispatcher.connect(&self.target, time).await {
            Ok((_, stream)) => stream,
            Err(failure) => {
                exchange.seen = match failure.outcome {
                    Outcome::Timeout(_) => Seen::NoConnection("there is no answer to the attempt".to_owned()),
                    _ => Seen::NoConnection(failure.error),
                };
                return exchange;
            }
        };
        let (reader, writer) = split(stream);
        let start = Instant::now();
        let go_on = Notify::new();
        let mut received = Vec::new();
        let (seen, end) = tokio::select! {
            seen = listen(reader, &mut received, message.is_head, deadline, &go_on) => seen,
            never = write(writer, message, &mut exchange.sent, &go_on) => match never {},
        };
        exchange.duration = end - start;
        exchange.seen = seen;
        let secrets: Vec<&Secret> = self.secrets.iter().collect();
        let chunks_at = chunks_at(&received, message.is_head);
        let on_the_wire = blot(&mut received, &secrets, &message.expected);
        for range in &message.private {
            if let Some(value) = exchange.sent.bytes.get_mut(range.clone()) {
                value.fill(b'*');
            }
        }
        conceal(&mut received, message.private_values());
        blot_digests(&mut received, &exchange.sent.bytes);
        exchange.received.extend(&received);
        if let Seen::Answer(answer) = &mut exchange.seen {
            let mut leaks = blot(&mut answer.body, &secrets, &message.expected);
            conceal(&mut answer.body, message.private_values());
            blot_digests(&mut answer.body, &exchange.sent.bytes);
            for (_, value) in &mut answer.headers {
                blot(value, &secrets, &message.expected);
                conceal(value, message.private_values());
                blot_digests(value, &exchange.sent.bytes);
            }
            leaks.digest |= on_the_wire.digest;
            leaks.secret |= on_the_wire.secret;
            answer.leaks = leaks;
            // The end of a chunk may part on the wire what is blotted out here.
            if let Some(at) = chunks_at {
                exchange.received = Wire::default();
                exchange.received.extend(received.get(..at).unwrap_or_default());
                exchange.received.extend(&answer.body);
            }
        }
        exchange
    }
}

/// Writes the message, and then waits for whoever reads to have enough. What cannot be written is no
/// matter: the answer may be there already.
async fn write(
    mut writer: WriteHalf<Box<dyn Stream>>,
    message: &Message,
    sent: &mut Wire,
    go_on: &Notify,
) -> std::convert::Infallible {
    'moves: for step in &message.moves {
        match step {
            Move::Pause(time) => sleep(*time).await,
            Move::AwaitContinue => {
                let _ = timeout(CONTINUE, go_on.notified()).await;
            }
            Move::Write(bytes) => {
                for piece in bytes.chunks(PIECE) {
                    let written = async {
                        writer.write_all(piece).await?;
                        writer.flush().await
                    };
                    if written.await.is_err() {
                        break 'moves;
                    }
                    sent.extend(piece);
                }
            }
        }
    }
    std::future::pending().await
}

/// Reads up to the end of the answer: what it comes to, and when that was known.
async fn listen(
    mut reader: ReadHalf<Box<dyn Stream>>,
    received: &mut Vec<u8>,
    is_head: bool,
    deadline: Instant,
    go_on: &Notify,
) -> (Seen, Instant) {
    let mut until = deadline;
    let mut known = None;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = match timeout_at(until, reader.read(&mut buffer)).await {
            Err(_) => return known.unwrap_or((Seen::Silence, Instant::now())),
            Ok(Err(error)) => return known.unwrap_or_else(|| (broken(&error), Instant::now())),
            Ok(Ok(0)) => return known.unwrap_or((Seen::Closed, Instant::now())),
            Ok(Ok(count)) => count,
        };
        received.extend_from_slice(buffer.get(..count).unwrap_or_default());
        match read(received, is_head) {
            Progress::NotHttp => return (Seen::NotHttp, Instant::now()),
            Progress::Before { continues } if continues > 0 => go_on.notify_one(),
            Progress::Before { .. } => {}
            Progress::Head { head, body, is_whole, .. } => {
                let (_, since) = known.unwrap_or((Seen::Silence, Instant::now()));
                let answer = Answer { status: head.status, headers: head.headers, body, leaks: Default::default() };
                let seen = (Seen::Answer(answer), since);
                if is_whole {
                    return seen;
                }
                known = Some(seen);
                until = deadline.min(since + BODY);
            }
        }
    }
}

fn broken(error: &io::Error) -> Seen {
    match error.kind() {
        // Without a farewell of TLS; the bytes before it were whole.
        io::ErrorKind::UnexpectedEof => Seen::Closed,
        _ => Seen::Reset,
    }
}
