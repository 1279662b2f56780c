//! What is different between two captures.

use chatislav_receiver::Capture;
use chatislav_receiver::diff::{Difference, Json, Order, diff};

use super::export::{A, B, captured};
use crate::support::{LEAD, start, verified};

async fn two() -> (Capture, Capture) {
    let receiver = start(verified("503x2,200")).await;
    let first = captured(&receiver, "POST /a", b"X-A: 1\r\nX-B: 2\r\n", LEAD).await;
    let second = captured(&receiver, "POST /a", b"X-A: 1\r\nX-B: 2\r\n", LEAD).await;
    (Capture::clone(&first), Capture::clone(&second))
}

async fn of_bodies(before: &[u8], after: &[u8]) -> Difference {
    let (first, second) = two().await;
    let first = Capture { body: before.to_vec().into(), ..first };
    diff(&first, &Capture { body: after.to_vec().into(), ..second })
}

#[track_caller]
fn check_json(before: &str, after: &str, equal: bool, spelling: &[&str]) -> Json {
    let json = Json::between(before.as_bytes(), after.as_bytes()).unwrap();
    let names: Vec<_> = json.spelling.iter().map(|spelling| spelling.name()).collect();
    assert_eq!((json.equal, &names[..]), (equal, spelling), "{json:?}");
    json
}

#[tokio::test]
async fn a_retry_is_no_different() {
    let (first, second) = two().await;
    let difference = diff(&first, &second);
    assert!(difference.is_none(), "{difference}");
    assert!(difference.to_string().ends_with("nothing is different\n"));
}

#[tokio::test]
async fn bytes_are_told_with_what_stands_around_them() {
    let difference = of_bodies(A, B).await;
    let body = difference.body.unwrap();
    assert_eq!((body.first, body.lengths), (0, (A.len(), 17)));
    assert_eq!(body.around.1.hex, "fffe00802027222428696429".to_owned() + "0a5c0d21");
    assert!(difference.json.is_none());
    let (before, after) = (b"0123456789abcdefghijXlmnopqrstuvwxyz\x1b", b"0123456789abcdefghijYlmnopqrstuvwxyz\x1b");
    let body = of_bodies(before, after).await.body.unwrap();
    assert_eq!((body.first, body.regions, body.around.0.start), (20, 1, 4));
    assert_eq!(body.around.0.text, "456789abcdefghijXlmnopqrstuvwxyz");
}

#[tokio::test]
async fn every_region_is_counted_also_after_what_was_put_in() {
    for (before, after, regions) in [
        (&b"0123456789-0123456789-0123456789"[..], &b"0123456789+0123456789+0123456789"[..], 2),
        (b"first part, second part, third part", b"first PUT IN part, second part, third PART", 2),
        (b"a", b"", 1),
        (b"", b"a", 1),
        (b"0123456789", b"0123456789a", 1),
        (b"a0123456789", b"0123456789", 1),
    ] {
        let body = of_bodies(before, after).await.body.unwrap();
        assert_eq!(body.regions, regions, "{}", before.escape_ascii());
    }
}

