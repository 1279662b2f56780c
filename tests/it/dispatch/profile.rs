//! Profiles as files, and what one does on the wire.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chatislav_dispatcher::{Method, Request, read_profile};
use chatislav_webhooks::profile::{Class, Decision, Decisions, RetryAfter};
use chatislav_webhooks::sample::JsonStyle;
use chatislav_webhooks::{CustomHeader, Outcome, Profile, Schedule, Step, Target};
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::{attempt, lead, local};
use crate::support::{LEAD, LEAD_SIGNATURE, Server, request};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/profiles").join(name)
}

/// What a file with this text is read as; an error without the file's name.
fn read(text: impl AsRef<[u8]>) -> Result<Profile, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, text).unwrap();
    read_profile(&path).map_err(|error| error.strip_prefix(&format!("{}: ", path.display())).unwrap().to_owned())
}

#[test]
fn the_example_is_the_built_in() {
    let chatislav = read_profile(&example("chatislav.toml")).unwrap();
    assert_eq!(chatislav, Profile::chatislav());
    assert_eq!(chatislav.hash(), Profile::chatislav().hash());
}

#[test]
fn what_a_file_does_not_say_is_as_for_chatislav() {
    assert_eq!(read("name = \"x\"").unwrap(), Profile { name: "x".to_owned(), ..Profile::chatislav() });
    let patient = read_profile(&example("retries-429.toml")).unwrap();
    let mut decisions = Decisions::default();
    for (class, decision) in [
        (Class::Statuses(408, 408), Decision::Retry),
        (Class::Statuses(425, 425), Decision::Retry),
        (Class::Statuses(429, 429), Decision::Retry),
        (Class::Statuses(501, 501), Decision::Fail),
    ] {
        decisions = decisions.with(class, decision).unwrap();
    }
    let expected = Profile {
        name: "retries-429".to_owned(),
        decisions,
        schedule: Schedule { delays: [1, 10, 60].map(Duration::from_secs).into(), jitter_percent: 20, time_scale: 1.0 },
        max_delay: Some(Duration::from_secs(60)),
        retry_after: RetryAfter::Raise { cap: Duration::from_secs(600) },
        headers: vec![
            CustomHeader::new("user-agent", "retries-429/1.0").unwrap(),
            CustomHeader::new("x-sender", "examples").unwrap(),
        ],
        json_style: JsonStyle::Compact,
    };
    assert_eq!(patient, expected);
}

#[test]
fn order_grouping_and_comments_of_a_file_do_not_matter() {
    let one = "name = \"x\"\n[outcomes]\n4xx = \"retry\"\n404 = \"fail\"\n[schedule]\nmax = \"1h\"\ndelays = [60]\n\
        [headers]\nA = \"1\"\nb = \"2\"\n[retry-after]\npolicy = \"raise\"\n";
    let two = "# another\nretry-after = { cap = \"1h\", policy = \"raise\" }\nheaders = { B = \" 2 \", a = \"1\" }\n\
        schedule.delays = [\"1m\"]\nschedule.max = 3600\njson-style = \"python\"\nname = \"x\"\n\
        [outcomes]\n404 = \"fail\"\n405-499 = \"retry\"\n400-403 = \"retry\"\ntimeout = \"retry\"\n";
    let (one, two) = (read(one).unwrap(), read(two).unwrap());
    assert_eq!(one, two);
    assert_eq!(one.hash(), two.hash());
    // The narrower decides, wherever it stands.
    let three = read("name = \"x\"\n[outcomes]\n429 = \"retry\"\n420-430 = \"success\"\n4xx = \"retry\"").unwrap();
    let of = |status| three.decisions.of(Outcome::from_status(status));
    assert_eq!([429, 428, 431].map(of), [Decision::Retry, Decision::Success, Decision::Retry]);
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    match read(text) {
        Ok(profile) => panic!("{profile:?}"),
        Err(error) => {
            assert!(error.starts_with(expected), "{text:?}\n  is refused with: {error}\n  and not: {expected}")
        }
    }
}

