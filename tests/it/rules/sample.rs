//! Sample events and the sender's JSON style.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::Event;
use chatislav_webhooks::sample::{JsonStyle, Sample};

use super::event::verified;

const NOON: Duration = Duration::from_secs(1_782_216_000);

fn now() -> SystemTime {
    UNIX_EPOCH + NOON
}

#[test]
fn samples_are_events_in_the_vendors_shape() {
    for style in [JsonStyle::Python, JsonStyle::Compact] {
        let lead = verified(&Sample::lead_collection(now(), 7).to_body(style)).unwrap();
        let Event::LeadCollection(lead) = lead else { panic!("{lead:?}") };
        let names: Vec<_> = lead.payload().fields().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["event", "data", "timestamp", "messages"]);
        let names: Vec<_> = lead.data().fields().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(
            names,
            [
                "user_id",
                "bot_id",
                "bot_name",
                "chat_id",
                "message_id",
                "form_data",
                "ip_address",
                "collection_type",
                "ai_summary"
            ]
        );
        assert_eq!(lead.timestamp().as_deref(), Some("2026-06-23T12:00:00.000000"));
        assert_eq!(lead.form()["name"].as_string().as_deref(), Some("Zoë Müller"));

        let summary = verified(&Sample::conversation_summary(now(), 7).to_body(style)).unwrap();
        let names: Vec<_> = summary.payload().fields().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["event", "summary", "timestamp", "messages"]);
    }
}

#[test]
fn entropy_makes_the_ids() {
    let body = |entropy| Sample::lead_collection(now(), entropy).to_body(JsonStyle::Python);
    assert_eq!(body(1), body(1));
    assert_ne!(body(1), body(2));
    assert!(Sample::of("voice_call_ended", now(), 1).is_none());
    assert!(Sample::EVENTS.iter().all(|event| Sample::of(event, now(), 1).is_some()));
}

#[test]
fn the_styles_are_those_of_python_and_javascript() {
    let body = r#"{"b":1.0,"a":["é😀","\"\\\/\n\u0001\u007f",12345678901234567890],"c":{},"d":[],"e":null}"#;
    let sample = Sample::from_json(body.as_bytes()).unwrap();
    let written = |style| String::from_utf8(sample.to_body(style)).unwrap();
    // python3 -c "import json,sys; print(json.dumps(json.loads(sys.argv[1])))" BODY
    let python = r#"{"b": 1.0, "a": ["\u00e9\ud83d\ude00", "\"\\/\n\u0001\u007f", 12345678901234567890], "c": {}, "d": [], "e": null}"#;
    assert_eq!(written(JsonStyle::Python), python);
    // As JSON.stringify, but for the numbers, which keep their spelling here.
    let compact =
        "{\"b\":1.0,\"a\":[\"é😀\",\"\\\"\\\\/\\n\\u0001\u{7f}\",12345678901234567890],\"c\":{},\"d\":[],\"e\":null}";
    assert_eq!(written(JsonStyle::Compact), compact);
}

#[test]
fn fields_are_set_by_their_path() {
    let set = |setting: &str| {
        let mut sample = Sample::lead_collection(now(), 7);
        sample.set(setting).map(|()| String::from_utf8(sample.to_body(JsonStyle::Compact)).unwrap())
    };
    for (setting, contains) in [
        ("data.bot_name=Ada", r#""bot_name":"Ada""#),
        ("data.bot_id:=7", r#""bot_id":7"#),
        ("data.form_data.1.value=x@y", r#"{"field":"email","value":"x@y"}"#),
        ("data.form_data.3:={\"field\":\"new\"}", r#"{"field":"new"}]"#),
        ("extra=a=b", r#""extra":"a=b"}"#),
        ("event=voice_call_ended", r#"{"event":"voice_call_ended""#),
        ("data:={}", r#""data":{},"#),
        ("data.bot_name=", r#""bot_name":"""#),
    ] {
        let body = set(setting).unwrap();
        assert!(body.contains(contains), "{setting}: {body}");
    }
    for (setting, words) in [
        ("data.bot_name", "path=text or path:=json"),
        ("data.nothing.x=1", "only user_id, bot_id"),
        ("data.form_data.9.value=1", "only the indices 0 to 2"),
        ("data.form_data.9=1", "has 3 items"),
        ("data.form_data.x=1", "an index"),
        ("event.x=1", "nothing below"),
        ("data.bot_id:=seven", "no JSON"),
        ("=1", "the path is empty"),
    ] {
        let error = set(setting).unwrap_err().to_string();
        assert!(error.contains(words), "{setting}: {error}");
    }
}
