//! Why a signature does not fit: each mistake, made by another program, is named.

use chatislav_webhooks::explain::{Explanation, Limits, explain};
use chatislav_webhooks::{Secret, Signature};
use proptest::prelude::*;

use super::vectors::{Literal, read};
use crate::support::SECRET;

#[derive(Debug, serde::Deserialize)]
struct Case {
    why: String,
    body: Literal,
    headers: Vec<(String, String)>,
    secrets: Vec<Literal>,
    expect: Option<String>,
    offset: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    secret: Option<usize>,
    #[serde(default)]
    sees: Vec<String>,
}

impl Case {
    fn secrets(&self) -> Vec<Secret> {
        self.secrets.iter().map(|secret| Secret::new(secret.bytes()).unwrap()).collect()
    }

    fn explanation(&self) -> Explanation {
        let body = self.body.bytes();
        explain(&body, &self.headers, &self.secrets(), Limits::of(body.len()))
    }
}

#[test]
fn each_mistake_of_another_program_is_named() {
    for case in read::<Case>("explain.json") {
        let Case { why, .. } = &case;
        let explanation = case.explanation();
        assert_eq!(explanation.change(), case.expect, "{why}: {explanation:?}");
        assert_eq!(explanation.is_found(), case.expect.is_some(), "{why}");
        assert!(explanation.is_complete(), "{why}: {}", explanation.tried());
        let sees: Vec<_> = explanation.observations().iter().map(|seen| seen.code()).collect();
        assert_eq!(sees, case.sees, "{why}: {explanation}");
        let is_without = matches!(case.expect.as_deref(), None | Some("digest_body" | "secret_empty" | "secret_unset"));
        let secret = (!is_without).then(|| case.secret.unwrap_or(0));
        assert_eq!(explanation.secret_index(), secret, "{why}");
        let difference = explanation.difference();
        for (is, expected) in [
            (difference.map(|difference| difference.offset()), case.offset),
            (difference.map(|difference| difference.line()), case.line),
            (difference.map(|difference| difference.column()), case.column),
        ] {
            assert!(expected.is_none() || is == expected, "{why}: {difference:?}");
        }
    }
}