#[test]
fn a_fault_is_told_with_its_place_and_what_was_meant() {
    for (text, expected) in [
        ("", "a profile has a `name`"),
        ("name", "line 1, column 5: key with no value"),
        ("name = \"x\"\nname = \"y\"", "line 2, column 1: duplicate key"),
        ("name = 5", "line 1, column 8: invalid type: integer `5`, expected a name as a text"),
        ("name = \"\"", "line 1, column 8: a name has 1 to 64 letters"),
        ("name = \"a b\"", "line 1, column 8: a name has 1 to 64 letters"),
        (&format!("name = \"{}\"", "x".repeat(65)), "line 1, column 8: a name has 1 to 64 letters"),
        ("nam = \"x\"", "line 1, column 1: no key is called `nam`; did you mean `name`? (there are name, json-style, "),
        ("json_style = \"python\"", "line 1, column 1: no key is called `json_style`; did you mean `json-style`?"),
        ("colour = \"red\"", "line 1, column 1: no key is called `colour` (there are name, "),
        ("json-style = \"pyton\"", "line 1, column 14: no JSON style is called `pyton`; did you mean `python`?"),
        ("redirect = \"follow\"", "line 1, column 12: redirects are never followed: write \"never\", or leave it out"),
        ("outcomes = 5", "line 1, column 12: invalid type: integer `5`, expected a table of outcomes and decisions"),
        ("[outcomes]\n429 = true", "line 2, column 7: invalid type: boolean `true`, expected success, retry or fail"),
        (
            "[outcomes]\n429 = \"retri\"",
            "line 2, column 7: no decision is called `retri`; did you mean `retry`? (there ",
        ),
        (
            "[outcomes]\n429 = \"successful\"",
            "line 2, column 7: no decision is called `successful`; did you mean `success`?",
        ),
        ("[outcomes]\nblocked = \"retry\"", "line 2, column 1: a blocked target is final under every profile"),
        ("[outcomes]\n 200 = \"retry\"", "line 2, column 8: a 2xx is success: the endpoint has taken the event"),
        ("[outcomes]\n2xx = \"fail\"", "line 2, column 7: a 2xx is success"),
        ("[outcomes]\n250-350 = \"fail\"", "line 2, column 11: a 2xx is success"),
        ("[outcomes]\ntimeout = \"success\"", "line 2, column 11: a timeout is no success"),
        (
            "[outcomes]\nrequest_error = \"fail\"",
            "line 2, column 1: no outcome is called `request_error`; did you mean `request-error`? (there are request-error and timeout); statuses are written as 429, 4xx or 500-504",
        ),
        ("[outcomes]\n1xx = \"retry\"", "line 2, column 1: statuses go from 200 to 599"),
        ("[outcomes]\n600 = \"retry\"", "line 2, column 1: statuses go from 200 to 599"),
        ("[outcomes]\n4XX = \"retry\"", "line 2, column 1: no outcome is called `4XX`"),
        ("[outcomes]\n42 = \"retry\"", "line 2, column 1: no outcome is called `42`"),
        ("[outcomes]\n0429 = \"retry\"", "line 2, column 1: no outcome is called `0429`"),
        ("[outcomes]\n504-500 = \"fail\"", "line 2, column 1: 504-500 has no status in it: write 500-504"),
        ("[outcomes]\n4xx = \"fail\"\n400-499 = \"fail\"", "line 2, column 1: 400-499 is decided twice"),
        ("[outcomes]\n400-450 = \"fail\"\n450-460 = \"fail\"", "line 3, column 1: 450-460 and 400-450 overlap"),
        ("[schedule]\ndelay = [5]", "line 2, column 1: no key is called `delay`; did you mean `delays`? (there are "),
        (
            "[schedule]\njitter = 5",
            "line 2, column 1: no key is called `jitter`; did you mean `jitter-percent`? (there ",
        ),
        ("[schedule]\njitter-percent = 101", "line 2, column 18: expected a whole number from 0 to 100"),
        ("[schedule]\njitter-percent = -1", "line 2, column 18: expected a whole number from 0 to 100"),
        (
            "[schedule]\njitter-percent = \"5%\"",
            "line 2, column 18: invalid type: string \"5%\", expected a whole number",
        ),
        ("[schedule]\ndelays = \"5s\"", "line 2, column 10: invalid type: string \"5s\", expected a list of durations"),
        ("[schedule]\ndelays = [\"5s\",\n\"soon\"]", "line 3, column 1: expected a duration such as 250ms"),
        ("[schedule]\ndelays = [-1]", "line 2, column 11: expected a duration such as 250ms"),
        ("[schedule]\ndelays = [1.5]", "line 2, column 11: invalid type: floating point `1.5`, expected a duration"),
        ("[schedule]\nmax = \"1d\"", "line 2, column 7: expected a duration such as 250ms"),
        ("[retry-after]\ncap = \"1h\"", "`policy` says what becomes of Retry-After: ignore or raise"),
        ("[retry-after]\npolicy = \"ignore\"\ncap = \"1h\"", "a `cap` belongs to the policy raise"),
        (
            "[retry-after]\npolicy = \"rise\"",
            "line 2, column 10: no policy is called `rise`; did you mean `raise`? (there are ignore and raise)",
        ),
        (
            "[retry-after]\npolicy = \"obey\"",
            "line 2, column 10: no policy is called `obey` (there are ignore and raise)",
        ),
        ("[retry-after]\nmax = \"1h\"", "line 2, column 1: no key is called `max` (there are policy and cap)"),
        ("[headers]\nHost = \"x\"", "line 2, column 1: the sender sets this header itself"),
        ("[headers]\nContent-Type = \"x\"", "line 2, column 1: the sender sets this header itself"),
        ("[headers]\nX-Chatislav-Signature = \"x\"", "line 2, column 1: the sender sets this header itself"),
        ("[headers]\n\"X A\" = \"x\"", "line 2, column 1: the name is not an HTTP token"),
        ("[headers]\nX-A = \"a\\r\\nb\"", "line 2, column 7: the value has control characters"),
        ("[headers]\nX-A = 5", "line 2, column 7: expected the value of a header as a text, in quotes"),
        ("[headers]\nX-A = \"1\"\nx-a = \"1\"", "line 3, column 1: x-a is set twice"),
        ("[headers]\nCookie = \"x\"", "line 2, column 1: a profile is shared and shown, so it holds no credential"),
        ("# ä\n[headers]\n Authorization = \"x\"", "line 3, column 2: a profile is shared and shown"),
    ] {
        refused(text, expected);
    }
}

