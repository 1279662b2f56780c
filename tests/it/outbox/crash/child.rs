//! The dispatcher that is killed: this test binary once more, as a process of its own.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_dispatcher::engine::{Notice, Rules, SystemClock, run};
use chatislav_dispatcher::outbox::{ClaimRules, DeliveryId, Import, Ledger, Outbox, Point, SqliteOutbox};
use chatislav_dispatcher::{Dispatcher, Pooling};
use chatislav_webhooks::target::Guard;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use self::wire::Cutting;
use super::{numbered, profile};

mod wire;

/// Names what the child has to do.
const TASK: &str = "CHATISLAV_TEST_DISPATCH";
/// What the child is called among the tests.
const NAME: &str = "outbox::crash::child::dispatches";
/// So many deliveries are enqueued at once.
const BATCH: usize = 4;
/// Under this name it is kept how many.
const IMPORT: &str = "crash";

/// What a child has to do.
#[derive(Clone, Debug, Default)]
pub(super) struct Task {
    /// How many deliveries there are to be, in all, before anything is sent.
    pub(super) enqueue: usize,
    pub(super) concurrency: usize,
    /// The moment at which it ends, and at which time of that.
    pub(super) failpoint: Option<(&'static str, u32)>,
    /// Whether it is told to stop when it sends for the first time, and so gives back what it has not begun.
    pub(super) is_stopped: bool,
    /// Whether it ends once nothing waits.
    pub(super) drain: bool,
}

/// A child at work.
pub(super) struct Dispatching {
    process: Child,
    said: JoinHandle<String>,
}

/// What a child said before its end.
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) begun: Vec<Begun>,
    pub(super) acknowledged: Vec<DeliveryId>,
}

/// A send that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) id: DeliveryId,
    pub(super) send: u32,
    pub(super) attempt: u32,
    pub(super) due: SystemTime,
    pub(super) is_resent: bool,
}

