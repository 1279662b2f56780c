//! What an outbox in a file does beside: who may open it, and who notices what.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chatislav_dispatcher::engine::{Notice, Rules, SystemClock, run};
use chatislav_dispatcher::outbox::{ClaimRules, DeliveryId, Ledger, Outbox, Query, SqliteOutbox, State, Trouble};
use chatislav_webhooks::Step;
use rusqlite::Connection;

use super::{endpoint, lead, leads, retry, second, settlement};

#[test]
fn it_has_one_dispatcher_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let first = SqliteOutbox::open(&path).unwrap();
    let error = SqliteOutbox::open(&path).unwrap_err().to_string();
    assert!(error.contains("another dispatcher writes to"), "{error}");
    drop(first);
    SqliteOutbox::open(&path).unwrap();
}

#[test]
fn it_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    drop(SqliteOutbox::join(&path).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    for error in [SqliteOutbox::open(&path).unwrap_err(), SqliteOutbox::join(&path).unwrap_err()] {
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    drop(SqliteOutbox::open(&path).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    for error in [SqliteOutbox::open(&path).unwrap_err(), SqliteOutbox::join(&path).unwrap_err()] {
        assert!(error.to_string().contains("was written by a newer chatislav (schema 99"), "{error}");
    }
}

#[test]
fn what_is_no_outbox_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let before = fs::read(&path).unwrap();
    for error in [SqliteOutbox::open(&path).unwrap_err(), SqliteOutbox::join(&path).unwrap_err()] {
        assert!(error.to_string().contains("is the database of another program"), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn others_enqueue_beside_the_dispatcher_and_it_notices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let owner = SqliteOutbox::open(&path).unwrap();
    let beside = SqliteOutbox::join(&path).unwrap();
    let claim = async || owner.claim(second(0), ClaimRules::default(), 100).await.unwrap().deliveries;
    assert!(claim().await.is_empty());
    let refused = beside.claim(second(0), ClaimRules::default(), 100).await.unwrap_err();
    assert_eq!(refused.trouble, Trouble::Refused);

    beside.enqueue(leads(&endpoint("http://127.0.0.1/"), 2), None).await.unwrap();
    owner.changed().await;
    let claimed = loop {
        // The first change told may be the file's making.
        match claim().await {
            claimed if claimed.is_empty() => owner.changed().await,
            claimed => break claimed,
        }
    };
    assert_eq!(claimed.len(), 2);
    owner.settle(settlement(&claimed[0], Step::Exhausted, 1)).await.unwrap();
    beside.retry(DeliveryId(1), second(2)).await.unwrap();
    owner.changed().await;
    assert_eq!(claim().await[0].id, DeliveryId(1));
    assert_eq!(beside.cancel(DeliveryId(2), second(3)).await.unwrap_err().trouble, Trouble::Refused);
}

#[tokio::test]
async fn what_others_cancel_is_waited_for_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let owner = SqliteOutbox::open(&path).unwrap();
    let beside = SqliteOutbox::join(&path).unwrap();
    owner.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    let claim = async || owner.claim(second(1), ClaimRules::default(), 100).await.unwrap();
    let claimed = claim().await.deliveries;
    owner.settle(settlement(&claimed[0], retry(4_000), 1)).await.unwrap();
    assert_eq!(claim().await.next, Some(second(4_000)));
    beside.cancel(DeliveryId(1), second(2)).await.unwrap();
    // The first changes told may be earlier ones.
    while claim().await.next.is_some() {
        owner.changed().await;
    }
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_read_costs_the_others_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let outbox = SqliteOutbox::open(&path).unwrap();
    let [bad, good] = ["http://127.0.0.1/bad", "http://127.0.0.1/good"].map(endpoint);
    outbox.enqueue([leads(&bad, 2), leads(&good, 2)].concat(), None).await.unwrap();
    drop(outbox);
    let stock = Connection::open(&path).unwrap();
    stock.execute_batch("UPDATE endpoints SET method = 'BREW' WHERE url LIKE '%bad'").unwrap();

    let outbox = SqliteOutbox::open(&path).unwrap();
    let claim = async || outbox.claim(second(0), ClaimRules::default(), 3).await.unwrap();
    let claims = claim().await;
    assert_eq!(claims.deliveries.iter().map(|claimed| claimed.id.0).collect::<Vec<_>>(), [3, 4]);
    assert!(claims.unreadable[0].contains("endpoint 1 of the outbox cannot be read"), "{:?}", claims.unreadable);
    assert_eq!(claims.next, None);
    let all = outbox.list(Query { limit: 9, ..Query::default() }).await.unwrap();
    assert_eq!(all[3].url, "http://127.0.0.1/bad", "it is listed all the same");

    stock.execute_batch("UPDATE endpoints SET timeout_us = 1 WHERE url LIKE '%bad'").unwrap();
    outbox.changed().await;
    assert_eq!(claim().await.unreadable.len(), 0, "it is told once");
    stock.execute_batch("UPDATE endpoints SET method = 'PUT' WHERE url LIKE '%bad'").unwrap();
    let mended = loop {
        match claim().await.deliveries {
            none if none.is_empty() => outbox.changed().await,
            mended => break mended,
        }
    };
    assert_eq!(mended.len(), 2);
}

#[tokio::test]
async fn two_make_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let path = path.clone();
            std::thread::spawn(move || {
                let outbox = if number == 0 { SqliteOutbox::open(&path) } else { SqliteOutbox::join(&path) };
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let to = endpoint(&format!("http://127.0.0.1/{}", number % 2));
                runtime.block_on(outbox.unwrap().enqueue(leads(&to, 5), None)).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(SqliteOutbox::open(&path).unwrap().counts().await.unwrap(), [(State::Waiting, 40)]);
}

#[tokio::test]
async fn it_opens_with_the_stock_tool_and_says_what_it_means() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let outbox = SqliteOutbox::open(&path).unwrap();
    outbox.enqueue(vec![lead(&endpoint("http://127.0.0.1/hook"))], None).await.unwrap();
    let database = Connection::open(&path).unwrap();
    let row: (String, String, String, String) = database
        .query_row(
            "SELECT url, state, event, datetime(due_us / 1e6, 'unixepoch') FROM deliveries \
             JOIN endpoints ON endpoints.id = endpoint",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!(
        row,
        ("http://127.0.0.1/hook".into(), "waiting".into(), "lead_collection".into(), "2027-01-15 08:00:00".into())
    );
    let secrets: i64 = database
        .query_row("SELECT count(*) FROM payloads WHERE signature LIKE '%Secret%'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(secrets, 0);
}

/// The plan of each question that a claim asks: an index that holds only what can be its answer.
#[test]
fn no_question_of_a_claim_walks_through_what_it_does_not_want() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    drop(SqliteOutbox::open(&path).unwrap());
    let database = Connection::open(&path).unwrap();
    for (question, index) in [
        ("endpoint = 1 AND state = 'waiting' AND attempts = 0 AND 1 IS NOT NULL ORDER BY id LIMIT 5", "fresh"),
        ("endpoint = 1 AND state = 'waiting' AND attempts > 0 AND due_us <= 7 ORDER BY due_us LIMIT 5", "retries"),
        ("endpoint = 1 AND state = 'waiting' AND attempts > 0 ORDER BY due_us LIMIT 1", "retries"),
        ("state = 'leased'", "leased"),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT id, sends FROM deliveries JOIN payloads ON delivery = id WHERE {question}"
        );
        let mut statement = database.prepare(&sql).unwrap();
        let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        assert!(plan[0].contains(&format!("USING INDEX {index}")), "{question}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{question}: {plan:?}");
    }
}

#[tokio::test]
async fn who_does_not_own_it_empties_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let beside = SqliteOutbox::join(&folder.path().join("outbox")).unwrap();
    let rules = Rules {
        concurrency: std::num::NonZeroUsize::MIN,
        claims: ClaimRules::default(),
        profile: chatislav_webhooks::Profile::chatislav(),
        drain: false,
    };
    let dispatcher = chatislav_dispatcher::Dispatcher::new(chatislav_webhooks::target::Guard::default());
    let (mut entropy, mut watch) = (|| 0, |_: Notice<'_>| {});
    let ended = run(&beside, &dispatcher, &SystemClock, &rules, &mut entropy, &mut watch, std::future::pending());
    assert_eq!(ended.await.unwrap_err().trouble, Trouble::Refused);
}
