//! What every outbox does alike. A third one is added in [`suite!`].

mod operator;

use std::num::NonZeroU32;

use chatislav_dispatcher::outbox::{
    ClaimRules, Claimed, DeliveryId, Import, Ledger, MemoryOutbox, Outbox, Query, SqliteOutbox, State, Trouble,
};
use chatislav_webhooks::{CustomHeader, DeliveryKey, Step};
use operator::{
    a_claim_of_large_bodies_brings_few, an_operator_lists_and_counts, an_operator_retries_cancels_and_prunes,
    what_is_cancelled_is_waited_for_by_nobody,
};
use tempfile::TempDir;

use super::{endpoint, lead, leads, retry, second, settlement};
use crate::support::{LEAD, LEAD_SIGNATURE};

/// An outbox whose owner can end and begin anew.
trait Restarts: Outbox + Ledger + Sized {
    fn begin() -> (Self, Option<TempDir>);
    fn restart(self, folder: &Option<TempDir>) -> Self;
}

impl Restarts for MemoryOutbox {
    fn begin() -> (Self, Option<TempDir>) {
        (MemoryOutbox::new(), None)
    }

    fn restart(self, _: &Option<TempDir>) -> Self {
        MemoryOutbox::restart(&self);
        self
    }
}

impl Restarts for SqliteOutbox {
    fn begin() -> (Self, Option<TempDir>) {
        let folder = tempfile::tempdir().unwrap();
        (SqliteOutbox::open(&folder.path().join("outbox")).unwrap(), Some(folder))
    }

    fn restart(self, folder: &Option<TempDir>) -> Self {
        drop(self);
        SqliteOutbox::open(&folder.as_ref().unwrap().path().join("outbox")).unwrap()
    }
}

macro_rules! suite {
    ($($test:ident)*) => {
        mod memory {
            $(#[tokio::test] async fn $test() { super::$test::<super::MemoryOutbox>().await; })*
        }
        mod sqlite {
            $(#[tokio::test] async fn $test() { super::$test::<super::SqliteOutbox>().await; })*
        }
    };
}

suite! {
    what_was_enqueued_is_lent_once_as_it_is
    an_import_goes_on_where_it_stands
    a_retry_waits_for_its_time
    outcome_record_and_next_time_are_kept_together
    who_has_lost_the_lease_is_fenced_off
    what_was_lent_to_somebody_who_is_gone_is_lent_again_and_marked
    what_is_given_back_was_not_sent
    endpoints_take_turns_within_their_caps
    a_claim_of_large_bodies_brings_few
    fresh_work_goes_before_retries
    in_order_a_retry_holds_back_what_is_behind_it
    a_rate_is_kept
    endpoints_differ_by_anything_in_them
    an_operator_lists_and_counts
    an_operator_retries_cancels_and_prunes
    what_is_cancelled_is_waited_for_by_nobody
    a_change_is_told
}

fn rules(per_endpoint: u32) -> ClaimRules {
    ClaimRules { per_endpoint: NonZeroU32::new(per_endpoint).unwrap(), ..ClaimRules::default() }
}

async fn claim(outbox: &impl Outbox, seconds: u64) -> Vec<Claimed> {
    outbox.claim(second(seconds), rules(100), 100).await.unwrap().deliveries
}

fn ids(claimed: &[Claimed]) -> Vec<u64> {
    claimed.iter().map(|claimed| claimed.id.0).collect()
}

async fn state(outbox: &impl Ledger, id: DeliveryId) -> State {
    let all = outbox.list(Query { limit: 1000, ..Query::default() }).await.unwrap();
    all.iter().find(|stored| stored.id == id).unwrap().state
}

async fn what_was_enqueued_is_lent_once_as_it_is<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    let unsigned = super::NewDelivery { signature: None, ..lead(&endpoint("http://127.0.0.1/b?x=%20")) };
    let enqueued = outbox.enqueue(vec![lead(&endpoint("http://127.0.0.1/a")), unsigned], None).await.unwrap();
    assert_eq!(enqueued, [DeliveryId(1), DeliveryId(2)]);

    let claimed = claim(&outbox, 0).await;
    assert_eq!(ids(&claimed), [1, 2]);
    let [first, second] = &claimed[..] else { panic!("{claimed:?}") };
    assert_eq!((&first.body[..], first.signature.as_deref()), (LEAD, Some(LEAD_SIGNATURE)));
    assert_eq!((first.key, first.attempts, first.send, first.is_resent), (DeliveryKey::of(LEAD), 0, 1, false));
    assert_eq!(first.due, super::second(0));
    assert_eq!(
        (second.signature.as_deref(), second.endpoint.target.to_string().as_str()),
        (None, "http://127.0.0.1/b?x=%20")
    );
    assert_ne!(first.lease, second.lease);
    assert_eq!(ids(&claim(&outbox, 1_000_000).await), [0; 0], "until it is settled nobody else gets it");
}

async fn an_import_goes_on_where_it_stands<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    let import = |lines_before, lines: u64| Import {
        name: "file".to_owned(),
        lines_before,
        lines,
        digest: format!("{lines:064}"),
    };
    let to = endpoint("http://127.0.0.1/");
    outbox.enqueue(leads(&to, 2), Some(import(0, 2))).await.unwrap();
    let error = outbox.enqueue(leads(&to, 2), Some(import(0, 2))).await.unwrap_err();
    assert_eq!(error.trouble, Trouble::Import);
    outbox.enqueue(leads(&to, 1), Some(import(2, 3))).await.unwrap();
    assert_eq!(claim(&outbox, 0).await.len(), 3, "nothing of the import that was refused");
    let stands = outbox.import("file").await.unwrap().unwrap();
    assert_eq!((stands.lines, stands.digest), (3, format!("{:064}", 3)));
    assert_eq!(outbox.import("other").await.unwrap(), None);
}

