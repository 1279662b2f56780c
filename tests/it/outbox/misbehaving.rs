//! Endpoints that misbehave, each in another phase of an attempt, and what becomes of their deliveries.

use std::sync::Arc;
use std::time::Duration;

use chatislav_dispatcher::engine::SystemClock;
use chatislav_dispatcher::outbox::{Endpoint, Ledger, NewDelivery, Outbox, SqliteOutbox, State};
use chatislav_webhooks::Phase;
use tokio::net::TcpListener;

use super::trouble::{drain, local, rules};
use super::{endpoint, lead};
use crate::support::{start, verified};

/// Longer than any answer that is to be waited for.
const PATIENT: Duration = Duration::from_secs(60);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(200);

/// A plan of the receiver, the deadline, how the delivery ends, after how many attempts, and how far the last came.
type Case = (&'static str, Duration, State, u32, Option<Phase>);

const CASES: [Case; 18] = [
    ("200", PATIENT, State::Delivered, 1, None),
    ("wait(1ms..5ms) 204", PATIENT, State::Delivered, 1, None),
    ("503x2,200", PATIENT, State::Delivered, 3, None),
    ("drip(2,20ms)", PATIENT, State::Delivered, 1, None),
    ("short(10B)", PATIENT, State::Delivered, 1, None),
    ("reset(after=1KiB)", PATIENT, State::Delivered, 1, None),
    ("302(location=/x)", PATIENT, State::Failed, 1, None),
    ("404", PATIENT, State::Failed, 1, None),
    ("429(retry-after=1)", PATIENT, State::Failed, 1, None),
    ("early(401)", PATIENT, State::Failed, 1, None),
    ("500", PATIENT, State::Exhausted, 3, None),
    ("close", PATIENT, State::Exhausted, 3, Some(Phase::Headers)),
    ("reset", PATIENT, State::Exhausted, 3, Some(Phase::Headers)),
    ("reset(after=10B)", PATIENT, State::Exhausted, 3, Some(Phase::Headers)),
    ("garbage", PATIENT, State::Exhausted, 3, Some(Phase::Headers)),
    ("never", SHORT, State::Exhausted, 3, Some(Phase::Headers)),
    ("stall(headers)", SHORT, State::Exhausted, 3, Some(Phase::Headers)),
    ("reset,garbage,200", PATIENT, State::Delivered, 3, None),
];

#[tokio::test]
async fn an_endpoint_that_misbehaves_in_any_phase_ends_as_the_rule_says() {
    let receiver = start(verified("200")).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let folder = tempfile::tempdir().unwrap();
    let outbox = SqliteOutbox::open(&folder.path().join("outbox")).unwrap();
    let of_plans = CASES.iter().map(|(plan, timeout, ..)| {
        let query: String = url::form_urlencoded::byte_serialize(plan.as_bytes()).collect();
        let to = endpoint(&format!("http://{}/?respond={}", receiver.address, query.replace('+', "%20")));
        Arc::new(Endpoint { timeout: *timeout, ..(*to).clone() })
    });
    let others = [endpoint(&closed), endpoint("http://192.168.0.1/")];
    let deliveries: Vec<NewDelivery> = of_plans.chain(others).map(|to| lead(&to)).collect();
    let ids = outbox.enqueue(deliveries, None).await.unwrap();

    let delays = [Duration::from_millis(1); 2];
    let summary = drain(&outbox, &local(), &SystemClock, &rules(8, delays), &mut |_| {}).await;
    let expected = CASES.into_iter().chain([
        ("nobody listens", PATIENT, State::Exhausted, 3, Some(Phase::Connect)),
        ("blocked", PATIENT, State::Blocked, 1, None),
    ]);
    let mut attempts = 0;
    for (id, (plan, _, state, count, phase)) in ids.into_iter().zip(expected) {
        let records = outbox.attempts(id).await.unwrap();
        let last = records.last().unwrap();
        assert_eq!((records.len() as u32, last.decision.as_str(), last.phase), (count, state.name(), phase), "{plan}");
        attempts += u64::from(count);
    }
    assert_eq!(summary.attempts, attempts);
    // Three times nobody was there, and once nobody was asked.
    assert_eq!(receiver.stopped().await.len() as u64, attempts - 4);
}
