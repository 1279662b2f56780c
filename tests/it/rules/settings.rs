//! The Webhooks screen: what fires, what a save refuses, which secrets are good.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::settings::{Form, InvalidSettings, Secrets, Skip};
use chatislav_webhooks::target::{Guard, InvalidTarget};
use chatislav_webhooks::{CustomHeader, Method, Secret, Settings};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(value: Value) -> Result<Settings, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn public() -> Settings {
    Settings { url: "https://hooks.example.com/in".to_owned(), ..Settings::default() }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn fingerprint(text: &str) -> String {
    Secret::new(text).unwrap().fingerprint()
}

/// Fingerprints of what is good at this second.
fn valid(secrets: &Secrets, second: u64) -> Vec<String> {
    secrets.valid(at(second)).into_iter().map(Secret::fingerprint).collect()
}

#[test]
fn the_default_is_the_vendors() {
    let settings = read(json!({})).unwrap();
    assert_eq!((settings.method, settings.timeout), (Method::Post, Duration::from_secs(30)));
    assert!(settings.enabled && settings.url.is_empty() && settings.events.is_empty() && settings.headers.is_empty());
    assert!(settings.secrets.current().is_none());
    assert_eq!(settings.to_toml(), Settings::default().to_toml());
}

#[test]
fn only_selected_events_of_an_enabled_webhook_fire() {
    let with = |enabled: bool, events: &[&str]| {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        Settings { enabled, events, ..public() }
    };
    for (settings, expected) in [
        (with(true, &["lead_collection"]), Ok(())),
        (with(true, &["conversation_summary", "lead_collection"]), Ok(())),
        (with(true, &["conversation_summary"]), Err(Skip::NotSelected)),
        (with(true, &["lead_collectio", "lead_collection2", "LEAD_COLLECTION"]), Err(Skip::NotSelected)),
        (with(true, &[]), Err(Skip::NoEvents)),
        (with(false, &[]), Err(Skip::Disabled)),
        (with(false, &["lead_collection"]), Err(Skip::Disabled)),
    ] {
        assert_eq!(settings.fires("lead_collection"), expected, "{settings:?}");
        // Each of them is valid, also the one with no event.
        assert_eq!(settings.check(&Guard::default()), Ok(()));
    }
    assert_eq!(with(true, &["voice_call_ended"]).fires("voice_call_ended"), Ok(()));
    let told = Skip::ALL.map(|skip| (skip.code(), skip.to_string()));
    assert_eq!(
        told.map(|(code, reason)| format!("{code}: {reason}")),
        [
            "webhook_disabled: the webhook is disabled",
            "no_event_selected: no event is selected",
            "event_not_selected: this event is not selected"
        ]
    );
}

#[test]
fn a_save_refuses_what_could_not_be_sent() {
    let header = |name: &str| CustomHeader::new(name, "1").unwrap();
    let url = |url: &str| Settings { url: url.to_owned(), ..Settings::default() };
    for (settings, key, code, words) in [
        (url(""), "url", "url_missing", "an enabled webhook has a URL"),
        (url("hooks.example.com"), "url", "url_invalid", "a URL begins with http:// or https://"),
        (url("ftp://hooks.example.com"), "url", "url_invalid", "the scheme of a webhook is http or https"),
        (url("http://localhost:1/"), "url", "target_blocked", "Chatislav would refuse this address: localhost ("),
        (url("http://127.0.0.1:1/"), "url", "target_blocked", "Chatislav would refuse this address: loopback ("),
        (url("http://2130706433/"), "url", "target_blocked", "Chatislav would refuse this address: loopback ("),
        (url("https://10.1.2.3/"), "url", "target_blocked", "Chatislav would refuse this address: private ("),
        (url("http://169.254.169.254/"), "url", "target_blocked", "Chatislav would refuse this address: metadata ("),
        (url("http://db.internal/"), "url", "target_blocked", "Chatislav would refuse this address: "),
        (Settings { timeout: Duration::ZERO, ..public() }, "timeout", "timeout_invalid", "a timeout is over 0"),
        (
            Settings { timeout: Settings::MAX_TIMEOUT + Duration::from_nanos(1), ..public() },
            "timeout",
            "timeout_invalid",
            "a timeout is over 0 and at most 10m",
        ),
        (Settings { events: vec![" ".to_owned()], ..public() }, "events", "event_blank", "an event has a name"),
        (Settings { events: vec!["a".to_owned(); 2], ..public() }, "events", "event_repeated", "a is selected twice"),
        (
            Settings { headers: vec![header("X-A"), header("x-a")], ..public() },
            "headers",
            "header_repeated",
            "x-a is set twice",
        ),
    ] {
        let refused = settings.check(&Guard::default()).unwrap_err();
        assert_eq!((refused.key(), refused.code()), (key, code));
        assert!(refused.to_string().starts_with(words), "{refused}");
        // Off or not, it is not saved; but what is off needs no URL.
        let off = Settings { enabled: false, ..settings }.check(&Guard::default());
        assert_eq!(off, if code == "url_missing" { Ok(()) } else { Err(refused) });
    }
    assert_eq!(url("x").target(), Err(InvalidSettings::Url(InvalidTarget::NoScheme)));
    let local = Guard { allow_local: true, ..Guard::default() };
    assert_eq!(url("http://127.0.0.1:1/").check(&local), Ok(()));
    assert_eq!(Settings { timeout: Settings::MAX_TIMEOUT, ..public() }.check(&Guard::default()), Ok(()));
}

#[test]
fn a_form_is_read_as_it_was_filled_in() {
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let settings = Settings {
        events: vec!["lead_collection".to_owned()],
        headers: vec![CustomHeader::new("X-A", "b").unwrap()],
        timeout: Duration::from_millis(1500),
        ..public()
    };
    let form = Form::of(&settings);
    assert_eq!((form.method.as_str(), form.timeout.as_str(), &form.headers), ("POST", "1.5s", &header("X-A", "b")));
    assert_eq!(form.clone().read(Secrets::default()).unwrap().to_toml(), settings.to_toml());
    let loose = Form { method: "put".to_owned(), timeout: "7".to_owned(), ..form.clone() };
    let loose = loose.read(Secrets::default()).unwrap();
    assert_eq!((loose.method, loose.timeout), (Method::Put, Duration::from_secs(7)));
    for (form, key, code, words) in [
        (Form { method: "GET".to_owned(), ..form.clone() }, "method", "method_invalid", "no method of a webhook is"),
        (Form { timeout: "soon".to_owned(), ..form.clone() }, "timeout", "timeout_invalid", "expected a duration such"),
        (Form { timeout: String::new(), ..form.clone() }, "timeout", "timeout_invalid", "expected a duration such"),
        (
            Form { headers: header("Host", "x"), ..form.clone() },
            "headers",
            "header_invalid",
            "the header `Host`: the sender sets this header itself",
        ),
        (
            Form { headers: header("X-A", "b\r\nX-C: marker"), ..form.clone() },
            "headers",
            "header_invalid",
            "the header `X-A`: the value has control characters or text outside ASCII",
        ),
        (
            Form { headers: header("X\u{1b}[2J", "marker"), ..form.clone() },
            "headers",
            "header_invalid",
            "the header `X\\u{1b}[2J`: the name is not an HTTP token",
        ),
    ] {
        let refused = form.read(Secrets::default()).unwrap_err();
        assert_eq!((refused.key(), refused.code()), (key, code));
        assert!(refused.to_string().starts_with(words) && !refused.to_string().contains("marker"), "{refused}");
    }
    let secretive = Form { url: "https://a:marker@example.com".to_owned(), headers: header("X-A", "marker"), ..form };
    assert!(!format!("{secretive:?}").contains("marker"));
}

#[test]
fn secrets_are_the_same_byte_for_byte() {
    let secret = |bytes: &[u8]| Secret::new(bytes).unwrap();
    assert!(secret(b"marker").is_same(&secret(b"marker")));
    // HMAC pads a key with NULs, so the last of these signs alike; as a secret it is another.
    for other in [&b"Marker"[..], b"marke", b"marker ", b"marker\0"] {
        assert!(!secret(b"marker").is_same(&secret(other)), "{other:?}");
    }
    assert_eq!(valid(&Secrets::with_current(secret(b"marker")).unwrap(), 0), [fingerprint("marker")]);
    assert!(Secrets::with_current(secret(b"\xFF\xFE")).is_none(), "no file of settings could hold it");
}

#[test]
fn a_new_secret_leaves_the_old_one_good_for_a_while() {
    let mut secrets = Secrets::default();
    let first = secrets.regenerate(&[1; 32], at(100), Duration::from_secs(60));
    assert_eq!(*first, "01".repeat(32));
    assert_eq!(valid(&secrets, 100), [fingerprint(&first)], "there was none before it");
    let second = secrets.regenerate(&[2; 32], at(200), Duration::from_millis(60_999));
    let third = secrets.regenerate(&[0xAB; 32], at(250), Duration::from_secs(5));
    assert_eq!(*third, "ab".repeat(32));
    let [first, second, third] = [first, second, third].map(|text| fingerprint(&text));
    for (second_of_time, expected) in [
        (250, vec![&third, &second, &first]),
        (254, vec![&third, &second, &first]),
        (255, vec![&third, &first]),
        (259, vec![&third, &first]),
        (260, vec![&third]),
        (u64::from(u32::MAX), vec![&third]),
    ] {
        let mut dropped = secrets.clone();
        dropped.drop_expired(at(second_of_time));
        assert_eq!(valid(&secrets, second_of_time).iter().collect::<Vec<_>>(), expected, "{second_of_time}");
        assert_eq!(dropped.previous().count(), expected.len() - 1);
    }
    // Whoever makes a new one also forgets what has expired; nothing is kept for no time at all.
    secrets.regenerate(&[3; 32], at(258), Duration::ZERO);
    assert_eq!(
        secrets.previous().map(|(secret, until)| (secret.fingerprint(), until)).collect::<Vec<_>>(),
        [(first, at(260))]
    );
    // Longer than instants go.
    secrets.regenerate(&[4; 32], at(300), Duration::MAX);
    assert_eq!(secrets.previous().next().unwrap().1, at(253_402_300_799));
}

#[test]
fn nothing_shows_a_secret_a_header_or_a_password() {
    let mut settings = read(json!({
        "url": "https://user:marker-1@hooks.example.com/in",
        "secret": "marker-2",
        "headers": {"Authorization": "marker-3"},
        "previous-secrets": [{"secret": "marker-4", "until": "2100-01-01T00:00:00Z"}],
    }))
    .unwrap();
    let shown = format!("{settings:?} {:?}", settings.doubts());
    assert!(!shown.contains("marker") && shown.contains("Authorization") && shown.contains("2100"), "{shown}");
    assert_eq!(settings.to_toml().matches("marker").count(), 4);
    settings.url = "marker".to_owned();
    assert!(!format!("{settings:?} {:?}", settings.check(&Guard::default())).contains("marker"));
    for value in [
        json!({"secret": ["marker"]}),
        json!({"secret": {"marker": "marker"}}),
        json!({"secret": 77_777}),
        json!({"secret": 77_777.5}),
        json!({"url": "marker"}),
        json!({"url": 77_777}),
        json!({"headers": {"x": 77_777}}),
        json!({"headers": {"x": "marker\n"}}),
        json!({"previous-secrets": [{"secret": "marker", "until": "marker"}]}),
        json!({"previous-secrets": [{"secret": "marker"}]}),
        json!({"previous-secrets": [{"secret": true, "until": 77_777}]}),
    ] {
        let error = read(value).unwrap_err();
        assert!(!error.contains("marker") && !error.contains("7777"), "{error}");
    }
}

#[test]
fn doubts_are_what_a_person_would_ask_about() {
    let doubts = |settings: &Settings| settings.doubts().join("\n");
    let mut settings = public();
    assert_eq!(doubts(&settings), "no event is selected: nothing is sent\nno secret: events are sent unsigned");
    settings.events.push("lead_colection".to_owned());
    settings.secrets.regenerate(&[1; 32], at(0), Duration::ZERO);
    assert_eq!(
        doubts(&settings),
        "no event of the Webhooks screen is called `lead_colection`; did you mean `lead_collection`? (there are \
         conversation_summary and lead_collection)"
    );
    settings.events = vec!["lead_collection".to_owned()];
    assert_eq!(doubts(&settings), "");
    settings.secrets = read(json!({"secret": "marker "})).unwrap().secrets;
    assert_eq!(doubts(&settings), "the secret: it begins or ends with white space or a line end; it is used as it is");
    settings.secrets.regenerate(&[2; 32], at(0), Duration::ZERO);
    settings.enabled = false;
    settings.url = "http://a:b@hooks.example.com/".to_owned();
    assert_eq!(
        doubts(&settings),
        "the webhook is disabled: nothing is sent\n\
         the URL is not https: whoever is on the way can read what is sent\n\
         the user name and password in the URL are not sent: add a header instead"
    );
}

fn any_settings() -> impl Strategy<Value = Value> {
    let secret = || "\\PC{0,20}[a-z][\"\\\\\n\u{1b}]?";
    let until = (0_u64..253_402_300_800).prop_map(|seconds| chatislav_webhooks::Timestamp::from(at(seconds)).rfc3339());
    let previous = (secret(), until).prop_map(|(secret, until)| json!({"secret": secret, "until": until}));
    let url = prop_oneof![Just(String::new()), "[ ]?https?://[a-z]{1,9}\\.com/[a-z?\"\\\\=%]{0,9}"];
    (
        (any::<bool>(), url, prop::sample::select(vec!["POST", "PUT", "put"])),
        prop_oneof![(1_u64..=600_000).prop_map(|ms| format!("{ms}ms")), (1_u64..=600).prop_map(|s| s.to_string())],
        prop::collection::btree_set("[a-z_]{1,9}|\\PC{1,9}x", 0..5),
        prop::option::of(secret()),
        prop::collection::btree_map("[a-z0-9!#$%&'*+.^_`|~-]{1,8}", "([!-~]([ -~]{0,8}[!-~])?)?", 0..4),
        prop::collection::vec(previous, 0..4),
    )
        .prop_map(|((enabled, url, method), timeout, events, secret, headers, previous)| {
            let mut value = json!({
                "enabled": enabled, "url": url, "method": method, "timeout": timeout, "events": events,
                "headers": headers, "previous-secrets": previous,
            });
            if let Some(secret) = secret {
                value["secret"] = secret.into();
            }
            value
        })
}

proptest! {
    #[test]
    fn settings_are_read_back_from_their_own_text(value in any_settings()) {
        let settings = read(value.clone()).unwrap();
        let text = settings.to_toml();
        prop_assert!(text.capacity() > text.len(), "no part of a secret was left where the text grew");
        let back: Settings = toml::from_str(&text).unwrap();
        prop_assert_eq!(&back.to_toml(), &text);
        // Against what was put in, since the text itself might lack it.
        prop_assert_eq!(back.enabled, value["enabled"].as_bool().unwrap());
        prop_assert_eq!(&back.url, value["url"].as_str().unwrap());
        prop_assert_eq!(back.method.name(), value["method"].as_str().unwrap().to_uppercase());
        prop_assert_eq!(back.timeout, settings.timeout);
        let given = chatislav_webhooks::parse_duration(value["timeout"].as_str().unwrap()).unwrap();
        prop_assert_eq!(back.timeout, given);
        prop_assert_eq!(json!(back.events), value["events"].clone());
        let headers: serde_json::Map<_, _> =
            back.headers.iter().map(|header| (header.name().to_owned(), header.value().into())).collect();
        prop_assert_eq!(Value::from(headers), value["headers"].clone());
        let current = back.secrets.current().map(Secret::fingerprint);
        prop_assert_eq!(current, value["secret"].as_str().map(fingerprint));
        let previous: Vec<_> = back
            .secrets
            .previous()
            .map(|(secret, until)| (secret.fingerprint(), chatislav_webhooks::Timestamp::from(until).rfc3339()))
            .collect();
        let given: Vec<_> = value["previous-secrets"].as_array().unwrap().iter().map(|table| {
            (fingerprint(table["secret"].as_str().unwrap()), table["until"].as_str().unwrap().to_owned())
        }).collect();
        prop_assert_eq!(previous, given);
    }

    #[test]
    fn no_json_breaks_the_reader(value in super::properties::any_json()) {
        let _ = read(value);
    }
}