impl Dispatching {
    pub(super) fn start(outbox: &Path, url: &str, task: &Task) -> Self {
        let failpoint = task.failpoint.map(|(moment, time)| json!({ "moment": moment, "time": time }));
        let told = json!({
            "outbox": outbox, "url": url, "enqueue": task.enqueue, "concurrency": task.concurrency,
            "failpoint": failpoint, "is_stopped": task.is_stopped, "drain": task.drain,
        });
        // An abort is an end as sudden as a kill; the shell keeps it from writing a core file.
        let mut process = Command::new("sh")
            .args(["-c", r#"ulimit -c 0; exec "$0" "$@""#])
            .arg(std::env::current_exe().unwrap())
            .args([NAME, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(TASK, told.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = process.stdout.take().unwrap();
        let said = tokio::spawn(async move {
            let mut said = String::new();
            stdout.read_to_string(&mut said).await.unwrap();
            said
        });
        Dispatching { process, said }
    }

    /// Ends it at once, wherever it is.
    pub(super) fn kill(&mut self) {
        self.process.start_kill().unwrap();
    }

    /// Waits for its end.
    pub(super) async fn ended(mut self) -> Said {
        let status = self.process.wait().await.unwrap();
        let said = self.said.await.unwrap();
        let lines = |word: &'static str| said.lines().filter_map(move |line| line.strip_prefix(word));
        let begun = lines("> begun ").map(|words| Begun::parse(words).unwrap()).collect();
        let acknowledged = lines("> acknowledged ").map(|id| id.parse().unwrap()).collect();
        Said { status, begun, acknowledged }
    }
}

impl Begun {
    fn parse(words: &str) -> Option<Self> {
        let mut numbers = words.split(' ').map(|number| number.parse::<u64>().unwrap());
        let mut next = || numbers.next();
        Some(Begun {
            id: DeliveryId(next()?),
            send: u32::try_from(next()?).unwrap(),
            attempt: u32::try_from(next()?).unwrap(),
            due: UNIX_EPOCH + Duration::from_micros(next()?),
            is_resent: next()? == 1,
        })
    }
}

/// Ends the process when it has come to a moment for so many times.
#[derive(Clone)]
struct Failpoint(Arc<(Option<String>, AtomicU32)>);

impl Failpoint {
    fn of(task: &Value) -> Self {
        let moment = task["failpoint"]["moment"].as_str().map(str::to_owned);
        let time = task["failpoint"]["time"].as_u64().unwrap_or_default();
        Failpoint(Arc::new((moment, AtomicU32::new(u32::try_from(time).unwrap()))))
    }

    fn is_now(&self, moment: &str) -> bool {
        self.0.0.as_deref() == Some(moment) && self.0.1.fetch_sub(1, Ordering::SeqCst) == 1
    }

    fn passes(&self, moment: &str) {
        if self.is_now(moment) {
            std::process::abort();
        }
    }
}

#[tokio::test]
#[ignore = "other tests start it as a process of its own, and end it"]
async fn dispatches() {
    let Ok(task) = std::env::var(TASK) else { return };
    let task: Value = serde_json::from_str(&task).unwrap();
    let failpoint = Failpoint::of(&task);
    let number = |name: &str| usize::try_from(task[name].as_u64().unwrap()).unwrap();
    // The harness has not ended its line.
    println!();
    let hook = failpoint.clone();
    let outbox = SqliteOutbox::open_watched(Path::new(task["outbox"].as_str().unwrap()), move |point| match point {
        Point::BeforeCommit(work) => hook.passes(&format!("{work}: before")),
        Point::AfterCommit(work) => hook.passes(&format!("{work}: after")),
    });
    let outbox = outbox.unwrap();
    enqueue(&outbox, number("enqueue"), task["url"].as_str().unwrap()).await;

    let dispatcher = Dispatcher::new(Guard { allow_local: true, ..Guard::default() });
    // Each attempt on a connection of its own, so that the points on the wire count attempts.
    let dispatcher = dispatcher.with_dial(Cutting(failpoint.clone())).with_pooling(Pooling::NONE);
    let rules = Rules {
        concurrency: NonZeroUsize::new(number("concurrency")).unwrap(),
        claims: ClaimRules::default(),
        profile: profile(),
        drain: task["drain"].as_bool().unwrap(),
    };
    let (is_stopped, stop) = (task["is_stopped"].as_bool().unwrap(), Notify::new());
    let mut watch = |notice: Notice<'_>| match notice {
        Notice::Sending(claimed) => {
            let (id, send, attempt) = (claimed.id, claimed.send, claimed.attempts + 1);
            let due = claimed.due.duration_since(UNIX_EPOCH).unwrap().as_micros();
            println!("> begun {id} {send} {attempt} {due} {}", u8::from(claimed.is_resent));
            failpoint.passes("sending");
            if is_stopped {
                stop.notify_one();
            }
        }
        Notice::Sent(_) => failpoint.passes("sent"),
        Notice::Kept(_) => failpoint.passes("kept"),
        Notice::Fenced(claimed) => panic!("{claimed:?} was lent to somebody else"),
        Notice::Stuck(error) => panic!("{error}"),
        Notice::Unreadable(what) => panic!("{what}"),
        Notice::GoesOn | Notice::Recovered(_) => {}
    };
    let mut entropy = || 0;
    run(&outbox, &dispatcher, &SystemClock, &rules, &mut entropy, &mut watch, stop.notified()).await.unwrap();
}

/// Enqueues in batches, on from where an earlier one has come.
async fn enqueue(outbox: &SqliteOutbox, count: usize, url: &str) {
    let lines = outbox.import(IMPORT).await.unwrap().map_or(0, |import| import.lines);
    for from in (usize::try_from(lines).unwrap()..count).step_by(BATCH) {
        let batch = (from..from + BATCH).map(|number| numbered(number, url, SystemTime::now())).collect();
        let (lines_before, lines) = (from as u64, (from + BATCH) as u64);
        let import = Import { name: IMPORT.to_owned(), lines_before, lines, digest: String::new() };
        for id in outbox.enqueue(batch, Some(import)).await.unwrap() {
            println!("> acknowledged {id}");
        }
    }
}