#[test]
fn a_fault_quotes_no_header_and_a_file_is_a_small_one_of_text() {
    for text in [
        "[headers]\nAuthorization = \"marker\"",
        "[headers]\nX-A = \"marker\\n\"",
        "[headers]\nX-A = \"marker",
        "[headers]\nX-A = marker",
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with("line 2") && !error.contains("marker"), "{error}");
    }
    assert!(read(b"name = \"\xFF\"").unwrap_err().contains("valid UTF-8"));
    assert_eq!(read("#".repeat(64 * 1024 + 1)).unwrap_err(), "a profile has at most 64 KiB");
    assert_eq!(read_profile(Path::new("/")).unwrap_err(), "/: not a file");
    assert!(read_profile(Path::new("/nowhere/p.toml")).unwrap_err().starts_with("/nowhere/p.toml: No such file"));
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let duration = || (0_u64..400_000_000, prop_oneof![Just(0_u32), 0_u32..1_000_000_000]);
    let duration = move || duration().prop_map(|(seconds, nanos)| Duration::new(seconds, nanos));
    let decision = || prop::sample::select(Decision::ALL.to_vec());
    let decisions = (prop::collection::vec((200_u16..600, 0_u16..200, decision()), 0..6), decision(), decision());
    let headers = prop::collection::btree_map("[a-z!#$%&'*+.^_`|~-]{1,8}", "([!-~]([ -~]{0,8}[!-~])?)?", 0..4);
    let retry_after = prop_oneof![Just(RetryAfter::Ignore), duration().prop_map(|cap| RetryAfter::Raise { cap })];
    let schedule = (prop::collection::vec(duration(), 0..5), 0_u8..=100, prop::option::of(duration()));
    let style = prop::sample::select(vec![JsonStyle::Python, JsonStyle::Compact]);
    let all = ("[A-Za-z0-9._-]{1,64}", decisions, schedule, retry_after, headers, style);
    all.prop_map(|(name, decisions, (delays, jitter_percent, max_delay), retry_after, headers, json_style)| {
        let (statuses, request_error, timeout) = decisions;
        let classes = statuses
            .into_iter()
            .map(|(first, more, decision)| (Class::Statuses(first, first.saturating_add(more).min(599)), decision))
            .chain([(Class::RequestError, request_error), (Class::Timeout, timeout)]);
        // What no table may say is left out.
        let decisions = classes.fold(Decisions::default(), |table, (class, to)| table.with(class, to).unwrap_or(table));
        let header = |(name, value): (String, String)| CustomHeader::new(&name, &value).ok();
        Profile {
            name,
            decisions,
            schedule: Schedule { delays, jitter_percent, time_scale: 1.0 },
            max_delay,
            retry_after,
            headers: headers.into_iter().filter_map(header).filter(|header| header.name() != "cookie").collect(),
            json_style,
        }
    })
}

