//! What bounds a run whatever its rules say, and what does not.

use bytes::Bytes;

use super::*;

#[test]
fn who_sends_without_bounds_sends() {
    let outbox = MemoryOutbox::new();
    enqueue(&outbox, leads(&endpoint("http://10.0.0.1/"), 100));
    let world = World::new(|_, _| (Outcome::Success(200), MILLISECOND));
    let claims = ClaimRules { per_endpoint: NonZeroU32::MAX, rate: Some(f64::MAX), ordered: false };
    assert_eq!(world.run(&outbox, &Rules { claims, ..rules(usize::MAX) }, 1).delivered, 100);
}

#[test]
fn large_bodies_are_not_all_in_memory_at_once() {
    let outbox = MemoryOutbox::new();
    let large = NewDelivery { body: Bytes::from(vec![b' '; 8 << 20]), ..lead(&endpoint("http://10.0.0.1/large")) };
    enqueue(&outbox, vec![large; 40]);
    let world = World::new(|_, _| (Outcome::Success(200), MILLISECOND * 10));
    let claims = ClaimRules { per_endpoint: NonZeroU32::MAX, ..ClaimRules::default() };
    assert_eq!(world.run(&outbox, &Rules { claims, ..rules(64) }, 1).delivered, 40);
    // 256 MiB, of which a claim that was begun below them may bring 16 more.
    assert!((32..=34).contains(&world.most_in_flight("/large")), "{}", world.most_in_flight("/large"));
}
