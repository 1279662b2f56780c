//! What a journal promises, in memory and in a file alike.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_receiver::journal::{Answer, End, Limits, Version, from_json, to_json};
use chatislav_receiver::{Capture, Journal};
use chatislav_webhooks::DeliveryKey;
use proptest::prelude::*;

/// A capture of which only the body matters.
pub(super) fn a_capture(body: impl Into<Bytes>) -> Capture {
    let body = body.into();
    Capture {
        number: 0,
        run: 0xab,
        time: UNIX_EPOCH + Duration::from_micros(1_782_216_000_123_456),
        peer: Some("127.0.0.1:4711".parse().unwrap()),
        version: Version::Http1,
        head: Bytes::from_static(b"POST /hook?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
        delivery: Some(DeliveryKey::of(&body)),
        body,
        verdict: "verified".into(),
        reason: "".into(),
        secret: Some(0),
        event: "lead_collection".into(),
        attempt: 1,
        step: Some((1, 2)),
        sticks: false,
        action: "200".into(),
        answer: Some(Answer { status: 200, headers: Vec::new(), body: Bytes::new() }),
        duration: Duration::from_micros(1_234),
        end: End::Answered,
    }
}

/// Tries it with a journal of each kind.
async fn each<R: Future<Output = ()>>(limits: Limits, check: impl Fn(Arc<Journal>) -> R) {
    check(Arc::new(Journal::in_memory(limits))).await;
    let folder = tempfile::tempdir().unwrap();
    check(Arc::new(Journal::open(folder.path().join("store"), limits).unwrap())).await;
}

fn numbers(captures: &[Arc<Capture>]) -> Vec<u64> {
    captures.iter().map(|capture| capture.number).collect()
}

#[tokio::test]
async fn numbers_rise_by_one_and_pages_end_where_they_should() {
    each(Limits::default(), |journal| async move {
        assert_eq!((journal.get(1), journal.after(0, 9), journal.counts()), (None, vec![], (0, 0)));
        for number in 1..=5 {
            assert_eq!(journal.append(a_capture("x")).await.unwrap().number, number);
        }
        assert_eq!(numbers(&journal.after(0, 9)), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(&journal.after(2, 2)), [3, 4]);
        assert_eq!(numbers(&journal.after(5, 2)), [0; 0]);
        assert_eq!(numbers(&journal.after(u64::MAX, 2)), [0; 0]);
        assert_eq!(numbers(&journal.after(0, 0)), [0; 0]);
        assert_eq!(numbers(&journal.before(u64::MAX, 2)), [5, 4]);
        assert_eq!(numbers(&journal.before(3, usize::MAX)), [2, 1]);
        assert_eq!(numbers(&journal.before(1, 2)), [0; 0]);
        assert_eq!((journal.get(0), journal.get(6), journal.get(u64::MAX)), (None, None, None));
        assert_eq!((journal.get(5).unwrap().number, journal.counts(), journal.fault()), (5, (5, 0), None));
    })
    .await;
}

#[tokio::test]
async fn the_oldest_go_when_there_are_too_many() {
    each(Limits { count: 3, ..Limits::default() }, |journal| async move {
        for _ in 0..10 {
            journal.append(a_capture("x")).await.unwrap();
        }
        assert_eq!(numbers(&journal.after(0, 9)), [8, 9, 10]);
        assert_eq!((journal.get(7), journal.counts()), (None, (10, 7)));
    })
    .await;
}

#[tokio::test]
async fn the_oldest_go_when_they_are_too_large() {
    let size = a_capture(vec![b'x'; 1000]).size();
    each(Limits { count: 100, bytes: 3 * size + size / 2 }, |journal| async move {
        for _ in 0..5 {
            journal.append(a_capture(vec![b'x'; 1000])).await.unwrap();
        }
        assert_eq!(numbers(&journal.after(0, 9)), [3, 4, 5]);
        // Twice as large as one, it costs two their place.
        journal.append(a_capture(vec![b'x'; 1000 + size])).await.unwrap();
        assert_eq!(numbers(&journal.after(0, 9)), [5, 6]);
        // What alone is over the limit is not kept, and makes no room for itself in vain.
        journal.append(a_capture(vec![b'x'; 5 * size])).await.unwrap();
        assert_eq!((numbers(&journal.after(0, 9)), journal.counts()), (vec![], (7, 7)));
        assert_eq!(journal.append(a_capture("x")).await.unwrap().number, 8);
        assert_eq!(numbers(&journal.after(0, 9)), [8]);
    })
    .await;
}

#[tokio::test]
async fn after_clear_numbers_go_on() {
    each(Limits { count: 2, ..Limits::default() }, |journal| async move {
        for _ in 0..3 {
            journal.append(a_capture("x")).await.unwrap();
        }
        journal.clear().unwrap();
        assert_eq!((journal.after(0, 9), journal.counts()), (vec![], (3, 3)));
        for _ in 0..3 {
            journal.append(a_capture("x")).await.unwrap();
        }
        assert_eq!((numbers(&journal.after(0, 9)), journal.counts()), (vec![5, 6], (6, 4)));
    })
    .await;
}

#[tokio::test]
async fn who_follows_hears_of_what_can_be_found() {
    each(Limits::default(), |journal| async move {
        let mut newest = journal.follow();
        for _ in 0..20 {
            let number = journal.append_soon(a_capture("x")).number;
            let seen = *newest.wait_for(|newest| *newest >= number).await.unwrap();
            assert_eq!(journal.get(seen).unwrap().number, seen);
        }
        assert_eq!(*journal.follow().borrow(), 20);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_get_different_numbers_and_none_is_lost() {
    each(Limits::default(), |journal| async move {
        let append = |task: usize| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move {
                let mut last = 0;
                for turn in 0..25 {
                    let text = format!("{task}-{turn}");
                    let kept = journal.append(a_capture(text.clone())).await.unwrap();
                    assert!(kept.number > last, "the order of one sender holds");
                    last = kept.number;
                    assert_eq!(journal.get(kept.number).unwrap().body, text.as_bytes());
                }
            })
        };
        for task in (0..40).map(append).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(numbers(&journal.after(0, 2000)), (1..=1000).collect::<Vec<u64>>());
    })
    .await;
}

#[tokio::test]
async fn who_stops_waiting_does_not_take_the_capture_back() {
    each(Limits::default(), |journal| async move {
        // More than may wait at once, so that some are dropped before they have a place.
        for _ in 0..10 {
            let mut append = Box::pin(journal.append(a_capture(vec![b'x'; 5 << 20])));
            tokio::select! {
                biased;
                _ = &mut append => {}
                () = std::future::ready(()) => {}
            }
        }
        let last = journal.append(a_capture("x")).await.unwrap();
        assert_eq!((last.number, journal.lost(), journal.counts().0), (11, 0, 11));
    })
    .await;
}

#[tokio::test]
async fn the_order_is_that_of_numbers_whatever_the_clock_says() {
    each(Limits { count: 3, ..Limits::default() }, |journal| async move {
        for second in [50, 40, 30, 20, 10] {
            let time = UNIX_EPOCH + Duration::from_secs(second);
            journal.append(Capture { time, ..a_capture("x") }).await.unwrap();
        }
        let kept = journal.after(0, 9);
        let seconds = kept.iter().map(|capture| capture.time.duration_since(UNIX_EPOCH).unwrap().as_secs());
        assert_eq!((numbers(&kept), seconds.collect::<Vec<_>>()), (vec![3, 4, 5], vec![30, 20, 10]));
    })
    .await;
}

#[tokio::test]
async fn odd_captures_come_back_as_they_were() {
    let odd = [
        Capture { head: Bytes::new(), body: Bytes::new(), ..a_capture("") },
        Capture { head: Bytes::from_static(b"\xff\xfe\0 /\0\xc3 HTTP/1.1\r\n"), ..a_capture(&b"\0\0\xff"[..]) },
        a_capture((0..8 << 20).map(|at: u32| ((at * 31) >> 3) as u8).collect::<Vec<_>>()),
        Capture { answer: None, delivery: None, step: None, secret: None, peer: None, ..a_capture("x") },
        Capture { version: Version::Http2, peer: Some("[fe80::1]:80".parse().unwrap()), ..a_capture("x") },
        Capture { time: UNIX_EPOCH - Duration::from_micros(1), duration: Duration::ZERO, ..a_capture("x") },
        Capture {
            verdict: "a\0b".into(),
            reason: "ü\u{202e}".into(),
            event: "'; DROP TABLE requests; --".into(),
            ..a_capture("x")
        },
        Capture { answer: Some(an_answer(&[("Set-Cookie", b"\xff"), ("a", b""), ("a", b" : ")])), ..a_capture("x") },
    ];
    each(Limits::default(), |journal| {
        let odd = odd.clone();
        async move {
            for capture in odd {
                let kept = journal.append(capture.clone()).await.unwrap();
                assert_eq!(*kept, Capture { number: kept.number, ..capture });
                assert_eq!(journal.get(kept.number).unwrap(), kept);
            }
            assert_eq!(journal.fault(), None);
        }
    })
    .await;
}

fn an_answer(headers: &[(&str, &'static [u8])]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Bytes::from_static(value))).collect();
    Answer { status: 599, headers, body: Bytes::from_static(b"\xff\0") }
}

/// Any capture, with times as precise as the file (6 digits of a second) or the record (3).
fn any_capture(digits: u32) -> impl Strategy<Value = Capture> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from);
    // The record shows values as text.
    let value = if digits == 3 { "[ -~]{0,9}".prop_map(Bytes::from).boxed() } else { any_value().boxed() };
    let headers = prop::collection::vec(("[!-9;-~]{1,9}", value), 0..4);
    let answer = (100..1000_u16, headers, bytes());
    let answer = answer.prop_map(|(status, headers, body)| Answer { status, headers, body });
    const ENDS: &[End] =
        &[End::Answered, End::SenderLeft, End::Closed, End::Reset, End::Short, End::Garbage, End::Stopped];
    let peer = prop::option::of(any::<(std::net::IpAddr, u16)>().prop_map(Into::into));
    let time = (0..4_000_000_000_u64, 0..10_u32.pow(digits));
    let what = (any::<u16>(), time, peer, any::<bool>(), bytes(), bytes());
    let judged = (".{0,9}", ".{0,9}", prop::option::of(0..9_usize), ".{0,9}", prop::option::of(any::<[u8; 32]>()));
    let small = 0..(1_u64 << 40);
    let step = prop::option::of((any::<u64>(), any::<u64>()));
    let played = (small.clone(), step, any::<bool>(), ".{0,9}", prop::option::of(answer), small);
    (what, judged, played, prop::sample::select(ENDS)).prop_map(move |(what, judged, played, end)| {
        let (run, (second, fraction), peer, is_first, head, body) = what;
        let (verdict, reason, secret, event, delivery) = judged;
        let (attempt, step, sticks, action, answer, micros) = played;
        Capture {
            number: 0,
            run,
            time: UNIX_EPOCH + Duration::new(second, fraction * 10_u32.pow(9 - digits)),
            peer,
            version: if is_first { Version::Http1 } else { Version::Http2 },
            head,
            body,
            verdict: verdict.into(),
            reason: reason.into(),
            secret,
            event: event.into(),
            delivery: delivery.map(DeliveryKey::from),
            attempt,
            step,
            sticks,
            action: action.into(),
            answer,
            duration: Duration::from_micros(micros),
            end,
        }
    })
}

fn any_value() -> impl Strategy<Value = Bytes> {
    let byte = any::<u8>().prop_filter("HTTP carries none", |byte| !matches!(byte, b'\r' | b'\n'));
    prop::collection::vec(byte, 0..9).prop_map(Bytes::from)
}

#[test]
fn any_capture_comes_back_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = Journal::open(folder.path().join("store"), Limits::default()).unwrap();
    proptest!(|(capture in any_capture(6))| {
        let kept = runtime.block_on(journal.append(capture.clone())).unwrap();
        let found = journal.get(kept.number);
        prop_assert_eq!(journal.fault(), None);
        let expected = Capture { number: kept.number, ..capture };
        prop_assert!(*found.unwrap() == expected);
    });
}

#[test]
fn any_capture_comes_back_from_its_record() {
    proptest!(|(capture in any_capture(3))| {
        let read = from_json(&to_json(&capture)).unwrap();
        // Milliseconds with a fraction are as near as a number of JSON comes.
        let micros = |capture: &Capture| capture.duration.as_micros();
        prop_assert!(micros(&read).abs_diff(micros(&capture)) <= 1);
        let expected = Capture { duration: read.duration, ..capture };
        prop_assert!(read == expected);
    });
}