proptest! {
    #[test]
    fn any_profile_is_read_back_from_its_own_text(profile in any_profile()) {
        let read: Profile = read(profile.to_toml()).unwrap();
        prop_assert_eq!(read.hash(), profile.hash());
        prop_assert_eq!(read, profile);
    }
}

#[tokio::test]
async fn what_the_answer_asks_for_is_in_the_attempt() {
    for (headers, expected) in [
        ("", None),
        ("retry-after: 120\r\n", Some(120)),
        ("Retry-After: 3\r\nRETRY-AFTER: 5\r\n", Some(5)),
        ("retry-after: soon\r\n", None),
        ("retry-after: 99999999999999999999\r\n", Some(31_536_000)),
        ("retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", Some(0)),
    ] {
        let server = Server::answering(format!("HTTP/1.1 503 X\r\n{headers}content-length: 0\r\n\r\n")).await;
        let attempt = attempt(&server.url("/")).await;
        assert_eq!(attempt.retry_after, expected.map(Duration::from_secs), "{headers:?}");
    }
    let broken = Server::answering("HTTP/1.1 nonsense\r\nretry-after: 5\r\n\r\n").await;
    assert_eq!(attempt(&broken.url("/")).await.retry_after, None);
}

#[tokio::test]
async fn an_endpoint_that_is_busy_is_given_the_time_it_asks_for() {
    let server = Server::new(|mut stream, number| async move {
        let head = String::from_utf8(request(&mut stream).await).unwrap().to_ascii_lowercase();
        assert!(head.contains("\r\nuser-agent: retries-429/1.0\r\nx-sender: examples\r\n"), "{head}");
        assert_eq!(head.matches("user-agent").count(), 1);
        let answer = [
            "429 X\r\nretry-after: 7\r\n",
            "429 X\r\nretry-after: Fri, 31 Dec 2100 23:59:59 GMT\r\n",
            "429 X\r\nretry-after: 1\r\n",
            "200 X\r\n",
        ][number];
        stream.write_all(format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n").as_bytes()).await.unwrap();
    })
    .await;
    let mut profile = read_profile(&example("retries-429.toml")).unwrap();
    // Seven seconds in seven milliseconds.
    profile.schedule.time_scale = 1_000.0;
    let (headers, hash) = (profile.headers_with(&[]), profile.hash());
    let target = Target::parse(&server.url("/")).unwrap();
    let sent = Request::new(target, Method::Post, LEAD.into(), Some(LEAD_SIGNATURE), &headers).unwrap();
    let mut told = Vec::new();
    let step = local()
        .deliver(
            &sent,
            profile,
            || 1 << 63,
            |report| {
                assert_eq!(report.profile_hash, hash);
                assert_eq!(report.profile.name, "retries-429");
                told.push((report.attempt.outcome, report.step));
            },
        )
        .await;
    assert_eq!((step, server.connections()), (Step::Delivered, 4));
    let delays = told.iter().filter_map(|(_, step)| match step {
        Step::Retry { delay, .. } => Some(delay.as_millis()),
        _ => None,
    });
    // As asked, no more than the cap, and never sooner than scheduled.
    assert_eq!(delays.collect::<Vec<_>>(), [7, 600, 60]);
    assert_eq!(told[0].0, Outcome::ClientError(429));
}

#[tokio::test]
async fn a_profile_makes_final_what_the_vendor_retries() {
    let server = Server::answering("HTTP/1.1 501 X\r\ncontent-length: 0\r\n\r\n").await;
    let profile = read_profile(&example("retries-429.toml")).unwrap();
    let step = local().deliver(&lead(&server.url("/")), profile, || 0, |_| {}).await;
    assert_eq!((step, server.connections()), (Step::Failed, 1));
}
