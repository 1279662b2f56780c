use std::convert::Infallible;
use std::num::NonZeroU32;

use super::*;

/// How much waits of each endpoint; all of it is fresh and due.
struct Work(HashMap<EndpointId, u32>);

impl Work {
    fn take(&mut self, endpoint: EndpointId, most: u32) -> Taken {
        let waiting = self.0.entry(endpoint).or_default();
        let count = most.min(*waiting);
        *waiting -= count;
        Taken { count, next: (*waiting > 0).then_some(0), is_enough: false }
    }
}

fn claimed(turns: &mut Turns, work: &mut Work, now: i64, rules: ClaimRules, limit: usize) -> Vec<(EndpointId, u32)> {
    let mut claimed = Vec::new();
    let take = |endpoint, _, most| {
        let taken = work.take(endpoint, most);
        claimed.push((endpoint, taken.count));
        Ok::<_, Infallible>(taken)
    };
    turns.claim(now, &rules, limit, take).unwrap();
    claimed
}

fn rules(per_endpoint: u32, rate: Option<f64>) -> ClaimRules {
    ClaimRules { per_endpoint: NonZeroU32::new(per_endpoint).unwrap(), rate, ordered: false }
}

#[test]
fn endpoints_share_whatever_each_has_waiting() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 1_000_000), (2, 3), (3, 1)].into());
    for endpoint in [1, 2, 3] {
        turns.due(endpoint, Lane::Fresh, 0);
    }
    let claimed = claimed(&mut turns, &mut work, 0, rules(100, None), 12);
    assert_eq!(claimed, [(1, 4), (2, 3), (3, 1), (1, 4)]);
}

#[test]
fn an_endpoint_at_its_cap_waits_for_one_to_come_back() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 9), (2, 9)].into());
    turns.due(1, Lane::Fresh, 0);
    turns.due(2, Lane::Fresh, 0);
    assert_eq!(claimed(&mut turns, &mut work, 0, rules(2, None), 100), [(1, 2), (2, 2)]);
    assert_eq!(claimed(&mut turns, &mut work, 0, rules(2, None), 100), []);
    assert_eq!(turns.next(), None, "time alone brings nothing");
    turns.is_back(2);
    assert_eq!(claimed(&mut turns, &mut work, 0, rules(2, None), 100), [(2, 1)]);
}

#[test]
fn who_comes_when_it_is_enough_is_the_next() {
    let mut turns = Turns::default();
    for endpoint in [1, 2, 3] {
        turns.due(endpoint, Lane::Fresh, 0);
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        let take = |endpoint, _, _| {
            order.push(endpoint);
            Ok::<_, Infallible>(Taken { count: 1, next: Some(0), is_enough: true })
        };
        turns.claim(0, &rules(10, None), 10, take).unwrap();
    }
    assert_eq!(order, [1, 2, 3, 1]);
}

#[test]
fn what_is_due_and_not_there_is_not_asked_for_without_end() {
    let mut turns = Turns::default();
    turns.due(1, Lane::Fresh, 0);
    let take = |_, _, _| Ok::<_, Infallible>(Taken { next: Some(0), ..Taken::default() });
    turns.claim(5_000, &rules(10, None), 10, take).unwrap();
    assert_eq!(turns.next(), Some(1_005_000), "in a second");
}

#[test]
fn retries_wait_for_fresh_work_of_anybody() {
    let mut turns = Turns::default();
    turns.due(1, Lane::Retries, 0);
    turns.due(2, Lane::Fresh, 0);
    let mut order = Vec::new();
    let take = |endpoint, pick, _| {
        order.push((endpoint, pick));
        Ok::<_, Infallible>(Taken { count: 1, ..Taken::default() })
    };
    turns.claim(0, &rules(10, None), 10, take).unwrap();
    assert_eq!(order, [(2, Pick::Fresh), (1, Pick::Retries)]);
}

#[test]
fn what_is_due_later_comes_when_its_time_has_come() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 1)].into());
    turns.due(1, Lane::Retries, 500);
    turns.due(1, Lane::Retries, 700);
    assert_eq!(turns.next(), Some(500));
    assert_eq!(claimed(&mut turns, &mut work, 499, rules(10, None), 10), []);
    turns.due(1, Lane::Retries, 300);
    assert_eq!(turns.next(), Some(300), "an earlier one moves the timer");
    assert_eq!(claimed(&mut turns, &mut work, 300, rules(10, None), 10), [(1, 1)]);
    assert_eq!(turns.next(), None);
}

#[test]
fn a_rate_is_kept_and_a_late_claim_does_not_make_up_for_all_of_it() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 1_000)].into());
    turns.due(1, Lane::Fresh, 0);
    let rules = rules(10_000, Some(1_000.0));
    let mut count = |now: i64| {
        let claimed = claimed(&mut turns, &mut work, now, rules, 1_000);
        claimed.iter().map(|(_, count)| count).sum::<u32>()
    };
    // The first second, asked every millisecond, after nothing was asked for long.
    let start = 1_000_000_000;
    let total: u32 = (0..1_000).map(|step| count(start + step * 1_000)).sum();
    assert_eq!(total, 1_000);
    let mut work_left = Work([(1, 1_000)].into());
    turns.due(1, Lane::Fresh, 0);
    assert_eq!(claimed(&mut turns, &mut work_left, start + 1_005_000, rules, 1_000), [(1, 6)], "5 ms late");
    assert_eq!(claimed(&mut turns, &mut work_left, start + 60_000_000, rules, 1_000), [(1, 1)], "a minute late");
}

#[test]
fn a_rate_beyond_all_bounds_bounds_nothing() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 100)].into());
    turns.due(1, Lane::Fresh, 0);
    for now in [1_000, 2_000] {
        assert_eq!(claimed(&mut turns, &mut work, now, rules(100, Some(1e300)), 10), [(1, 10)]);
    }
}

#[test]
fn a_clock_set_back_does_not_stop_an_endpoint() {
    let mut turns = Turns::default();
    let mut work = Work([(1, 100)].into());
    turns.due(1, Lane::Fresh, 0);
    let hour = 3_600_000_000;
    let rules = rules(100, Some(10.0));
    assert_eq!(claimed(&mut turns, &mut work, 2 * hour, rules, 10), [(1, 1)]);
    assert_eq!(claimed(&mut turns, &mut work, 2 * hour, rules, 10), []);
    assert_eq!(claimed(&mut turns, &mut work, hour, rules, 10), [(1, 1)]);
    assert_eq!(claimed(&mut turns, &mut work, hour, rules, 10), []);
}

#[test]
fn in_order_there_is_one_at_a_time_and_the_oldest() {
    let mut turns = Turns::default();
    turns.due(1, Lane::Fresh, 0);
    turns.due(1, Lane::Retries, 0);
    let ordered = ClaimRules { ordered: true, ..rules(100, None) };
    let mut picks = Vec::new();
    for _ in 0..3 {
        let take = |_, pick, most| {
            picks.push((pick, most));
            Ok::<_, Infallible>(Taken { count: 1, next: Some(0), is_enough: false })
        };
        turns.claim(0, &ordered, 50, take).unwrap();
    }
    assert_eq!(picks, [(Pick::Oldest, 1)]);
    turns.is_back(1);
    turns.claim(0, &ordered, 50, |_, _, _| Ok::<_, Infallible>(Taken { count: 1, ..Taken::default() })).unwrap();
}
