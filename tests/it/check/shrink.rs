//! Refused bodies made small: the one that is found, and what about it is said to offend.

use chatislav_check::{Config, Finding, Smallest, check_body};
use chatislav_webhooks::sample::{JsonStyle, Sample};

use super::endpoint::status;
use super::{Arrived, Fault, endpoint_at, only, run, serve};

/// An endpoint that is right but for genuine bodies of this kind.
fn refuses(status_of_it: u16, is_one: impl Fn(&str) -> bool + Send + Sync + 'static) -> Fault {
    status(move |arrived: &Arrived| match arrived.judged() {
        204 if is_one(&String::from_utf8_lossy(&arrived.body)) => status_of_it,
        status => status,
    })
}

fn rewrites(style: JsonStyle) -> Fault {
    status(move |arrived: &Arrived| match Sample::from_json(&arrived.body) {
        Ok(sample) => arrived.with_body(sample.to_body(style)).judged(),
        Err(_) => 400,
    })
}

async fn finding(fault: Fault, id: &str) -> Finding {
    let server = serve(fault).await;
    run(&server.url("/hook"), only(&[id])).await.findings.remove(0)
}

fn shown(smallest: &Smallest) -> (String, Vec<String>) {
    let features = smallest.features.iter().map(ToString::to_string).collect();
    (String::from_utf8(smallest.body.clone()).unwrap(), features)
}

#[track_caller]
fn finds(fault: Fault, id: &'static str, body: &'static str, offends: &'static [&str]) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let finding = finding(fault, id).await;
        let smallest = finding.smallest.unwrap_or_else(|| panic!("nothing was found for {id} at {place}"));
        assert_eq!(
            shown(&smallest),
            (body.to_owned(), offends.iter().map(|s| (*s).to_owned()).collect()),
            "at {place}"
        );
        assert!(smallest.is_complete, "after {} requests, at {place}", smallest.requests);
        let sent = smallest.exchange.unwrap().sent.bytes;
        assert!(sent.ends_with(body.as_bytes()), "the exchange is of another body, at {place}");
    }
}

