//! What an operator may ask of every outbox.

use chatislav_dispatcher::outbox::{DeliveryId, NewDelivery, OutboxError, Query, State};
use chatislav_webhooks::Step;

use super::super::{endpoint, lead, leads, retry, second, settlement};
use super::{ClaimRules, Restarts, claim, ids, rules};
use crate::support::LEAD;

pub(super) async fn an_operator_lists_and_counts<O: Restarts>() {
    let (outbox, folder) = O::begin();
    let (one, other) = (endpoint("http://127.0.0.1/one"), endpoint("http://127.0.0.1/other"));
    let summary = NewDelivery { event: "conversation_summary".to_owned(), ..lead(&other) };
    outbox.enqueue([leads(&one, 3), vec![summary]].concat(), None).await.unwrap();
    let claimed = outbox.claim(second(0), rules(100), 2).await.unwrap().deliveries;
    outbox.settle(settlement(&claimed[0], Step::Delivered, 1)).await.unwrap();
    let outbox = outbox.restart(&folder);

    let all = Query { limit: 10, ..Query::default() };
    let list = async |query: Query| {
        outbox.list(query).await.unwrap().into_iter().map(|stored| stored.id.0).collect::<Vec<_>>()
    };
    assert_eq!(list(all.clone()).await, [4, 3, 2, 1]);
    assert_eq!(list(Query { limit: 1, ..all.clone() }).await, [4]);
    assert_eq!(list(Query { before: Some(DeliveryId(3)), ..all.clone() }).await, [2, 1]);
    assert_eq!(list(Query { states: vec![State::Delivered, State::Leased], ..all.clone() }).await.len(), 2);
    assert_eq!(list(Query { event: Some("conversation_summary".to_owned()), ..all.clone() }).await, [4]);
    assert_eq!(list(Query { url: Some("/one".to_owned()), ..all.clone() }).await, [3, 2, 1]);
    assert_eq!(list(Query { url: Some("' OR 1".to_owned()), ..all }).await, [0; 0]);
    let counts = outbox.counts().await.unwrap();
    assert_eq!(counts, [(State::Waiting, 2), (State::Leased, 1), (State::Delivered, 1)]);
    assert_eq!(outbox.body(DeliveryId(1)).await.unwrap().as_deref(), Some(LEAD));
    assert_eq!(outbox.body(DeliveryId(9)).await.unwrap(), None);
    assert_eq!(outbox.attempts(DeliveryId(9)).await.unwrap(), []);
}

pub(super) async fn an_operator_retries_cancels_and_prunes<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 5), None).await.unwrap();
    let claimed = outbox.claim(second(0), rules(100), 4).await.unwrap().deliveries;
    for (claimed, step) in claimed.iter().zip([Step::Delivered, Step::Exhausted, retry(1_000)]) {
        outbox.settle(settlement(claimed, step, 1)).await.unwrap();
    }
    let refused = |outcome: Result<(), OutboxError>| outcome.unwrap_err().to_string();
    let [delivered, exhausted, waiting, leased, fresh] = [1, 2, 3, 4, 5].map(DeliveryId);
    for (id, why) in
        [(delivered, "nothing is sent after success"), (leased, "is being sent"), (DeliveryId(9), "no delivery 9")]
    {
        assert!(refused(outbox.retry(id, second(2)).await).contains(why));
    }
    for (id, why) in [(exhausted, "has ended"), (leased, "is being sent")] {
        assert!(refused(outbox.cancel(id, second(2)).await).contains(why));
    }

    outbox.cancel(fresh, second(2)).await.unwrap();
    outbox.retry(exhausted, second(2)).await.unwrap();
    outbox.retry(waiting, second(2)).await.unwrap();
    let claimed = claim(&outbox, 3).await;
    assert_eq!(ids(&claimed), [2, 3]);
    assert_eq!([claimed[0].attempts, claimed[1].attempts], [0, 1], "who has ended begins anew, who waits goes on");
    outbox.settle(settlement(&claimed[0], Step::Delivered, 20)).await.unwrap();
    outbox.settle(settlement(&claimed[1], retry(1_000), 20)).await.unwrap();
    outbox.cancel(waiting, second(21)).await.unwrap();
    assert_eq!(outbox.claim(second(5_000), rules(9), 9).await.unwrap().deliveries.len(), 0);

    assert_eq!(outbox.prune(second(2)).await.unwrap(), 1, "the one that ended before");
    assert_eq!(outbox.prune(second(100)).await.unwrap(), 3);
    assert_eq!(outbox.counts().await.unwrap(), [(State::Leased, 1)]);
    assert_eq!(outbox.body(delivered).await.unwrap(), None);
    let new = outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 1), None).await.unwrap();
    assert_eq!(new, [DeliveryId(6)], "no number is given twice");
}

pub(super) async fn a_claim_of_large_bodies_brings_few<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    let [one, other] = ["http://127.0.0.1/one", "http://127.0.0.1/other"].map(endpoint);
    let large = |to| NewDelivery { body: vec![b' '; 7 << 20].into(), ..lead(to) };
    outbox.enqueue([vec![large(&one); 4], leads(&other, 1)].concat(), None).await.unwrap();
    for expected in [&[1, 2, 3][..], &[5, 4]] {
        let claims = outbox.claim(second(0), rules(100), 100).await.unwrap();
        assert_eq!((ids(&claims.deliveries).as_slice(), claims.next), (expected, None));
        assert_eq!(claims.is_full, expected.len() == 3, "there is more now");
    }
}

pub(super) async fn what_is_cancelled_is_waited_for_by_nobody<O: Restarts>() {
    let (outbox, _folder) = O::begin();
    outbox.enqueue(leads(&endpoint("http://127.0.0.1/"), 3), None).await.unwrap();
    let ordered = ClaimRules { ordered: true, ..rules(9) };
    let claimed = outbox.claim(second(0), ordered, 9).await.unwrap().deliveries;
    outbox.settle(settlement(&claimed[0], retry(4_000), 1)).await.unwrap();
    let held_back = outbox.claim(second(1), ordered, 9).await.unwrap();
    assert_eq!((held_back.deliveries.len(), held_back.next), (0, Some(second(4_000))));

    outbox.cancel(DeliveryId(1), second(2)).await.unwrap();
    let claimed = outbox.claim(second(2), ordered, 9).await.unwrap().deliveries;
    assert_eq!(ids(&claimed), [2], "it holds back nobody any more");
    outbox.settle(settlement(&claimed[0], retry(5_000), 3)).await.unwrap();
    outbox.cancel(DeliveryId(3), second(4)).await.unwrap();
    assert_eq!(outbox.claim(second(4), ordered, 9).await.unwrap().next, Some(second(5_000)));
    outbox.cancel(DeliveryId(2), second(5)).await.unwrap();
    assert_eq!(outbox.claim(second(5), ordered, 9).await.unwrap().next, None);
}