async fn a_retry_waits_for_its_time<O: Restarts>() {
    let (outbox, folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    let claimed = claim(&outbox, 0).await;
    outbox.settle(settlement(&claimed[0], retry(6), 1)).await.unwrap();

    let claims = outbox.claim(second(5), rules(100), 100).await.unwrap();
    assert!(claims.deliveries.is_empty());
    assert_eq!(claims.next, Some(second(6)));
    let outbox = outbox.restart(&folder);
    assert_eq!(outbox.claim(second(5), rules(100), 100).await.unwrap().next, Some(second(6)), "the time was kept");
    let claimed = claim(&outbox, 6).await;
    assert_eq!((claimed[0].attempts, claimed[0].send, claimed[0].is_resent), (1, 2, false));
    assert_eq!(claimed[0].due, second(6));
    outbox.settle(settlement(&claimed[0], Step::Delivered, 7)).await.unwrap();
    let claims = outbox.claim(second(1_000_000), rules(100), 100).await.unwrap();
    assert!(claims.deliveries.is_empty() && claims.next.is_none(), "nothing after success");
}

async fn outcome_record_and_next_time_are_kept_together<O: Restarts>() {
    let (outbox, folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    let mut claimed = claim(&outbox, 0).await;
    let mut settled = Vec::new();
    for (step, at) in [(retry(6), 1), (Step::Exhausted, 7)] {
        settled.push(settlement(&claimed[0], step, at));
        outbox.settle(settled.last().unwrap().clone()).await.unwrap();
        claimed = claim(&outbox, 100).await;
    }
    let outbox = outbox.restart(&folder);
    let records = outbox.attempts(DeliveryId(1)).await.unwrap();
    assert_eq!(records, settled.into_iter().map(|settled| settled.record).collect::<Vec<_>>());
    let stored = outbox.list(Query { limit: 1, ..Query::default() }).await.unwrap();
    assert_eq!((stored[0].state, stored[0].attempts, stored[0].sends), (State::Exhausted, 2, 2));
    assert_eq!(stored[0].ended, Some(second(7)));
}

async fn who_has_lost_the_lease_is_fenced_off<O: Restarts>() {
    let (outbox, folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    let gone = claim(&outbox, 0).await.remove(0);
    let outbox = outbox.restart(&folder);
    assert_eq!(outbox.recover().await.unwrap(), 1);
    let late = outbox.settle(settlement(&gone, Step::Failed, 1)).await.unwrap_err();
    assert_eq!(late.trouble, Trouble::Fenced);

    let heir = claim(&outbox, 1).await.remove(0);
    assert_ne!(heir.lease, gone.lease);
    assert_eq!(outbox.settle(settlement(&gone, Step::Failed, 2)).await.unwrap_err().trouble, Trouble::Fenced);
    assert_eq!(outbox.give_back(gone.id, gone.lease).await.unwrap_err().trouble, Trouble::Fenced);
    outbox.settle(settlement(&heir, Step::Delivered, 3)).await.unwrap();
    assert_eq!(outbox.settle(settlement(&heir, Step::Failed, 4)).await.unwrap_err().trouble, Trouble::Fenced);
    assert_eq!(state(&outbox, gone.id).await, State::Delivered);
    let decisions: Vec<_> = outbox.attempts(gone.id).await.unwrap().into_iter().map(|record| record.decision).collect();
    assert_eq!(decisions, ["interrupted", "delivered"], "what was fenced off left nothing");
}

async fn what_was_lent_to_somebody_who_is_gone_is_lent_again_and_marked<O: Restarts>() {
    let (outbox, folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 3), None).await.unwrap();
    let claimed = outbox.claim(second(0), rules(100), 2).await.unwrap().deliveries;
    outbox.settle(settlement(&claimed[0], retry(50), 1)).await.unwrap();
    let outbox = outbox.restart(&folder);
    assert_eq!(outbox.recover().await.unwrap(), 1);
    assert_eq!(outbox.recover().await.unwrap(), 0);

    let again = claim(&outbox, 2).await;
    assert_eq!(ids(&again), [2, 3], "before its time the first one is not due");
    assert_eq!((again[0].attempts, again[0].send, again[0].is_resent), (0, 2, true));
    assert_eq!((again[1].send, again[1].is_resent), (1, false));
    assert_eq!(outbox.recover().await.unwrap(), 0, "its own it does not take back");
    let record = outbox.attempts(DeliveryId(2)).await.unwrap().remove(0);
    assert_eq!((record.attempt, record.send, record.duration), (1, 1, None));
    assert_eq!((record.started, record.decision.as_str()), (second(0), "interrupted"));

    outbox.settle(settlement(&again[0], retry(9), 3)).await.unwrap();
    let claimed = claim(&outbox, 9).await;
    assert_eq!((claimed[0].attempts, claimed[0].send, claimed[0].is_resent), (1, 3, false), "how it went is known");
}

async fn what_is_given_back_was_not_sent<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    for _ in 0..2 {
        let claimed = claim(&outbox, 0).await;
        assert_eq!((claimed[0].send, claimed[0].is_resent), (1, false));
        outbox.give_back(claimed[0].id, claimed[0].lease).await.unwrap();
    }
    let claimed = claim(&outbox, 0).await;
    outbox.settle(settlement(&claimed[0], retry(5), 1)).await.unwrap();
    let claimed = claim(&outbox, 5).await;
    outbox.give_back(claimed[0].id, claimed[0].lease).await.unwrap();
    assert_eq!(claim(&outbox, 5).await[0].attempts, 1);
    assert_eq!(outbox.attempts(DeliveryId(1)).await.unwrap().len(), 1);
}

async fn endpoints_take_turns_within_their_caps<O: Restarts>() {
    let (outbox, folder) = O::begin();
    let (busy, quiet) = (endpoint("http://127.0.0.1/busy"), endpoint("http://127.0.0.1/quiet"));
    outbox.enqueue(leads(&busy, 50), None).await.unwrap();
    outbox.enqueue(leads(&quiet, 2), None).await.unwrap();
    let claims = outbox.claim(second(0), rules(3), 4).await.unwrap();
    assert_eq!(ids(&claims.deliveries), [1, 2, 51, 52]);
    assert!(claims.is_full);
    let claims = outbox.claim(second(0), rules(3), 4).await.unwrap();
    assert_eq!(ids(&claims.deliveries), [3]);
    assert!(!claims.is_full && claims.next.is_none());

    // Who begins anew finds them in use until they are taken back.
    let outbox = outbox.restart(&folder);
    assert_eq!(outbox.claim(second(0), rules(3), 4).await.unwrap().deliveries.len(), 0);
    assert_eq!(outbox.recover().await.unwrap(), 5);
    let claims = outbox.claim(second(0), rules(3), 10).await.unwrap();
    assert_eq!(ids(&claims.deliveries), [1, 2, 3, 51, 52]);
}

async fn fresh_work_goes_before_retries<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    let (one, other) = (endpoint("http://127.0.0.1/1"), endpoint("http://127.0.0.1/2"));
    outbox.enqueue(leads(&one, 2), None).await.unwrap();
    for claimed in claim(&outbox, 0).await {
        outbox.settle(settlement(&claimed, retry(5 - claimed.id.0), 1)).await.unwrap();
    }
    outbox.enqueue([leads(&one, 1), leads(&other, 1)].concat(), None).await.unwrap();
    assert_eq!(ids(&claim(&outbox, 10).await), [3, 4, 2, 1], "and of the retries the longest due");
}

