//! Secrets, signatures, headers: who may be believed.

use std::collections::HashMap;

use chatislav_webhooks::{DEFAULT_MAX_BODY, Error, ErrorKind, Event, Secret, Signature, Webhook, accepts_method};
use serde::Deserialize;

use super::vectors::{Literal, read};
use crate::support::{LEAD, LEAD_SIGNATURE, SECRET};

#[test]
fn hmac_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        key: Literal,
        body: Literal,
        expect: String,
    }
    for Case { why, key, body, expect } in read("hmac.json") {
        let (secret, body) = (Secret::new(key.bytes()).unwrap(), body.bytes());
        assert_eq!(Signature::sign(&secret, &body).to_string(), expect, "{why}");
        // In pieces of every size, so that no buffer can hide a fault; of large bodies, of one size.
        let sizes = if body.len() > 2_000 { 65_537..=65_537 } else { 1..=body.len().clamp(1, 70) };
        for size in sizes {
            let mut signer = Signature::signer(&secret);
            body.chunks(size).for_each(|piece| signer.update(piece));
            assert_eq!(signer.finish().to_string(), expect, "{why}, in pieces of {size}");
        }
    }
}

#[derive(Deserialize)]
struct SignatureCase {
    why: String,
    body: Literal,
    values: Vec<Literal>,
    expect: String,
    secret: Option<usize>,
}

fn code(result: &Result<Event, Error>) -> &'static str {
    match result {
        Ok(_) => "verified",
        Err(error) => error.code(),
    }
}

#[test]
fn signature_vectors() {
    let webhook = Webhook::new([SECRET, "whsec old"]).unwrap();
    for SignatureCase { why, body, values, expect, secret } in read("signature.json") {
        let body = body.bytes();
        let headers: Vec<_> = values.iter().map(|value| ("X-Chatislav-SIGNATURE", value.bytes())).collect();
        let result = webhook.verify(&body, &headers);
        assert_eq!(code(&result), expect, "{why}");
        assert_eq!(result.ok().map(|event| event.secret_index()), secret, "{why}");

        // The other ways in come to the same verdict on the signature.
        let joined = values.iter().map(Literal::bytes).collect::<Vec<_>>().join(&b","[..]);
        let of_signature = if expect.starts_with("signature_") { Err(expect.as_str()) } else { Ok(()) };
        let whole = webhook.verify_signature(&body, &joined);
        assert_eq!(whole.map_err(|error| error.code()), of_signature, "{why}");
        let in_pieces = webhook.verifier(&joined).and_then(|mut verifier| {
            for piece in body.chunks(7) {
                verifier.update(piece)?;
            }
            verifier.finish()
        });
        assert_eq!(in_pieces.map(drop).map_err(|error| error.code()), of_signature, "{why}, in pieces");
    }
}

#[test]
fn secret_vectors() {
    #[derive(Deserialize)]
    struct Case {
        why: String,
        secrets: Vec<Literal>,
        expect: String,
    }
    for Case { why, secrets, expect } in read("secret.json") {
        let secrets: Vec<_> = secrets.iter().map(Literal::bytes).collect();
        let made = Webhook::new(secrets).map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(made, expect, "{why}");
    }
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    let secret = Secret::new("s3cret").unwrap();
    let find = |text: &str, from| secret.find_in(text.as_bytes(), from);
    assert_eq!(find("s3cret, s3cret", 0), Some(0..6));
    assert_eq!(find("s3cret, s3cret", 1), Some(8..14));
    assert_eq!(find("s3cret, s3cret", 9), None);
    assert_eq!(find("s3cre", 0), None);
    assert_eq!(find("s3cret", 7), None);
}

#[test]
fn fingerprint_vectors() {
    #[derive(Deserialize)]
    struct Case {
        secret: String,
        expect: String,
    }
    for Case { secret, expect } in read("fingerprint.json") {
        assert_eq!(Secret::new(secret).unwrap().fingerprint(), expect);
    }
}

#[test]
fn error_vectors() {
    #[derive(Deserialize)]
    struct Case {
        code: String,
        expect: u16,
    }
    let listed: Vec<_> = read::<Case>("errors.json").into_iter().map(|case| (case.code, case.expect)).collect();
    let ours: Vec<_> = ErrorKind::ALL.iter().map(|kind| (kind.code().to_owned(), kind.http_status())).collect();
    assert_eq!(listed, ours, "tests/vectors/errors.json and ErrorKind::ALL differ");
}

#[test]
fn headers_come_in_any_shape() {
    let webhook = Webhook::new(SECRET).unwrap();
    let name = "x-chatislav-signature";
    let mut map = http::HeaderMap::new();
    map.insert(name, LEAD_SIGNATURE.parse().unwrap());
    assert!(webhook.verify(LEAD, &map).is_ok());
    assert!(webhook.verify(LEAD, [(name, LEAD_SIGNATURE)]).is_ok());
    let pairs = [(name, LEAD_SIGNATURE)];
    assert!(webhook.verify(LEAD, &pairs[..]).is_ok());
    assert!(webhook.verify(LEAD, vec![(name.to_owned(), LEAD_SIGNATURE.as_bytes().to_vec())]).is_ok());
    let map = HashMap::from([(name.to_owned(), LEAD_SIGNATURE.to_owned())]);
    assert!(webhook.verify(LEAD, &map).is_ok() && webhook.verify(LEAD, map).is_ok());
    let others = [("x-chatislav-signature-2", "x"), ("chatislav-signature", "y"), (name, LEAD_SIGNATURE)];
    assert!(webhook.verify(LEAD, others).is_ok());
}