#[test]
fn equal_json_says_how_it_is_written() {
    check_json(r#"{"a":1}"#, r#"{"a": 1}"#, true, &["whitespace"]);
    check_json(r#"{"a":1}"#, "{\"a\":1}\r\n", true, &["whitespace"]);
    check_json(r#"{"a":"é/"}"#, r#"{"a":"\u00e9\/"}"#, true, &["escapes"]);
    check_json(r#"{"a":1.0}"#, r#"{"a":1}"#, true, &["number spelling"]);
    check_json(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true, &["key order"]);
    check_json(r#"{"a":0,"a":1}"#, r#"{"a":1}"#, true, &["repeated keys"]);
    check_json(
        r#"{"a": 1.50, "b": "é", "c": 0, "c": []}"#,
        r#"{"b":"\u00E9","c":[],"a":15e-1}"#,
        true,
        &["whitespace", "escapes", "number spelling", "key order", "repeated keys"],
    );
    check_json("12345678901234567890", "12345678901234567891", false, &[]);
    check_json("1e400", "1e401", false, &[]);
}

#[test]
fn other_values_have_paths() {
    let json = check_json(
        r#"{"a": {"b c": [1, 2, {"x": "old"}]}, "gone": 1, "t": 1, "": 1}"#,
        r#"{"a": {"b c": [1, 3, {"x": "new"}, 4]}, "t": "1", "new": 1, "": 2}"#,
        false,
        &[],
    );
    assert_eq!(
        (&json.removed[..], &json.added[..]),
        (&["gone".to_owned()][..], &[r#"a["b c"][3]"#.to_owned(), "new".to_owned()][..])
    );
    let changed: Vec<_> = json.changed.iter().map(|one| (one.path.as_str(), one.other_type)).collect();
    assert_eq!(changed, [(r#"a["b c"][1]"#, false), (r#"a["b c"][2].x"#, false), ("t", true), (r#"[""]"#, false)]);
    assert_eq!((json.changed[1].before.as_str(), json.changed[1].after.as_str()), ("\"old\"", "\"new\""));
}

#[tokio::test]
async fn heads_verdicts_and_answers_are_compared() {
    let receiver = start(verified("200(body=first),201(body=second)")).await;
    let first = captured(&receiver, "POST /a", b"X-A: 1\r\nX-B: 2\r\nX-Gone: 3\r\nX-C: 4\r\n", LEAD).await;
    let second = captured(&receiver, "PUT /b", b"X-B: 2\r\nx-a: 1\r\nX-C: 5\r\nX-New: 6\r\n", LEAD).await;
    let difference = diff(&first, &second);
    let headers = difference.headers.as_ref().unwrap();
    assert_eq!(headers.added, [("x-new".to_owned(), vec!["6".to_owned()])]);
    assert_eq!(headers.removed, [("x-gone".to_owned(), vec!["3".to_owned()])]);
    assert_eq!(headers.changed, [("x-c".to_owned(), vec!["4".to_owned()], vec!["5".to_owned()])]);
    assert_eq!(headers.recased, [("X-A".to_owned(), "x-a".to_owned())]);
    assert_eq!(headers.order, Order::Different);
    let names: Vec<_> = difference.changed.iter().map(|field| field.name).collect();
    assert_eq!(names, ["method", "target", "status"]);
    assert!(difference.body.is_none() && difference.answer_body.is_some());
    let json = serde_json::to_value(&difference).unwrap();
    assert_eq!(json["changed"][2], serde_json::json!({"name": "status", "before": "200", "after": "201"}));
    assert_eq!(json["headers"]["order"], "different");
}

#[tokio::test]
async fn no_terminal_obeys_it() {
    let (first, second) = two().await;
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}";
    let body = format!("{{\"event\": \"e\", \"{hostile}\": \"{hostile}\"}}").replace('\u{1b}', "\\u001b");
    let head = format!("POST /{hostile} HTTP/1.1\r\nx-{hostile}: {hostile}\r\nX-B: {hostile}\r\n\r\n");
    let second = Capture { head: head.into(), body: body.into(), event: hostile.into(), ..second };
    for text in [diff(&first, &second).to_string(), diff(&second, &first).to_string()] {
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text:?}");
        assert!(text.contains("31m") && text.contains("X-B") || text.contains("x-b"), "{text}");
    }
}

#[test]
fn deep_and_long_bodies_come_to_an_end() {
    let deep = |end: &str| format!("{}{end}{}", "{\"a\": [".repeat(64), "]}".repeat(64));
    assert_eq!(check_json(&deep("1"), &deep("2"), false, &[]).changed.len(), 1);
    let wide = |value: u32| {
        let fields: Vec<_> = (0..100_000).map(|n| format!("\"n{n}\": {}", n * value)).collect();
        format!("{{{}}}", fields.join(", "))
    };
    let (old, new) = (wide(1), wide(2));
    let json = check_json(&old, &new, false, &[]);
    assert_eq!((json.changed.len(), json.more), (1_000, 98_999));
    // Nothing in common, and nothing but small differences: quadratic work would go on for hours.
    let noise = |seed: u64| -> Vec<u8> { (0..2_u64 << 20).map(|n| (n.wrapping_mul(seed) >> 23) as u8).collect() };
    let bodies = [
        (noise(0x9E37_79B9_7F4A_7C15), noise(0xD1B5_4A32_D192_ED03)),
        (vec![b'a'; 2 << 20], b"aaaaaaaaab".repeat(209_500)),
    ];
    for (old, new) in &bodies {
        assert!(chatislav_receiver::diff::Bytes::between(old, new).unwrap().regions > 0);
    }
}