async fn in_order_a_retry_holds_back_what_is_behind_it<O: Restarts>() {
    let (outbox, folder) = O::begin();
    let (one, other) = (endpoint("http://127.0.0.1/1"), endpoint("http://127.0.0.1/2"));
    outbox.enqueue([leads(&one, 3), leads(&other, 1)].concat(), None).await.unwrap();
    let ordered = ClaimRules { ordered: true, ..rules(100) };
    let first = outbox.claim(second(0), ordered, 100).await.unwrap().deliveries;
    assert_eq!(ids(&first), [1, 4]);
    outbox.settle(settlement(&first[0], retry(6), 1)).await.unwrap();
    let claims = outbox.claim(second(2), ordered, 100).await.unwrap();
    assert_eq!((ids(&claims.deliveries), claims.next), (vec![], Some(second(6))));

    let outbox = outbox.restart(&folder);
    let mut order = Vec::new();
    for seconds in [6, 7, 8] {
        let claimed = outbox.claim(second(seconds), ordered, 100).await.unwrap().deliveries;
        order.extend(ids(&claimed));
        for claimed in claimed {
            outbox.settle(settlement(&claimed, Step::Delivered, seconds)).await.unwrap();
        }
    }
    assert_eq!(order, [1, 2, 3]);
}

async fn a_rate_is_kept<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 5), None).await.unwrap();
    let slow = ClaimRules { rate: Some(0.5), ..rules(100) };
    let claims = outbox.claim(second(0), slow, 100).await.unwrap();
    assert_eq!((claims.deliveries.len(), claims.next), (1, Some(second(2))));
    assert_eq!(outbox.claim(second(1), slow, 100).await.unwrap().deliveries.len(), 0);
    assert_eq!(outbox.claim(second(2), slow, 100).await.unwrap().deliveries.len(), 1);
    assert_eq!(outbox.claim(second(100), slow, 100).await.unwrap().deliveries.len(), 1, "what was not used is gone");
}

