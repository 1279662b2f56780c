//! The dispatcher is killed at every point, and another one goes on.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chatislav_dispatcher::outbox::{DeliveryId, SqliteOutbox};
use chatislav_receiver::Journal;

use super::audit::{Audit, Broken};
use super::child::{Dispatching, Said, Task};
use super::facts::gathered;
use super::{DELAYS, config};
use crate::support::{send, start_with};

/// So many deliveries: each kind to each endpoint.
const DELIVERIES: usize = 8;

/// Whether the attempt that was under way comes to the endpoint twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twice {
    Never,
    Always,
    /// It depends on what else was under way.
    Perhaps,
}

/// A point of the work.
struct Row {
    /// How the table says it.
    words: &'static str,
    /// The moments at which one dispatcher after the other ends.
    moments: &'static [&'static str],
    /// What happens with one attempt at a time, when the moment comes for the first time and later.
    alone: [Twice; 2],
}

const fn row(words: &'static str, moments: &'static [&'static str], alone: [Twice; 2]) -> Row {
    Row { words, moments, alone }
}

impl Row {
    /// Which times of its moment are tried.
    fn times(&self) -> [u32; 2] {
        if ["enqueue", "give back"].iter().any(|rare| self.moments[0].starts_with(rare)) { [1, 2] } else { [1, 3] }
    }

    /// Whether nothing is sent before it.
    fn is_before_all(&self) -> bool {
        self.moments[0].starts_with("enqueue")
    }

    /// What is given back was claimed ahead, which is not done for one attempt at a time.
    fn has_alone(&self) -> bool {
        !self.moments[0].starts_with("give back")
    }
}

use Twice::{Always, Never, Perhaps};

const ROWS: [Row; 19] = [
    row("enqueued, not committed", &["enqueue: before"], [Never; 2]),
    row("enqueued and committed, nobody was told", &["enqueue: after"], [Never; 2]),
    row("claimed, not committed", &["claim: before"], [Never, Perhaps]),
    row("claimed and committed, the engine does not know", &["claim: after"], [Never; 2]),
    row("about to send", &["sending"], [Never; 2]),
    row("in the head of the request", &["wire: head"], [Never; 2]),
    row("in the body of the request", &["wire: body"], [Never; 2]),
    row("the request is written", &["wire: written"], [Perhaps; 2]),
    row("in the answer", &["wire: answer"], [Always; 2]),
    row("sent, nothing asked to be kept", &["sent"], [Always; 2]),
    row("settled, not committed", &["settle: before"], [Always; 2]),
    row("settled and committed, the engine does not know", &["settle: after"], [Never; 2]),
    row("told as kept", &["kept"], [Never; 2]),
    row("given back, not committed", &["give back: before"], [Perhaps; 2]),
    row("given back and committed, the engine does not know", &["give back: after"], [Perhaps; 2]),
    row("taken back after a kill, not committed", &["claim: after", "recover: before"], [Never; 2]),
    row("taken back after a kill and committed", &["claim: after", "recover: after"], [Never; 2]),
    row("sent, and in taking it back again", &["sent", "recover: before"], [Always; 2]),
    row("settled, not committed, twice in a row", &["settle: before", "settle: before"], [Always; 2]),
];

/// One dispatcher after the other, the last of which ends what is left.
async fn scenario(row: &Row, time: u32, concurrency: usize) -> Audit {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let journal = Arc::new(Journal::default());
    let receiver = start_with(config(), Arc::clone(&journal)).await;
    let url = format!("http://{}", receiver.address);
    let what = format!("{} (time {time}, {concurrency} at once)", row.words);

    let (mut begun, mut acknowledged) = (Vec::new(), Vec::new());
    let mut run = async |failpoint: Option<(&'static str, u32)>| {
        let is_stopped = failpoint.is_some_and(|(moment, _)| moment.starts_with("give back"));
        let task = Task { enqueue: DELIVERIES, concurrency, failpoint, is_stopped, drain: true };
        let said = Dispatching::start(&path, &url, &task).ended().await;
        // Whatever the dispatcher has sent is read before this is.
        send(receiver.address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let Said { status, begun: sends, acknowledged: ids } = said;
        begun.extend(sends);
        acknowledged.extend(ids);
        status
    };
    for (index, moment) in row.moments.iter().enumerate() {
        // Something is taken back once in a run.
        let time = if moment.starts_with("recover") || index > 0 { 1 } else { time };
        let status = run(Some((moment, time))).await;
        assert!(status.code().is_none(), "{what}: {moment} was not reached: {status}");
    }
    let status = run(None).await;
    assert!(status.success(), "{what}: the last one: {status}");

    receiver.stopped().await;
    let outbox = SqliteOutbox::open(&path).unwrap();
    let seen = gathered(&outbox, &journal, &begun).await;
    let mut audit = Audit::of(&seen, &DELAYS);
    let is_here = |id: &DeliveryId| seen.iter().any(|seen| seen.stored.id == *id);
    if audit.deliveries != DELIVERIES || !acknowledged.iter().all(is_here) {
        audit.broken.entry(Broken::Lost).or_default().push(format!("{} are in the outbox", seen.len()));
    }
    assert!(audit.broken.is_empty(), "{what}: {}", audit.broken.values().flatten().next().unwrap());
    audit
}

/// The runs of a row, each with what it came to.
#[derive(Default)]
struct Outcomes {
    alone: Vec<(Twice, Audit)>,
    together: Vec<Audit>,
}

const TOGETHER: usize = 4;

fn run(row: &Row) -> Outcomes {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut outcomes = Outcomes::default();
    for (index, time) in row.times().into_iter().enumerate() {
        if row.has_alone() {
            outcomes.alone.push((row.alone[index], runtime.block_on(scenario(row, time, 1))));
        }
        outcomes.together.push(runtime.block_on(scenario(row, time, TOGETHER)));
    }
    for (expected, audit) in &outcomes.alone {
        let is_so = match expected {
            Never => audit.twice == 0,
            Always => audit.twice > 0,
            Perhaps => audit.twice <= 1,
        };
        // The receiver has read the head of it, and knows which one it was.
        let came_in_part = audit.parts == 1;
        assert!(row.moments != ["wire: body"] || came_in_part, "{}: {} parts", row.words, audit.parts);
        assert!(is_so, "{}: {expected:?} twice, and it was so {} times", row.words, audit.twice);
    }
    for audit in &outcomes.together {
        // As many may be sent, and twice as many wait to be kept.
        let most = if row.is_before_all() { 0 } else { 3 * TOGETHER * row.moments.len() };
        let least = usize::from(row.alone == [Always; 2]);
        assert!((least..=most).contains(&audit.twice), "{}: {} twice, at most {most}", row.words, audit.twice);
    }
    outcomes
}

const HEAD: &str = "\
# What a kill does

A dispatcher is killed at each point of its work, and another one goes on until nothing waits. Then the receiver's
journal is compared with the outbox: each delivery has ended once and as it had to, no request came before it was due or
after the end, and an attempt came twice only where the outbox says `interrupted`.

Each point is tried with one attempt at a time and with four, when it is reached for the first time and later.
`make crash-matrix` writes this table anew, and a test holds it to what happens.

| Killed when it was | Lost | Too early | After the end | Not marked | Sent twice, one at a time | Sent twice, four at a time |
|---|---|---|---|---|---|---|
";

fn table(all: &[Outcomes]) -> String {
    let mut table = HEAD.to_owned();
    for (row, outcomes) in ROWS.iter().zip(all) {
        let audits = || outcomes.alone.iter().map(|(_, audit)| audit).chain(&outcomes.together);
        let counts = [Broken::Lost, Broken::Early, Broken::AfterEnd, Broken::Unmarked]
            .map(|broken| audits().map(|audit| audit.count(broken)).sum::<usize>().to_string());
        let alone = match row.alone {
            _ if !row.has_alone() => "does not happen",
            [Never, Never] => "never",
            [Always, Always] => "always",
            [Never, _] => "if the one before was settled in the same transaction",
            _ => "if it had arrived",
        };
        let together = if row.is_before_all() { "never" } else { "what was under way" };
        let _ = writeln!(table, "| {} | {} | {alone} | {together} |", row.words, counts.join(" | "));
    }
    table
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/crash-matrix.md")
}

#[test]
fn a_kill_at_any_point_loses_nothing_and_sends_nothing_twice_unmarked() {
    let (next, all) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(row) = ROWS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcomes = run(row);
                    all.lock().unwrap().push((row.words, outcomes));
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.sort_by_key(|(words, _)| ROWS.iter().position(|row| row.words == *words));
    let all: Vec<Outcomes> = all.into_iter().map(|(_, outcomes)| outcomes).collect();
    assert_eq!(all.len(), ROWS.len());
    let table = table(&all);
    if std::env::var_os("CHATISLAV_WRITE_DOCS").is_some() {
        std::fs::write(document(), &table).unwrap();
    }
    let written = std::fs::read_to_string(document()).unwrap();
    assert!(written == table, "docs/crash-matrix.md says something else; run `make crash-matrix`");
}
