use std::time::Duration;

use chatislav_receiver::screen::{NotSaved, Regenerated, Save, Shown, TestEvent};
use chatislav_webhooks::settings::{Form, InvalidSettings, Secrets};
use chatislav_webhooks::target::Guard;
use chatislav_webhooks::{CustomHeader, Secret, Settings};
use serde_json::{Value, json};

use crate::support::{Controlled, Told, controlled, controlled_with, verified};

const JSON: &str = "Content-Type: application/json\r\n";

fn form() -> Value {
    json!({
        "revision": "r", "enabled": false, "url": "https://a.example/", "method": "put", "timeout": "5s",
        "events": ["voice"], "headers": [{"name": "X-A", "value": "b"}, {"name": "X-A", "value": "c"}],
        "allow_local": true,
    })
}

async fn put(control: &Controlled, form: &Value) -> Told {
    control.ask_with("PUT", "/api/v1/settings", JSON, &form.to_string()).await
}

async fn post(control: &Controlled, path: &str, wish: &str) -> Told {
    control.ask_with("POST", &format!("/api/v1{path}"), JSON, wish).await
}

#[tokio::test]
async fn the_screen_is_shown_with_fingerprints_for_secrets() {
    let control = controlled(verified("200")).await;
    *control.screen.settings.lock().unwrap() = Settings {
        url: "http://a.example/".to_owned(),
        events: vec!["lead_collectio".to_owned()],
        headers: vec![CustomHeader::new("X-A", "b").unwrap()],
        secrets: Secrets::with_current(Secret::new("marker").unwrap()).unwrap(),
        ..Settings::default()
    };
    let told = control.ask("GET", "/api/v1/settings").await;
    // python3 -c "import hmac; print(hmac.digest(b'marker', b'chatislav-webhooks/fingerprint', 'sha256').hex()[:8])"
    let expected = json!({
        "v": 1, "type": "settings", "file": "/a/b.toml", "saved": true, "revision": "r", "enabled": true,
        "url": "http://a.example/", "method": "POST", "timeout": "30s", "events": ["lead_collectio"],
        "headers": [{"name": "X-A", "value": "b"}], "secret": {"fingerprint": "3aef696b"}, "previous_secrets": [],
        "doubts": [
            "no event of the Webhooks screen is called `lead_collectio`; did you mean `lead_collection`? \
             (there are conversation_summary and lead_collection)",
            "the URL is not https: whoever is on the way can read what is sent",
        ],
        "known_events": ["conversation_summary", "lead_collection"], "allow_local": false,
        "receiver": format!("http://{}/", control.receiver.address),
    });
    assert_eq!((told.status, told.json()), (200, expected));
    let told = post(&control, "/settings/secret", r#"{"revision":"r","keep":"90m"}"#).await;
    let new = told.json();
    assert_eq!((&new["type"], &new["secret"]), (&"secret".into(), &"07".repeat(32).into()));
    assert_eq!(
        new["settings"]["previous_secrets"],
        json!([{"fingerprint": "3aef696b", "until": "1970-01-01T01:30:00.000Z"}])
    );
    assert_eq!(post(&control, "/settings/secret", r#"{"revision":"r"}"#).await.status, 200);
    assert_eq!(*control.screen.kept.lock().unwrap(), [Duration::from_secs(5_400), Duration::from_secs(86_400)]);
    let said = control.receiver.notices().join("\n");
    let fingerprint = new["settings"]["secret"]["fingerprint"].as_str().unwrap();
    assert!(said.contains(&format!("the new secret {fingerprint}, by the control API")), "{said}");
    assert!(!said.contains("0707"), "{said}");
}

#[tokio::test]
async fn the_form_goes_on_as_it_was_filled_in() {
    let control = controlled(verified("200")).await;
    assert_eq!(put(&control, &form()).await.status, 200);
    let saved = control.screen.saved.lock().unwrap();
    let [save] = &saved[..] else { panic!("{saved:?}") };
    assert_eq!((save.revision.as_str(), save.allow_local, save.form.enabled), ("r", true, false));
    let form = &save.form;
    assert_eq!((form.url.as_str(), form.method.as_str(), form.timeout.as_str()), ("https://a.example/", "put", "5s"));
    let headers = [("X-A".to_owned(), "b".to_owned()), ("X-A".to_owned(), "c".to_owned())];
    assert_eq!((form.events.as_slice(), form.headers.as_slice()), (&["voice".to_owned()][..], &headers[..]));
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let control = controlled(verified("200")).await;
    for key in form().as_object().unwrap().keys() {
        let mut lacking = form();
        lacking.as_object_mut().unwrap().remove(key);
        let told = put(&control, &lacking).await;
        assert_eq!((told.status, told.code().as_str()), (400, "body_invalid"), "without {key}");
    }
    let mut more = form();
    more["secret"] = "marker".into();
    assert_eq!(put(&control, &more).await.code(), "body_invalid");
    for wish in ["", "{}", "null", r#"{"revision":"r","keep":"soon"}"#, r#"{"revision":"r","keep":1}"#] {
        let told = post(&control, "/settings/secret", wish).await;
        assert_eq!((told.status, told.code().as_str()), (400, "body_invalid"), "{wish}");
    }
    let mut huge = form();
    huge["url"] = "x".repeat(70_000).into();
    assert_eq!(put(&control, &huge).await.code(), "body_too_large");
    let told = control.ask_with("PUT", "/api/v1/settings", "Content-Type: text/plain\r\n", &form().to_string()).await;
    assert_eq!((told.status, told.code().as_str()), (415, "media_type_unsupported"));
    assert!(control.screen.saved.lock().unwrap().is_empty() && control.screen.kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn why_nothing_is_saved_is_told_to_programs_too() {
    let control = controlled(verified("200")).await;
    let blocked = Settings { url: "http://10.0.0.1/".to_owned(), ..Settings::default() };
    let Err(InvalidSettings::Blocked(rule)) = blocked.check(&Guard::default()) else { panic!("it is public") };
    for (fails, status, expected) in [
        (NotSaved::Changed, 409, json!({"code": "settings_changed"})),
        (
            NotSaved::Invalid(InvalidSettings::EventRepeated("a".to_owned())),
            400,
            json!({"code": "settings_invalid", "key": "events", "reason": "event_repeated"}),
        ),
        (
            NotSaved::Blocked { rule, way_through: Some("so".to_owned()), allow_local_helps: false },
            403,
            json!({
                "code": "target_blocked", "key": "url", "reason": "private", "way_through": "so",
                "allow_local_helps": false,
            }),
        ),
        (
            NotSaved::Blocked { rule, way_through: None, allow_local_helps: true },
            403,
            json!({
                "code": "target_blocked", "key": "url", "reason": "private", "way_through": null,
                "allow_local_helps": true,
            }),
        ),
        (NotSaved::Unreadable("why".to_owned()), 500, json!({"code": "settings_unreadable", "message": "why"})),
        (NotSaved::Failed("why".to_owned()), 500, json!({"code": "settings_not_saved", "message": "why"})),
    ] {
        *control.screen.fails.lock().unwrap() = Some(fails);
        for told in [put(&control, &form()).await, post(&control, "/settings/secret", r#"{"revision":"r"}"#).await] {
            let mut error = told.json()["error"].clone();
            let message = error.as_object_mut().unwrap().remove("message").unwrap();
            let mut expected = expected.clone();
            let words = expected.as_object_mut().unwrap().remove("message");
            assert_eq!((told.status, error), (status, expected));
            assert!(words.is_none_or(|words| words == message), "{message}");
        }
    }
    assert_eq!(control.receiver.notices(), [""; 0], "nothing was saved");
}

#[tokio::test]
async fn without_a_screen_there_is_nothing_there() {
    let control = controlled_with(verified("200"), |config| config.screen = None).await;
    assert_eq!(control.ask("GET", "/api/v1/settings").await.code(), "not_found");
    assert_eq!(put(&control, &form()).await.code(), "not_found");
    for path in ["/sample", "/send"] {
        assert_eq!(post(&control, path, r#"{"event":"lead_collection"}"#).await.code(), "not_found", "{path}");
    }
}

#[test]
fn nothing_shows_a_secret_a_credential_or_a_body() {
    let secrets = Secrets::with_current(Secret::new("marker").unwrap()).unwrap();
    let headers = vec![CustomHeader::new("X-A", "marker").unwrap()];
    let settings =
        Settings { url: "https://a:marker@example.com/".to_owned(), headers, secrets, ..Settings::default() };
    let form = Form::of(&settings);
    let shown = Shown { settings, file: None, saved: true, revision: "r".to_owned(), allow_local: false };
    let save = Save { revision: "r".to_owned(), form, allow_local: false };
    let new = Regenerated { text: "marker".to_owned().into(), shown: shown.clone() };
    let event = TestEvent { body: "marker".into(), time_scale: 1.0 };
    for text in [format!("{shown:?}"), format!("{save:?}"), format!("{new:?}"), format!("{event:?}")] {
        assert!(!text.contains("marker") && !text.contains("109, 97"), "{text}");
    }
}