async fn endpoints_differ_by_anything_in_them<O: Restarts>() {
    let (outbox, folder) = O::begin();
    let plain = endpoint("http://127.0.0.1/");
    let headers = vec![CustomHeader::new("X-Key", "a: b").unwrap(), CustomHeader::new("X-Empty", "").unwrap()];
    let other = std::sync::Arc::new(chatislav_dispatcher::outbox::Endpoint {
        method: chatislav_dispatcher::Method::Put,
        headers,
        timeout: std::time::Duration::from_millis(1_500),
        ..(*plain).clone()
    });
    outbox
        .enqueue([leads(&plain, 2), leads(&other, 2), leads(&endpoint("http://127.0.0.1/"), 1)].concat(), None)
        .await
        .unwrap();
    let outbox = outbox.restart(&folder);
    let claimed = outbox.claim(second(0), rules(1), 100).await.unwrap().deliveries;
    assert_eq!(ids(&claimed), [1, 3], "equal ones are one");
    assert_eq!((&claimed[0].endpoint, &claimed[1].endpoint), (&plain, &other));
}

async fn a_change_is_told<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    outbox.changed().await;
    outbox.cancel(DeliveryId(1), second(1)).await.unwrap();
    outbox.retry(DeliveryId(1), second(1)).await.unwrap();
    outbox.changed().await;
}
