//! Which request gets which answer.

use chatislav_receiver::{Config, Mode};
use chatislav_webhooks::plan::{Per, Plan, Rules};
use chatislav_webhooks::{Unsigned, Webhook};

use crate::support::{Answered, LEAD, LEAD_SIGNATURE, SECRET, exchange, send, start, verified};

async fn signed(address: std::net::SocketAddr, start: &str, body: &[u8]) -> String {
    let signature = Webhook::new(SECRET).unwrap().sign(body);
    exchange(address, start, &format!("x-chatislav-signature: {signature}\r\n"), body).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no status in {answer:?}")).parse().unwrap()
}

#[tokio::test]
async fn a_signature_by_openssl_is_accepted() {
    let receiver = start(verified("200")).await;
    let header = format!("X-Chatislav-Signature: {LEAD_SIGNATURE}\r\n");
    assert_eq!(status(&exchange(receiver.address, "POST /hook", &header, LEAD).await), 200);
    assert_eq!(status(&exchange(receiver.address, "PUT /hook", &header, LEAD).await), 200);
}

#[tokio::test]
async fn two_deliveries_do_not_steal_each_others_steps() {
    let receiver = start(verified("503x2,200")).await;
    let (a, b) = (br#"{"event": "a"}"#, br#"{"event": "b"}"#);
    let mut got = Vec::new();
    for body in [a, b, a, b, b, a, a] {
        got.push(status(&signed(receiver.address, "POST /", body).await));
    }
    assert_eq!(got, [503, 503, 503, 503, 200, 200, 200]);
    let attempts: Vec<_> = receiver.records().iter().map(|record| (record.attempt, record.step)).collect();
    assert_eq!(attempts[4..], [(3, Some((3, 3))), (3, Some((3, 3))), (4, Some((3, 3)))]);
}

#[tokio::test]
async fn what_shares_a_counter_is_a_choice() {
    for (per, expected) in [
        (Per::Delivery, [500, 500, 500, 200]),
        (Per::Event, [500, 200, 500, 200]),
        (Per::Path, [500, 200, 200, 200]),
        (Per::All, [500, 200, 200, 200]),
    ] {
        let receiver =
            start(Config { rules: Rules::of(Plan::parse("500,200").unwrap(), per), ..verified("200") }).await;
        let mut got = Vec::new();
        for body in [r#"{"event": "a", "n": 1}"#, r#"{"event": "a", "n": 2}"#, r#"{"event": "b"}"#, r#"{"event": "b"}"#]
        {
            got.push(status(&signed(receiver.address, "POST /", body.as_bytes()).await));
        }
        assert_eq!(got, expected, "{per:?}");
    }
    let receiver =
        start(Config { rules: Rules::of(Plan::parse("500,200").unwrap(), Per::Path), ..verified("200") }).await;
    assert_eq!(status(&signed(receiver.address, "POST /a", LEAD).await), 500);
    assert_eq!(status(&signed(receiver.address, "POST /b?x", LEAD).await), 500);
    assert_eq!(status(&signed(receiver.address, "POST /b", LEAD).await), 200);
}

#[tokio::test]
async fn a_plan_answers_with_headers_body_and_conditions() {
    let plan = r#"when(path=/slow*) 429(retry-after=1); when(event=x) 302(location=/y); else 200(content-type=text/plain,body="a, b")"#;
    let receiver = start(verified(plan)).await;
    let answer = signed(receiver.address, "POST /slow/1", LEAD).await;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("retry-after: 1\r\n"), "{answer}");
    let answer = signed(receiver.address, "POST /", br#"{"event": "x"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 302 ") && answer.contains("location: /y\r\n"), "{answer}");
    let answer = signed(receiver.address, "POST /", LEAD).await;
    assert!(answer.contains("content-type: text/plain\r\n") && answer.ends_with("\r\n\r\na, b"), "{answer}");
}

#[tokio::test]
async fn a_forged_request_gets_neither_2xx_nor_5xx() {
    let receiver = start(verified("200")).await;
    let good = LEAD_SIGNATURE;
    let header = |value: &[u8]| [b"x-chatislav-signature: ", value, b"\r\n"].concat();
    let upper = good.to_uppercase();
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (vec![], 401, "signature_missing"),
        (header(b""), 401, "signature_missing"),
        (header(b" \t , "), 401, "signature_missing"),
        (header(format!("sha256={good}").as_bytes()), 401, "signature_malformed"),
        (header(&good.as_bytes()[..63]), 401, "signature_malformed"),
        (header(b"\xff\xfe\x80"), 401, "signature_malformed"),
        (header("é".as_bytes()), 401, "signature_malformed"),
        (header(&[b'0'; 64]), 401, "signature_mismatch"),
        (header(&[b'a'; 9_000]), 401, "signature_malformed"),
        ([header(good.as_bytes()), header(&[b'0'; 64])].concat(), 401, "signature_ambiguous"),
        ([header(good.as_bytes()), header(upper.as_bytes())].concat(), 401, "signature_ambiguous"),
        ([header(b"zz"), header(good.as_bytes())].concat(), 401, "signature_ambiguous"),
    ];
    for (headers, expected, code) in cases {
        let head = [
            format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", LEAD.len()).as_bytes(),
            &headers,
            b"\r\n",
            LEAD,
        ]
        .concat();
        let answer = send(receiver.address, &head).await;
        assert_eq!(status(&answer), expected, "{code}: {answer}");
        assert!(answer.ends_with(&format!("{{\"error\": \"{code}\"}}")), "{code}: {answer}");
    }
    // Equal values collapse.
    let twice = [header(good.as_bytes()), header(good.as_bytes())].concat();
    let answer = exchange(receiver.address, "POST /", std::str::from_utf8(&twice).unwrap(), LEAD).await;
    assert_eq!(status(&answer), 200);
}

#[tokio::test]
async fn signed_bytes_that_are_no_event_are_400() {
    let receiver = start(verified("200")).await;
    for (body, code) in [
        (&b"not json"[..], "payload_not_json"),
        (b"", "payload_not_json"),
        (b"\"\xff\"", "payload_not_json"),
        (b"[]", "payload_invalid"),
        (br#"{"event": "lead_collection"}"#, "payload_invalid"),
        (&[b'['; 129], "payload_too_deep"),
    ] {
        let answer = signed(receiver.address, "POST /", body).await;
        assert_eq!((status(&answer), answer.contains(code)), (400, true), "{code}: {answer}");
    }
    assert_eq!(status(&signed(receiver.address, "POST /", br#"{"event": "voice_call_ended"}"#).await), 200);
}

#[tokio::test]
async fn a_forged_copy_does_not_use_up_a_step() {
    let receiver = start(verified("503,200")).await;
    for _ in 0..3 {
        assert_eq!(status(&exchange(receiver.address, "POST /", "", LEAD).await), 401);
    }
    assert_eq!(status(&signed(receiver.address, "POST /", LEAD).await), 503);
    assert_eq!(status(&signed(receiver.address, "POST /", LEAD).await), 200);
}

#[tokio::test]
async fn only_if_asked_the_plan_answers_refused_requests() {
    let receiver = start(Config { ignore_verdict: true, ..verified("503,200") }).await;
    assert_eq!(status(&exchange(receiver.address, "POST /", "", LEAD).await), 503);
    assert_eq!(status(&signed(receiver.address, "POST /", LEAD).await), 503);
    let verdicts: Vec<_> = receiver.records().iter().map(|record| record.verdict.clone()).collect();
    assert_eq!(verdicts, ["signature_missing", "verified"]);
}

#[tokio::test]
async fn other_methods_are_405() {
    let receiver = start(verified("200")).await;
    for method in ["GET", "DELETE", "PATCH", "OPTIONS", "post", "BREW"] {
        let answer = exchange(receiver.address, &format!("{method} /"), "", LEAD).await;
        assert_eq!(status(&answer), 405, "{method}");
        assert!(answer.contains("allow: POST, PUT\r\n"), "{answer}");
        assert!(answer.ends_with("{\"error\": \"method_not_allowed\"}"), "{answer}");
    }
    assert!(exchange(receiver.address, "HEAD /", "", b"").await.starts_with("HTTP/1.1 405 "));
}

#[tokio::test]
async fn unsigned_mode_says_so() {
    let mode = Mode::Unsigned(Unsigned::new().require_header("x-token", "abc").unwrap());
    let receiver = start(Config::new(mode)).await;
    assert_eq!(status(&exchange(receiver.address, "POST /", "x-token: abc\r\n", LEAD).await), 200);
    assert_eq!(status(&exchange(receiver.address, "POST /", "x-token: abd\r\n", LEAD).await), 401);
    assert_eq!(status(&exchange(receiver.address, "POST /", "", LEAD).await), 401);
    assert_eq!(receiver.records()[0].verdict, "unsigned");
}

#[tokio::test]
async fn a_seed_repeats_a_run() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let receiver = start(Config { seed, ..verified("200:1|503:1") }).await;
        let mut run = Vec::new();
        for number in 0..24 {
            let body = format!(r#"{{"event": "e", "n": {number}}}"#);
            run.push(status(&signed(receiver.address, "POST /", body.as_bytes()).await));
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!(runs[0].contains(&200) && runs[0].contains(&503));
}

#[tokio::test]
async fn the_record_says_what_happened() {
    let receiver = start(verified("200")).await;
    signed(receiver.address, "POST /", LEAD).await;
    assert_eq!(
        receiver.records(),
        [Answered {
            status: Some(200),
            verdict: "verified".to_owned(),
            event: "lead_collection".to_owned(),
            attempt: 1,
            step: Some((1, 1)),
        }]
    );
}