#[tokio::test]
async fn what_a_program_writes_anew_in_another_way() {
    let compact = || rewrites(JsonStyle::Compact);
    finds(compact(), "C-01/lead", r#"{"event": ""}"#, &["a space after a colon"]).await;
    finds(rewrites(JsonStyle::Python), "C-07/compact", r#"{"event":""}"#, &["no space after a colon"]).await;
}

#[tokio::test]
async fn a_character_or_how_it_is_written() {
    let non_ascii = |status| refuses(status, |body| !body.is_ascii());
    finds(non_ascii(401), "C-07/unicode", r#"{"event": "é"}"#, &["a character outside ASCII: é (U+00E9)"]).await;
    let astral = refuses(500, |body| body.chars().any(|c| c > '\u{FFFF}'));
    finds(astral, "C-07/unicode", r#"{"event": "🚚"}"#, &["a character outside ASCII: 🚚 (U+1F69A)"]).await;
    let escape = refuses(401, |body| body.contains("\\u00"));
    finds(escape, "C-07/escapes", r#"{"event": "\u0041"}"#, &[r"an escape: \u0041"]).await;
    let slash = refuses(401, |body| body.contains("\\/"));
    finds(slash, "C-07/escapes", r#"{"event": "\/"}"#, &[r"an escape: \/"]).await;
}

#[tokio::test]
async fn a_number_as_it_is_written() {
    // With a blank, since the fraction of a timestamp may have these digits too.
    let float = refuses(401, |body| body.contains(" 1.0"));
    finds(float, "C-07/float", r#"{"event": "", "": 1.0}"#, &["a number written 1.0"]).await;
    let is_long = |number: &str| number.trim().parse::<u64>().is_ok_and(|number| number > 1 << 53);
    let long = refuses(401, move |body| body.split([':', ',', '}']).any(is_long));
    let said = &["a number written 12345678901234567"];
    finds(long, "C-07/long-number", r#"{"event": "", "": 12345678901234567}"#, said).await;
}

#[tokio::test]
async fn keys_and_their_order() {
    let twice = refuses(401, |body| body.matches("\"language\"").count() > 1);
    let body = r#"{"event": "", "language": "", "language": ""}"#;
    finds(twice, "C-07/repeated-key", body, &["a repeated key: \"language\""]).await;
    let unsorted = refuses(401, |body| body.find("\"event\"") < body.find("\"data\""));
    finds(unsorted, "C-07/key-order", r#"{"event": "", "data": 0}"#, &["keys that are not sorted"]).await;
    let in_front = refuses(401, |body| match (body.find("\"2\""), body.find("\"1\"")) {
        (Some(two), Some(one)) => two < one,
        _ => false,
    });
    let said = &["a key that is a number behind other keys: \"2\""];
    finds(in_front, "C-07/key-order", r#"{"event": "", "2": "", "1": ""}"#, said).await;
}

#[tokio::test]
async fn blanks_between_and_behind_the_tokens() {
    let crlf = refuses(401, |body| body.contains("\r\n"));
    finds(crlf, "C-07/crlf", "{\"event\": \"\",\r\n\"\": 0}", &["a line end of CRLF between the tokens"]).await;
    let newline = refuses(401, |body| body.ends_with('\n'));
    finds(newline, "C-07/newline", "{\"event\": \"\"}\n", &["a line feed behind the JSON"]).await;
}

#[tokio::test]
async fn the_exact_limit_of_a_size() {
    let server = serve(refuses(413, |body| body.len() > 5_000)).await;
    let body = format!(r#"{{"event": "lead_collection", "data": {{"note": "{}"}}}}"#, "How much is it? ".repeat(500));
    let now = std::time::SystemTime::now();
    let captured = check_body(&endpoint_at(&server.url("/")), &Config::default(), body.into(), now).await.unwrap();
    let (body, offends) = shown(&captured.smallest.unwrap());
    assert_eq!(offends, ["a size of 5001 bytes: less is taken"]);
    assert_eq!(body, format!("{{\"event\": \"{}\"}}", "x".repeat(5_001 - 13)));
}

#[tokio::test]
async fn what_an_event_says() {
    let null = refuses(422, |body| body.contains("null"));
    let body = r#"{"event": "lead_collection", "data": {"bot_name": null}}"#;
    finds(null, "C-16/extra-fields", body, &["a null in data.bot_name"]).await;
    let unknown = refuses(422, |body| !body.contains("lead_collection"));
    let body = r#"{"event": "voice_call_finished"}"#;
    finds(unknown, "C-16/unknown-event", body, &["an event of another name: \"voice_call_finished\""]).await;
    let field = refuses(422, |body| body.contains("\"version\""));
    let body = r#"{"event": "lead_collection", "version": 0, "data": {}}"#;
    finds(field, "C-16/extra-fields", body, &["the field version"]).await;
}

#[tokio::test]
async fn what_an_event_does_not_say() {
    let smallest = finding(refuses(422, |body| !body.contains("\"messages\"")), "C-16/no-messages").await.smallest;
    assert_eq!(shown(&smallest.unwrap()).1, ["the absence of the field messages"]);
    let smallest =
        finding(status(|arrived| if arrived.method == "PUT" { 404 } else { arrived.judged() }), "C-02").await;
    let said = "nothing in the body: the plainest event is refused as well";
    assert_eq!(shown(&smallest.smallest.unwrap()).1, [said]);
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_not_taken_for_the_same() {
    // Fields that are asked for, with the very status of the fault.
    let strict = refuses(400, |body| !body.is_ascii() || !body.contains("\"chat_id\"") || !body.contains("form_data"));
    let (body, offends) = shown(&finding(strict, "C-07/unicode").await.smallest.unwrap());
    assert_eq!(offends, ["a character outside ASCII: é (U+00E9)"]);
    assert!(body.contains("chat_id") && body.contains("form_data") && body.len() < 90, "{body}");
}

#[tokio::test]
async fn what_was_found_once_is_not_found_again() {
    let server = serve(rewrites(JsonStyle::Compact)).await;
    let report = run(&server.url("/hook"), only(&["C-01", "C-07"])).await;
    let found: Vec<_> = report
        .findings
        .iter()
        .filter_map(|finding| Some((finding.case.id, shown(finding.smallest.as_ref()?).1.join(", "))))
        .collect();
    let expected = [
        ("C-01/lead", "a space after a colon"),
        ("C-01/summary", "an escape: \\u20ac"),
        ("C-07/crlf", "a line feed between the tokens"),
        ("C-07/newline", "a line feed behind the JSON"),
    ];
    assert_eq!(found, expected.map(|(id, said)| (id, said.to_owned())));
}

#[tokio::test]
async fn requests_are_counted_and_bounded() {
    let server = serve(refuses(401, |body| !body.is_ascii())).await;
    for (most, complete) in [(0, None), (3, Some(false)), (300, Some(true))] {
        let config = Config { shrink_requests: most, ..only(&["C-07/unicode"]) };
        let report = run(&server.url("/"), config).await;
        let smallest = report.findings[0].smallest.as_ref();
        assert_eq!(smallest.map(|smallest| smallest.is_complete), complete, "{most}");
        let used = smallest.map_or(0, |smallest| smallest.requests);
        assert!(used <= most && used < 60, "{used} of {most}");
    }
}

#[tokio::test]
async fn a_search_that_ends_with_its_last_request_is_complete() {
    let server = serve(refuses(401, |body| !body.is_ascii())).await;
    let endpoint = endpoint_at(&server.url("/"));
    let started = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_782_216_000);
    let search = async |most| {
        let config = Config { shrink_requests: most, ..only(&["C-07/unicode"]) };
        let report = chatislav_check::check(&endpoint, &config, started, |_| {}).await;
        let smallest = report.findings.into_iter().find_map(|finding| finding.smallest).unwrap();
        (smallest.requests, smallest.is_complete)
    };
    let (needed, _) = search(300).await;
    assert_eq!(search(needed).await, (needed, true));
    assert_eq!(search(needed - 1).await, (needed - 1, false));
}

#[tokio::test]
async fn a_search_without_requests_is_at_its_end() {
    // Nothing can be left out, so that each try is in vain.
    let server = serve(refuses(401, |body| body.matches("\"value\"").count() == 1_000)).await;
    let entries: Vec<_> = (0..1_000).map(|at| format!(r#"{{"field": "f{at}", "value": {at}}}"#)).collect();
    let form = entries.join(", ");
    let body = format!(r#"{{"event": "lead_collection", "data": {{"form_data": [{form}]}}}}"#);
    let config = Config { shrink_requests: 60, ..Config::default() };
    let begin = std::time::Instant::now();
    let now = std::time::SystemTime::now();
    let captured = check_body(&endpoint_at(&server.url("/")), &config, body.into(), now).await.unwrap();
    assert!(captured.smallest.is_some_and(|smallest| !smallest.is_complete && smallest.requests == 60));
    // To look at each entry by itself takes minutes.
    assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_body_of_the_users_is_judged_by_itself() {
    let server = serve(refuses(401, |body| body.contains("Zoë"))).await;
    let endpoint = endpoint_at(&server.url("/"));
    let now = std::time::SystemTime::now();
    let body = r#"{"event":"lead_collection","data":{"form_data":[{"field":"name","value":"Zoë Müller"}]}}"#;
    let captured = check_body(&endpoint, &Config::default(), body.into(), now).await.unwrap();
    let (body, offends) = shown(captured.smallest.as_ref().unwrap());
    assert_eq!((body.as_str(), captured.is_taken()), (r#"{"event": "Zoë"}"#, false));
    assert_eq!(offends, ["a character outside ASCII: ë (U+00EB)"]);

    let taken = check_body(&endpoint, &Config::default(), body.replace('ë', "e").into(), now).await.unwrap();
    assert!(taken.is_taken() && taken.smallest.is_none());
    let refused = check_body(&endpoint, &Config::default(), b"[]".to_vec(), now).await.unwrap_err();
    assert_eq!(refused.code(), "payload_invalid");
}