#[test]
fn secrets_come_in_any_shape() {
    for webhook in [
        Webhook::new(SECRET),
        Webhook::new(SECRET.to_owned()),
        Webhook::new(SECRET.as_bytes()),
        Webhook::new(SECRET.as_bytes().to_vec()),
        Webhook::new(b"It's a Secret to Everybody"),
        Webhook::new(Secret::new(SECRET).unwrap()),
        Webhook::new(["new", SECRET]),
        Webhook::new(vec!["new".to_owned(), SECRET.to_owned()]),
        Webhook::new(&["new", SECRET][..]),
        Webhook::new([Secret::new(SECRET).unwrap()]),
    ] {
        assert!(webhook.unwrap().verify_signature(LEAD, LEAD_SIGNATURE).is_ok());
    }
}

#[test]
fn the_newest_of_two_equal_secrets_is_told() {
    let webhook = Webhook::new(["other", SECRET, SECRET]).unwrap();
    let event = webhook.verify(LEAD, [("x-chatislav-signature", LEAD_SIGNATURE)]).unwrap();
    assert_eq!(event.secret_index(), 1);
}

#[test]
fn the_size_is_judged_first() {
    let webhook = Webhook::new(SECRET).unwrap().with_max_body(LEAD.len());
    assert!(webhook.verify(LEAD, [("x-chatislav-signature", LEAD_SIGNATURE)]).is_ok());
    let webhook = webhook.with_max_body(LEAD.len() - 1);
    let none: [(&str, &str); 0] = [];
    assert_eq!(code(&webhook.verify(LEAD, none)), "body_too_large");
    assert_eq!(webhook.verify_signature(LEAD, "").unwrap_err().code(), "body_too_large");
    let mut verifier = webhook.verifier(LEAD_SIGNATURE).unwrap();
    assert_eq!(verifier.update(LEAD).unwrap_err().code(), "body_too_large");
}

#[test]
fn eight_mebibytes_are_accepted_unless_said_otherwise() {
    assert_eq!((DEFAULT_MAX_BODY, Webhook::new(SECRET).unwrap().max_body()), (8_388_608, 8_388_608));
    let body = vec![b' '; 8_388_609];
    let webhook = Webhook::new(SECRET).unwrap();
    let none: [(&str, &str); 0] = [];
    assert_eq!(code(&webhook.verify(&body[1..], none)), "signature_missing");
    assert_eq!(code(&webhook.verify(&body, none)), "body_too_large");
}

#[test]
fn post_and_put_are_accepted_as_http_writes_them() {
    assert!(["POST", "PUT"].into_iter().all(accepts_method));
    for method in ["", "GET", "HEAD", "PATCH", "DELETE", "OPTIONS", "post", "Put", "POST ", "POSTPUT"] {
        assert!(!accepts_method(method), "{method:?}");
    }
}

#[test]
fn each_malformation_has_its_hint() {
    let hint = |value: &str| Signature::parse(value).unwrap_err().hint();
    for (value, words) in [
        ("sha256=00", "`sha256=`"),
        ("jNW7m68esK5FikN2Zz+3ITRXrmYYPTO8uA7c8sruyeg=", "base64"),
        ("\"00\"", "quotes"),
        ("00", "cut short"),
        (&"0".repeat(40), "SHA-1"),
        (&"0".repeat(128), "SHA-512"),
        (&"0".repeat(65), "more than 64"),
        ("00 00", "blank"),
        ("é", "outside ASCII"),
        ("zz", "other than hexadecimal"),
        ("SHA256:00", "`sha256=`"),
        ("v1=00", "another vendor"),
        ("v0=00", "another vendor"),
        ("t=1,t=1", "another vendor"),
        ("sha1=00", "another vendor"),
        ("0X00", "`0x`"),
        ("00'", "quotes"),
        (&"0".repeat(31), "cut short"),
        (&"0".repeat(32), "MD5"),
        (&"0".repeat(33), "cut short"),
        (&"0".repeat(63), "cut short"),
        (&"z".repeat(43), "base64"),
        (&"-_".repeat(22), "base64"),
        (&"z".repeat(45), "other than hexadecimal"),
        (&format!("{} z", "0".repeat(42)), "blank"),
        ("0\t0", "blank"),
    ] {
        assert!(hint(value).contains(words), "{value}: {}", hint(value));
    }
}

#[test]
fn a_secret_that_was_copied_with_something_around_it_is_suspicious() {
    let suspicion = |secret: &str| Secret::new(secret).unwrap().suspicion().unwrap_or_default();
    for (secret, words) in [
        ("s ", "white space"),
        ("s\r\n", "line end"),
        (" s", "begins or ends"),
        ("\u{feff}s", "byte order mark"),
        ("\"s\"", "quotes"),
        ("'s'", "quotes"),
        ("`s`", "quotes"),
        ("CHATISLAV_WEBHOOK_SECRET=s", "name of the variable"),
    ] {
        assert!(suspicion(secret).contains(words), "{secret:?}: {}", suspicion(secret));
    }
    for secret in [SECRET, "s", "ss", "\"", "\"s", "'s\"", "a b", "CHATISLAV_WEBHOOK_SECRE"] {
        assert_eq!(suspicion(secret), "", "{secret:?}");
    }
}
