//! Any bytes, rightly signed: an event that gives back its bytes, or one of our errors.
#![no_main]

use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{Event, Json, Webhook};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|body: &[u8]| {
    let webhook = Webhook::new("secret").expect("it is not blank");
    let signature = webhook.sign(body).to_string();
    let event = match webhook.verify(body, [("x-chatislav-signature", signature)]) {
        Ok(event) => event,
        Err(error) => {
            assert!(error.code().starts_with("payload_"), "{error}");
            return;
        }
    };
    assert_eq!(event.raw(), body);
    // What we accept, every parser accepts that does not look at the size of numbers.
    serde_json::from_slice::<IgnoredAny>(body).expect("it is JSON");
    walk(event.payload());
    let _ = (event.event().len(), event.timestamp(), event.sent_at(), event.messages(), event.delivery_key());
    if let Event::LeadCollection(lead) = &event {
        let _ = (lead.data(), lead.form());
    }
    // Written in either style it is an event still.
    let sample = Sample::from_json(body).expect("it was accepted");
    for style in [JsonStyle::Python, JsonStyle::Compact] {
        let written = sample.to_body(style);
        let signature = webhook.sign(&written).to_string();
        let again = webhook.verify(&written, [("x-chatislav-signature", signature)]).expect("it is the same event");
        assert_eq!(again.event(), event.event());
    }
});

fn walk(json: Json<'_>) {
    assert!(!json.as_str().is_empty());
    if json.is_object() {
        json.fields().for_each(|(_, value)| walk(value));
    } else if json.is_array() {
        json.items().for_each(walk);
    } else if json.as_str().starts_with('"') {
        let text = json.as_string().expect("a text that was accepted can be read");
        assert_eq!(text, serde_json::from_str::<String>(json.as_str()).expect("it is a text"));
    }
}
