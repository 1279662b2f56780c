//! What is sent: a sample or a file, signed, and broken on purpose where that is asked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use chatislav_dispatcher::{CertificateDer, Request, read_certificates};
use chatislav_webhooks::sample::{JsonStyle, Sample};
use chatislav_webhooks::{Profile, Secret, Signature};

use super::screen::Screen;
use super::{Arguments, Tamper};
use crate::exit::Failure;
use crate::output::Output;
use crate::{input, runtime};

/// The instant of a sample made with --seed: the one of the vendor's page, 2026-06-23T12:00:00.
const SEEDED_TIME: Duration = Duration::from_secs(1_782_216_000);

pub(super) fn request(
    arguments: &Arguments,
    profile: &Profile,
    screen: Screen,
    body: Vec<u8>,
    output: Output,
) -> Result<Request, Failure> {
    let target = screen.target()?;
    if target.has_credentials() {
        output.note("note: the user name and password in the URL are not sent; use --header 'Authorization: ...'");
    }
    let sources = screen.secrets(arguments, output)?;
    let secret = sources.first().map(|source| &source.secret);
    let signature = match (&arguments.mischief.signature, secret) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(secret)) => Some(Signature::sign(secret, &body).to_string()),
        (None, None) => None,
    };
    match (&signature, secret) {
        (None, _) => output.note("note: no secret, so this is sent unsigned, as Chatislav does"),
        (Some(_), Some(secret)) => output.note(&format!("note: signed with the secret {}", secret.fingerprint())),
        (Some(_), None) => {}
    }
    let (body, signature) = match arguments.mischief.tamper {
        Some(tamper) => tampered(tamper, body, signature, secret)?,
        None => (body, signature),
    };
    let timeout = screen.timeout(arguments);
    if timeout.is_zero() {
        return Err(Failure::usage("--timeout is over 0"));
    }
    let headers = profile.headers_with(&screen.headers(arguments));
    Request::new(target, screen.method(arguments), Bytes::from(body), signature.as_deref(), &headers)
        .map(|request| request.with_timeout(timeout))
        .map_err(Failure::usage)
}

pub(super) fn body(arguments: &Arguments, style: JsonStyle) -> Result<Vec<u8>, Failure> {
    if let Some(path) = &arguments.body {
        return input::read(Some(path));
    }
    let (now, entropy) = match arguments.sample.seed {
        Some(seed) => (UNIX_EPOCH + SEEDED_TIME, seed),
        None => (SystemTime::now(), runtime::entropy()?),
    };
    let mut sample = Sample::of(&arguments.event, now, entropy)
        .ok_or_else(|| Failure::usage(format!("there is no sample of {}", arguments.event)))?;
    for setting in &arguments.sample.set {
        sample.set(setting).map_err(|error| Failure::usage(format!("--set {setting}: {error}")))?;
    }
    Ok(sample.to_body(style))
}

/// What arrives when something on the way changes the request.
fn tampered(
    tamper: Tamper,
    mut body: Vec<u8>,
    signature: Option<String>,
    secret: Option<&Secret>,
) -> Result<(Vec<u8>, Option<String>), Failure> {
    if secret.is_none() {
        return Err(Failure::usage("--tamper breaks a signed request, and there is no secret to sign with"));
    }
    match tamper {
        Tamper::Body => {
            let middle = body.len() / 2;
            match body.get_mut(middle) {
                Some(byte) => *byte ^= 1,
                None => return Err(Failure::usage("--tamper body: the body is empty")),
            }
            Ok((body, signature))
        }
        Tamper::Signature => {
            let changed = |text: String| {
                let first = if text.starts_with('0') { '1' } else { '0' };
                text.chars().take(1).map(|_| first).chain(text.chars().skip(1)).collect()
            };
            Ok((body, signature.map(changed)))
        }
        Tamper::ReSerialise => {
            let sample =
                Sample::from_json(&body).map_err(|error| Failure::usage(format!("--tamper re-serialise: {error}")))?;
            let changed = [JsonStyle::Compact, JsonStyle::Python].map(|style| sample.to_body(style));
            match changed.into_iter().find(|changed| *changed != body) {
                Some(changed) => Ok((changed, signature)),
                None => Err(Failure::usage("--tamper re-serialise: this body reads the same in every style")),
            }
        }
    }
}

pub(super) fn certificates(arguments: &Arguments) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let Some(path) = &arguments.ca else { return Ok(Vec::new()) };
    let pem = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("cannot read the --ca file {}: {error}", path.display())))?;
    read_certificates(&pem).map_err(|error| Failure::usage(format!("the --ca file {}: {error}", path.display())))
}
