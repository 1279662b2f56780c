//! The settings of the Webhooks screen: shown, saved, and their secret rolled.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use chatislav_webhooks::sample::Sample;
use chatislav_webhooks::settings::{Form, Secrets};
use chatislav_webhooks::{Secret, Timestamp, parse_duration};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::refusal::{Code, Refusal};
use super::{Asked, Controlled, Nothing, json, replay};
use crate::screen::{NotSaved, Save, Screen, Shown};

#[derive(Serialize)]
struct Settings<'a> {
    v: u8,
    r#type: &'static str,
    file: Option<String>,
    saved: bool,
    revision: &'a str,
    enabled: bool,
    url: String,
    method: String,
    timeout: String,
    events: Vec<String>,
    headers: Vec<Header>,
    secret: Option<Fingerprint>,
    previous_secrets: Vec<Previous>,
    doubts: Vec<String>,
    known_events: [&'static str; 2],
    allow_local: bool,
    receiver: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Fingerprint {
    fingerprint: String,
}

#[derive(Serialize)]
struct Previous {
    fingerprint: String,
    until: String,
}

/// The whole form: what is left out would else be taken for emptied.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    revision: String,
    enabled: bool,
    url: String,
    method: String,
    timeout: String,
    events: Vec<String>,
    headers: Vec<Header>,
    allow_local: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roll {
    revision: String,
    keep: Option<String>,
}

pub(super) async fn show(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Refusal> {
    let shown = screen(&control)?.show().await?;
    Ok(json(written(&settings(&control, &shown))))
}

pub(super) async fn save(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    let filled: Filled = read(request, &control).await?;
    let form = Form {
        enabled: filled.enabled,
        url: filled.url,
        method: filled.method,
        timeout: filled.timeout,
        events: filled.events,
        headers: filled.headers.into_iter().map(|header| (header.name, header.value)).collect(),
    };
    let save = Save { revision: filled.revision, form, allow_local: filled.allow_local };
    let shown = screen(&control)?.save(save).await?;
    control.shared.sink.notice("other settings are saved, by the control API");
    Ok(json(written(&settings(&control, &shown))))
}

/// A new secret, told once.
pub(super) async fn regenerate(
    State(control): State<Arc<Controlled>>,
    Asked(Nothing {}): Asked<Nothing>,
    request: Request,
) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct New<'a> {
        v: u8,
        r#type: &'static str,
        secret: &'a str,
        settings: Settings<'a>,
    }

    let roll: Roll = read(request, &control).await?;
    let keep = roll.keep.map_or(Ok(Secrets::DEFAULT_KEEP), |keep| duration("keep", &keep))?;
    let new = screen(&control)?.regenerate(roll.revision, keep).await?;
    let fingerprint = new.shown.settings.secrets.current().map(Secret::fingerprint).unwrap_or_default();
    control.shared.sink.notice(&format!("the settings have the new secret {fingerprint}, by the control API"));
    let new = New { v: 1, r#type: "secret", secret: &new.text, settings: settings(&control, &new.shown) };
    Ok(json(written(&new)))
}

/// The screen, where this receiver has one.
pub(super) fn screen(control: &Controlled) -> Result<&Arc<dyn Screen>, Refusal> {
    let none = || Refusal::new(Code::NotFound, "this receiver has no Webhooks screen");
    control.config.screen.as_ref().ok_or_else(none)
}

/// A request's body as JSON of this shape.
pub(super) async fn read<T: DeserializeOwned>(request: Request, control: &Controlled) -> Result<T, Refusal> {
    let (_, body) = replay::read(request, control, &["application/json"]).await?;
    serde_json::from_slice(&body).map_err(|error| Refusal::new(Code::BodyInvalid, error.to_string()))
}

pub(super) fn written(answer: &impl Serialize) -> String {
    // Texts and numbers in structs can always be written.
    serde_json::to_string(answer).unwrap_or_default()
}

fn duration(key: &str, text: &str) -> Result<Duration, Refusal> {
    parse_duration(text).map_err(|error| Refusal::new(Code::BodyInvalid, format!("{key}: {error}")))
}

fn settings<'a>(control: &Controlled, shown: &'a Shown) -> Settings<'a> {
    let form = Form::of(&shown.settings);
    let secrets = &shown.settings.secrets;
    let current = secrets.current().map(Secret::fingerprint);
    let previous = secrets
        .previous()
        .map(|(secret, until)| Previous { fingerprint: secret.fingerprint(), until: Timestamp::from(until).rfc3339() });
    Settings {
        v: 1,
        r#type: "settings",
        file: shown.file.as_ref().map(|file| file.to_string_lossy().into_owned()),
        saved: shown.saved,
        revision: &shown.revision,
        enabled: form.enabled,
        url: form.url,
        method: form.method,
        timeout: form.timeout,
        events: form.events,
        headers: form.headers.into_iter().map(|(name, value)| Header { name, value }).collect(),
        secret: current.map(|fingerprint| Fingerprint { fingerprint }),
        previous_secrets: previous.collect(),
        doubts: shown.settings.doubts(),
        known_events: Sample::EVENTS,
        allow_local: shown.allow_local,
        receiver: format!("{}/", control.config.url),
    }
}

impl From<NotSaved> for Refusal {
    fn from(not_saved: NotSaved) -> Self {
        match not_saved {
            NotSaved::Changed => Refusal::new(
                Code::SettingsChanged,
                "somebody else has changed the settings meanwhile: nothing is saved",
            ),
            NotSaved::Invalid(error) => Refusal::new(Code::SettingsInvalid, error.to_string())
                .with("key", error.key())
                .with("reason", error.code()),
            NotSaved::Blocked { rule, way_through, allow_local_helps } => {
                Refusal::new(Code::TargetBlocked, format!("Chatislav would refuse this address: {rule}"))
                    .with("key", "url")
                    .with("reason", rule.name())
                    .with("way_through", way_through)
                    .with("allow_local_helps", allow_local_helps)
            }
            NotSaved::Unreadable(reason) => Refusal::new(Code::SettingsUnreadable, reason),
            NotSaved::Failed(reason) => Refusal::new(Code::SettingsNotSaved, reason),
        }
    }
}
