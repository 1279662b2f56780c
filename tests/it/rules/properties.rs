//! What holds for any input.

use std::borrow::Cow;

use chatislav_webhooks::plan::Plan;
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{
    CustomHeader, DeliveryKey, ErrorKind, Json, Printable, Signature, Target, Timestamp, Token, Tokens, Webhook,
};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::event::verified;

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The walked value, built again by another parser piece by piece.
fn rebuilt(json: Json<'_>) -> Value {
    if json.is_object() {
        let found = |(name, value): (Cow<'_, str>, Json<'_>)| {
            assert_eq!(json.get(&name), Some(value), "no name is there twice");
            (name.into_owned(), rebuilt(value))
        };
        Value::Object(json.fields().map(found).collect())
    } else if json.is_array() {
        Value::Array(json.items().map(rebuilt).collect())
    } else {
        serde_json::from_str(json.as_str()).unwrap()
    }
}

/// The value that the tokens make, on the same terms.
fn read_by_token(tokens: &mut Tokens<'_>) -> Value {
    match tokens.next().unwrap() {
        Token::Object => {
            let mut object = Map::new();
            while !tokens.at_end() {
                let Some(Token::Text(name)) = tokens.next() else { panic!("a name") };
                object.insert(name.into_owned(), read_by_token(tokens));
            }
            assert!(matches!(tokens.next(), Some(Token::End)));
            Value::Object(object)
        }
        Token::Array => {
            let mut array = Vec::new();
            while !tokens.at_end() {
                array.push(read_by_token(tokens));
            }
            assert!(matches!(tokens.next(), Some(Token::End)));
            Value::Array(array)
        }
        Token::Text(text) => Value::String(text.into_owned()),
        Token::Number(number) => serde_json::from_str(number).unwrap(),
        Token::Bool(value) => Value::Bool(value),
        Token::Null => Value::Null,
        Token::End => panic!("an end without a beginning"),
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_verified(secret in "\\PC*[a-z]", body in any::<Vec<u8>>()) {
        let webhook = Webhook::new(secret.as_str()).unwrap();
        let signature = webhook.sign(&body).to_string();
        prop_assert!(webhook.verify_signature(&body, &signature).is_ok());
        prop_assert!(webhook.verify_signature(&body, signature.to_uppercase()).is_ok());
    }

    /// Whichever secret signed, if any: the verdict is that of `judge`, the key that of the body.
    #[test]
    fn both_hashes_side_by_side_are_those_of_one_after_the_other(
        filling in 0_usize..600,
        secrets in prop::collection::vec("[a-z]{1,9}", 1..4),
        signer in any::<prop::sample::Index>(),
        tampers in any::<bool>(),
    ) {
        let body = format!("{{\"event\": \"e\", \"x\": \"{}\"}}", "x".repeat(filling));
        let webhook = Webhook::new(secrets.clone()).unwrap();
        let mut signature = Webhook::new(signer.get(&secrets).as_str()).unwrap().sign(body.as_bytes()).to_string();
        if tampers {
            signature.replace_range(..1, if signature.starts_with('0') { "1" } else { "0" });
        }
        let headers = [("x-chatislav-signature", &signature)];
        let (verdict, key) = webhook.judge_delivery(body.as_bytes(), headers);
        prop_assert_eq!(key, DeliveryKey::of(body.as_bytes()));
        match (verdict, webhook.judge(body.as_bytes(), headers)) {
            (Ok(one), Ok(other)) => {
                prop_assert!(!tampers);
                prop_assert_eq!((one.secret_index(), one.event()), (other.secret_index(), other.event()));
            }
            (one, other) => prop_assert_eq!(one.unwrap_err(), other.unwrap_err()),
        }
        let (unsigned, key) = webhook.judge_delivery(body.as_bytes(), [("x", "y")]);
        prop_assert_eq!(unsigned.unwrap_err().code(), "signature_missing");
        prop_assert_eq!(key, DeliveryKey::of(body.as_bytes()));
    }

    #[test]
    fn any_changed_bit_is_refused(body in prop::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>()) {
        let webhook = Webhook::new("secret").unwrap();
        let signature = webhook.sign(&body).to_string();
        let mut changed = body.clone();
        let bit_of_body = bit.index(body.len() * 8);
        changed[bit_of_body / 8] ^= 1 << (bit_of_body % 8);
        let mismatch = |body: &[u8], signature: &str| webhook.verify_signature(body, signature).unwrap_err().code();
        prop_assert_eq!(mismatch(&changed, &signature), "signature_mismatch");

        let mut digest = hex::decode(&signature).unwrap();
        let bit_of_digest = bit.index(256);
        digest[bit_of_digest / 8] ^= 1 << (bit_of_digest % 8);
        prop_assert_eq!(mismatch(&body, &hex::encode(digest)), "signature_mismatch");
    }

    #[test]
    fn pieces_make_the_whole(pieces in prop::collection::vec(any::<Vec<u8>>(), 0..10)) {
        let webhook = Webhook::new(["new", "old"]).unwrap();
        let body = pieces.concat();
        let old = Webhook::new("old").unwrap().sign(&body).to_string();
        let mut verifier = webhook.verifier(&old).unwrap();
        for piece in &pieces {
            verifier.update(piece).unwrap();
        }
        prop_assert_eq!(verifier.finish(), Ok(1));
    }

    #[test]
    fn any_header_is_one_of_our_errors(values in prop::collection::vec(any::<Vec<u8>>(), 0..4)) {
        let webhook = Webhook::new("secret").unwrap();
        let headers: Vec<_> = values.iter().map(|value| ("x-chatislav-signature", value)).collect();
        let error = webhook.verify(b"{}", headers).unwrap_err();
        prop_assert!(error.code().starts_with("signature_") && error.http_status() == 401);
    }

    #[test]
    fn sixty_four_digits_are_read_and_written_back(digits in "[0-9a-fA-F]{64}", blanks in "[ \t,]{0,4}") {
        let parsed = Signature::parse(format!("{blanks}{digits}{blanks}")).unwrap();
        prop_assert_eq!(parsed.to_string(), digits.to_lowercase());
    }

    #[test]
    fn any_bytes_are_an_event_or_one_of_our_errors(body in any::<Vec<u8>>()) {
        match verified(&body) {
            Ok(event) => prop_assert_eq!(event.raw(), body),
            Err(error) => prop_assert!(error.code().starts_with("payload_"), "{}", error),
        }
    }

    #[test]
    fn any_text_of_brackets_is_judged_as_by_another_parser(text in "[\\[\\]{}:,\"a0 \\\\tu-]{0,24}") {
        let body = format!("{{\"event\": \"x\", \"v\": {text}}}");
        // Within this alphabet serde_json and the contract agree, but for the number's size.
        let theirs = serde_json::from_str::<Value>(&body);
        let ours = verified(body.as_bytes());
        let is_json = !matches!(&ours, Err(error) if error.kind() == ErrorKind::PayloadNotJson);
        prop_assert_eq!(theirs.is_ok(), is_json, "{}", body);
    }

    #[test]
    fn json_is_walked_as_by_another_parser(value in any_json()) {
        let mut object = Map::new();
        object.insert("event".into(), "x".into());
        object.insert("v".into(), value.clone());
        let compact = serde_json::to_vec(&object).unwrap();
        let escaped = Sample::from_json(&compact).unwrap().to_body(JsonStyle::Python);
        for body in [compact, escaped, serde_json::to_vec_pretty(&object).unwrap()] {
            let event = verified(&body).unwrap();
            let walked = event.payload().get("v").unwrap();
            // Both sides by way of text: a float may lose its last bit on the first way.
            let text = serde_json::to_string(&value).unwrap();
            let theirs = serde_json::from_str::<Value>(&text).unwrap();
            prop_assert_eq!(&rebuilt(walked), &theirs);
            let mut tokens = walked.tokens();
            prop_assert_eq!(&read_by_token(&mut tokens), &theirs);
            prop_assert!(tokens.next().is_none());
        }
    }

    #[test]
    fn what_is_written_in_a_style_reads_the_same(value in any_json()) {
        let body = serde_json::to_vec(&value).unwrap();
        let sample = Sample::from_json(&body).unwrap();
        for style in [JsonStyle::Python, JsonStyle::Compact] {
            let written = sample.to_body(style);
            prop_assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), serde_json::from_slice::<Value>(&body).unwrap());
            prop_assert!(style == JsonStyle::Compact || written.iter().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }

    #[test]
    fn any_plan_parses_or_is_pointed_at(text in "(503|x2|,|loop\\(|\\)|200:1|\\||wait\\(1s\\) |never|when\\(path=/a\\)|;|else| |\"|\\PC){0,12}") {
        match Plan::parse(&text) {
            Ok(plan) => for count in [0, 1, 5, u64::MAX] {
                prop_assert!(plan.play(0, count, count).is_some());
            },
            Err(error) => prop_assert!(text.is_char_boundary(error.at()), "{:?}", error),
        }
    }

    #[test]
    fn nothing_unsafe_is_printable(text in any::<String>()) {
        let shown = Printable(&text).to_string();
        let turns = |c: char| u32::from(c) >= 0x202a && u32::from(c) <= 0x202e;
        let is_unsafe = shown.chars().any(|c| c.is_control() || turns(c));
        prop_assert!(!is_unsafe, "{:?}", shown);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = Target::parse(&text);
        let _ = Timestamp::parse(&text);
        let _ = CustomHeader::parse(&text);
        let _ = chatislav_webhooks::parse_duration(&text);
    }
}
