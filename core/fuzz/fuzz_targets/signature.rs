//! Any bytes as the signature header: our errors and no others, and what parses is one value.
#![no_main]

use chatislav_webhooks::{Signature, Webhook};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A line end separates repeated headers.
    let values: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let webhook = Webhook::new("secret").expect("it is not blank");
    let headers: Vec<_> = values.iter().map(|value| ("X-Chatislav-Signature", value)).collect();
    let error = webhook.verify(b"{}", headers).expect_err("nobody guesses a digest");
    assert!(error.code().starts_with("signature_"), "{error}");
    assert!(!error.hint().is_empty());

    let joined = values.join(&b","[..]);
    match Signature::parse(&joined) {
        Ok(signature) => {
            let digits = signature.to_string();
            assert_eq!(error.code(), "signature_mismatch");
            assert!(joined.to_ascii_lowercase().windows(64).any(|window| window == digits.as_bytes()));
        }
        Err(parsed) => assert_eq!(parsed.code(), error.code()),
    }
});
