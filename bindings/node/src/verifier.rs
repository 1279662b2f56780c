//! The functions that a `Webhook` calls.

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatislav_webhooks::{Error, ErrorKind, Event, SIGNATURE_HEADER, Secret, Webhook};
use napi::bindgen_prelude::{BufferSlice, Either, FunctionCallContext, Object};
use napi::{Env, Result};
use napi_derive::napi;

use crate::explanation::Explanation;
use crate::refusal::Refusal;
use crate::secrets::{self, Given};
use crate::text::Text;

/// Makes the functions of a `Webhook` with these secrets, newest first.
#[napi(
    catch_unwind,
    ts_return_type = "{
  check(body: Uint8Array, signature: string | string[]): Refusal | null
  read(body: Uint8Array, signature: string | string[], maxAge?: number, now?: number): number | Refusal
  explain(body: Uint8Array, headers: Array<[string, string]>): Explanation
  sign(body: Uint8Array): string
  fingerprints: string[]
  suspicions: string[]
} | Refusal"
)]
pub(crate) fn verifier<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Array<string | Uint8Array>")] given: Vec<Given<'env>>,
    max_body: f64,
) -> Result<Either<Object<'env>, Refusal>> {
    let made = secrets::read(given).and_then(|secrets| Webhook::new(secrets).map_err(Refusal::from));
    let webhook = match made {
        Ok(webhook) => Rc::new(webhook.with_max_body(max_body as usize)),
        Err(refusal) => return Ok(Either::B(refusal)),
    };
    let mut functions = Object::new(env)?;

    let ours = Rc::clone(&webhook);
    functions.set(
        "check",
        env.create_function_from_closure::<(), _, _>("check", move |call| {
            let body: BufferSlice<'_> = call.get(0)?;
            let checked = match signatures(&call, 1)? {
                Signatures::One(value) => ours.verify_signature(&body, value),
                Signatures::Several(values) => ours.verify_signature(&body, values.join(",")),
            };
            Ok(checked.err().map(Refusal::from))
        })?,
    )?;

    let ours = Rc::clone(&webhook);
    functions.set(
        "read",
        env.create_function_from_closure::<(), _, _>("read", move |call| {
            let body: BufferSlice<'_> = call.get(0)?;
            let max_age = if call.length() > 2 { call.get::<Option<f64>>(2)? } else { None };
            let fields = signatures(&call, 1)?;
            let judged = match max_age {
                Some(max_age) => ours.verify(&body, fields.iter()).and_then(|event| {
                    require_fresh(&event, max_age, call.get(3).unwrap_or(f64::NAN))?;
                    Ok(accepted(event.event(), event.secret_index(), &body))
                }),
                None => ours
                    .judge(&body, fields.iter())
                    .map(|verdict| accepted(verdict.event(), verdict.secret_index(), &body)),
            };
            Ok(match judged {
                Ok(accepted) => Either::A(accepted),
                Err(error) => Either::B(Refusal::from(error)),
            })
        })?,
    )?;

    let ours = Rc::clone(&webhook);
    functions.set(
        "explain",
        env.create_function_from_closure::<(), _, _>("explain", move |call| {
            let body: BufferSlice<'_> = call.get(0)?;
            let headers: Vec<Vec<String>> = call.get(1)?;
            let fields = headers.iter().filter_map(|field| Some((field.first()?, field.get(1)?)));
            Ok(Explanation::from(ours.explain(&body, fields)))
        })?,
    )?;

    let ours = Rc::clone(&webhook);
    functions.set(
        "sign",
        env.create_function_from_closure::<(), _, _>("sign", move |call| {
            let body: BufferSlice<'_> = call.get(0)?;
            Ok(ours.sign(&body).to_string())
        })?,
    )?;
    functions.set("fingerprints", webhook.secrets().iter().map(Secret::fingerprint).collect::<Vec<_>>())?;
    functions.set("suspicions", secrets::suspicions(webhook.secrets()))?;
    Ok(Either::A(functions))
}

/// The values of the signature header: one as a text, or a list of them.
enum Signatures {
    One(Text),
    Several(Vec<String>),
}

fn signatures(call: &FunctionCallContext<'_>, index: usize) -> Result<Signatures> {
    // The type is not asked for first: what is no text fails at once, and most are one.
    match call.get::<Text>(index) {
        Ok(value) => Ok(Signatures::One(value)),
        Err(_) => call.get(index).map(Signatures::Several),
    }
}

impl Signatures {
    fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let (one, several) = match self {
            Signatures::One(value) => (Some(value.as_bytes()), [].as_slice()),
            Signatures::Several(values) => (None, values.as_slice()),
        };
        one.into_iter().chain(several.iter().map(String::as_bytes)).map(|value| (SIGNATURE_HEADER, value))
    }
}

/// What JavaScript needs to make the event, in the bits of one number: whether the body is ASCII,
/// which V8 reads faster as Latin-1; the kind; the index of the secret.
fn accepted(event: &str, secret_index: usize, body: &[u8]) -> u32 {
    let kind = match event {
        "conversation_summary" => 1,
        "lead_collection" => 2,
        _ => 0,
    };
    // Nobody has millions of secrets.
    u32::try_from(secret_index).unwrap_or_default() << 3 | kind << 1 | u32::from(body.is_ascii())
}

/// `max_age` in seconds, `now` in milliseconds since 1970.
fn require_fresh(event: &Event, max_age: f64, now: f64) -> std::result::Result<(), Error> {
    let max_age = Duration::try_from_secs_f64(max_age).unwrap_or(Duration::MAX);
    event.require_fresh(max_age, instant(now).ok_or_else(unreadable)?)
}

/// An instant from milliseconds since 1970; `None` where a number has no place for single ones.
fn instant(now: f64) -> Option<SystemTime> {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
    let distance = Some(now.abs()).filter(|distance| *distance < MAX_SAFE_INTEGER)?;
    let whole = Duration::from_millis(distance.trunc() as u64);
    let distance = whole + Duration::from_nanos((distance.fract() * 1e6).round_ties_even() as u64);
    if now < 0.0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

fn unreadable() -> Error {
    Error::new(ErrorKind::SchemaMismatch).with_path("now").with_hint("now is a Date, or milliseconds since 1970")
}