#[test]
fn what_is_said_is_for_people_and_holds_no_secret_and_no_digest() {
    for case in read::<Case>("explain.json") {
        let explanation = case.explanation();
        let line = explanation.describe(chatislav_webhooks::Line::new("explanation"), &explanation.fix()).end();
        let shown = format!("{explanation} {explanation:?} {line} {}", explanation.fix_at_sender());
        assert!(explanation.message().is_ascii() && !explanation.fix().is_empty(), "{shown}");
        for (secret, literal) in case.secrets().iter().zip(&case.secrets) {
            let text = String::from_utf8(literal.bytes()).unwrap();
            let digest = Signature::sign(secret, &case.body.bytes()).to_string();
            assert!(!shown.contains(text.trim()) && !shown.contains(&digest[..16]), "{shown}");
        }
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn every_program_that_writes_json_is_among_them() {
    let source = include_str!("../../../core/src/explain/body/writing.rs");
    let codes: Vec<_> = source.split('"').filter(|text| text.starts_with("json_")).collect();
    assert_eq!(codes.len(), 25);
    let expected: Vec<_> = read::<Case>("explain.json").into_iter().filter_map(|case| case.expect).collect();
    for code in codes {
        assert!(expected.iter().any(|change| change.split('+').next() == Some(code)), "{code} is in no vector");
    }
}

#[test]
fn a_signature_without_a_secret_names_none() {
    let secrets = [SECRET, "the one before"].map(|secret| Secret::new(secret).unwrap());
    let body = br#"{"event": "x"}"#;
    // `printf '{"event": "x"}' | openssl dgst -sha256`, and with `-hmac undefined`.
    for (digits, change, message) in [
        (
            "af422e6c80c31f5749e02344f8eb01b0373a71f10a60abb06118d36965113cb1",
            "digest_body",
            "the bytes are right, and no secret was used; the digest is the plain hash of the body, which anybody can make",
        ),
        (
            "4d42b906918b7556d23749c715e8e2f4e0a08d05bc1087d01f4ab77a171ae7d4",
            "secret_unset",
            "the bytes are right and the secret differs: the signature fits the name of a value that is not there (`undefined`, `null`, `None`)",
        ),
    ] {
        let explanation = explain(body, [("x-chatislav-signature", digits)], &secrets, Limits::of(0));
        assert_eq!((explanation.change().as_deref(), explanation.secret_index()), (Some(change), None));
        assert_eq!(explanation.message(), message);
    }
}

#[test]
fn digits_of_another_hash_are_not_called_none() {
    let secret = Secret::new(SECRET).unwrap();
    let explanation = explain(b"{}", [("x-chatislav-signature", "0123456789".repeat(4))], &[secret], Limits::of(0));
    assert_eq!(
        explanation.message(),
        "there is nothing to explain: the request carries no digest that could be HMAC-SHA256"
    );
}

#[track_caller]
fn check(body: &str, signed: &str, offset: usize, in_body: &str, in_signed: &str) {
    let secret = Secret::new(SECRET).unwrap();
    let signature = Signature::sign(&secret, signed.as_bytes()).to_string();
    let explanation = explain(body.as_bytes(), [("x-chatislav-signature", signature)], &[secret], Limits::of(0));
    let difference = explanation.difference().unwrap_or_else(|| panic!("{explanation}"));
    assert_eq!((difference.offset(), difference.at_hand(), difference.signed()), (offset, in_body, in_signed));
}

#[test]
fn the_place_is_shown_with_a_few_bytes_around_it() {
    check("{}\n", "{}", 2, "{}\\x0a", "{} (the end)");
    check("{}", "{}\n", 2, "{} (the end)", "{}\\x0a");
    check(
        r#"{"event":"a conversation, and a long one at that"}"#,
        r#"{"event": "a conversation, and a long one at that"}"#,
        9,
        r#"{"event":"a conversation, and..."#,
        r#"{"event": "a conversation, an..."#,
    );
    check(
        r#"{"event": "a conversation", "b": "\u00e9"}"#,
        r#"{"event": "a conversation", "b": "é"}"#,
        34,
        r#"...onversation", "b": "\u00e9"}"#,
        r#"...onversation", "b": "\xc3\xa9"}"#,
    );
}

#[test]
fn a_body_that_holds_the_secret_is_not_quoted() {
    let body = format!(r#"{{"event":"x","secret":"{SECRET}"}}"#);
    let signed = body.replace(r#""event":"#, r#""event": "#);
    check(&body, &signed.replace(r#","secret":"#, r#", "secret": "#), 9, "", "");
}

#[test]
fn more_work_than_allowed_is_not_done_and_that_is_said() {
    let secret = || Secret::new(SECRET).unwrap();
    let body = br#"{"event":"x","a":[1,2,3]}"#;
    let signature = || [("x-chatislav-signature", Signature::sign(&secret(), b"another content").to_string())];
    let whole = explain(body, signature(), &[secret()], Limits { work: 10 << 20 });
    assert!(whole.is_complete() && whole.tried() > 1_000, "{}", whole.tried());
    let mut before = 0;
    for work in [0, 1_000, 10_000, 100_000, 200_000] {
        let cut = explain(body, signature(), &[secret()], Limits { work });
        assert!(!cut.is_complete() && cut.message().contains("the limit of work"), "{work}: {cut}");
        assert!(cut.tried() >= before && cut.tried() <= work / 200, "{work}: {}", cut.tried());
        before = cut.tried();
    }
    // Cheaper things are still tried when the dearer ones are not.
    let signed = Signature::sign(&secret(), b"{\"event\": \"x\", \"a\": [1, 2, 3]}").to_string();
    let found = explain(body, [("x-chatislav-signature", signed)], &[secret()], Limits { work: 40_000 });
    assert_eq!(found.change().as_deref(), Some("json_python"));
}

#[test]
fn the_fix_is_for_those_who_wrote_the_body_anew() {
    let secret = Secret::new(SECRET).unwrap();
    let sent = r#"{"event": "x", "a": "/é"}"#;
    for (body, fix) in [
        (r#"{"event":"x","a":"/é"}"#, "express.raw"),
        (r#"{"event": "x", "a": "/\u00e9"}"#, "request.get_data()"),
        (r#"{"event":"x","a":"\/\u00e9"}"#, "php://input"),
    ] {
        let signature = Signature::sign(&secret, sent.as_bytes()).to_string();
        let headers = [("x-chatislav-signature", signature)];
        let explanation = explain(body.as_bytes(), headers, std::slice::from_ref(&secret), Limits::of(0));
        assert!(explanation.fix().contains(fix), "{body}: {}", explanation.fix());
        assert!(explanation.fix_at_sender().contains("the signer signs other bytes"), "{body}");
    }
}

#[test]
fn two_mistakes_have_two_fixes() {
    let secret = Secret::new("s3cret\n").unwrap();
    let signature = Signature::sign(&Secret::new("s3cret").unwrap(), br#"{"event": "x"}"#).to_string();
    let headers = [("x-chatislav-signature", format!("sha256={signature}"))];
    let explanation = explain(br#"{"event":"x"}"#, headers, &[secret], Limits::of(0));
    for fix in ["express.raw", "; and copy the secret", "; and send the header"] {
        assert!(explanation.fix().contains(fix), "{}", explanation.fix());
    }
    let fix = explanation.fix_at_sender();
    assert!(fix.contains("make the bytes once") && fix.contains("; and copy the secret"), "{fix}");
    assert!(!fix.contains("express.raw"), "{fix}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_signatures_are_never_explained(
        body in any::<Vec<u8>>(),
        digest in any::<[u8; 32]>(),
        secrets in prop::collection::vec("[a-zA-Z0-9+/=\"' \\n]{8,40}z", 1..3),
    ) {
        let secrets: Vec<_> = secrets.into_iter().map(|secret| Secret::new(secret).unwrap()).collect();
        let signature = hex::encode(digest);
        let explanation = explain(&body, [("x-chatislav-signature", signature)], &secrets, Limits::of(body.len()));
        prop_assert!(!explanation.is_found(), "{explanation}");
    }

    #[test]
    fn no_input_makes_a_panic(
        body in any::<Vec<u8>>(),
        texts in prop::collection::hash_map(any::<String>(), r#"[/\\"<é\u{1}\u{2028}🚚a]{0,9}"#, 0..4),
        numbers in any::<Vec<i8>>(),
        cut in 0..60_usize,
        value in any::<Vec<u8>>(),
        secret in any::<Vec<u8>>(),
    ) {
        let Ok(secret) = Secret::new(&secret) else { return Ok(()) };
        let json = serde_json::json!({"texts": texts, "numbers": numbers, "none": [{}, [], 1.0]});
        let json = serde_json::to_string_pretty(&json).unwrap().into_bytes();
        for body in [&body[..], &json, &json[cut.min(json.len())..]] {
            let header = [(&b"x-chatislav-signature"[..], &value[..]), (b"content-encoding", &value)];
            for header in [&header[..], &[(b"x-signature", b"0123456789abcdef0")]] {
                let limits = Limits::of(0).at_most(1 << 18);
                let explanation = explain(body, header, std::slice::from_ref(&secret), limits);
                prop_assert!(!explanation.message().is_empty());
            }
        }
    }
}
