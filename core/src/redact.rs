//! Payloads and headers made safe to share.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::json::{Json, Token};

/// What stands for a text that was taken out, as JSON.
const TEXT: &str = "\"redacted\"";
/// What stands for a number that was taken out.
const NUMBER: &str = "0";

/// The payload with every text as `"redacted"` and every number as `0`.
///
/// What stays, byte for byte: names, `true`, `false`, `null`, the structure, blanks and order. So do
/// the values of the top-level `event` and `timestamp`, if they are a text or a number, and the
/// `field` of each entry of `data.form_data`: they say which form it was, not who filled it in.
/// Names stay even where the agent's configuration makes them of something personal.
///
/// The bytes are others, so the signature has to be made anew.
///
/// # Errors
/// `payload_not_json`, `payload_too_deep`, or `payload_invalid` for a number over 1,000 characters:
/// in what is not JSON there is no telling what is a name.
pub fn redact(body: &[u8]) -> Result<Vec<u8>, Error> {
    let text = str::from_utf8(body)
        .map_err(|error| Error::new(ErrorKind::PayloadNotJson).with_path(format!("byte {}", error.valid_up_to())))?;
    let json = Json::check(text)?;
    // Blanks before the value are no part of it, and stay.
    let before = text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
    let mut shared = String::with_capacity(text.len());
    let mut kept_to = 0;
    let mut tokens = json.tokens();
    let mut way = Way::default();
    while let Some((token, place)) = tokens.next_placed() {
        let stands_for = match (way.pass(&token), &token) {
            (Value::Private, Token::Text(_)) => TEXT,
            (Value::Private, Token::Number(_)) => NUMBER,
            _ => continue,
        };
        shared.push_str(text.get(kept_to..before + place.start).unwrap_or_default());
        shared.push_str(stands_for);
        kept_to = before + place.end;
    }
    shared.push_str(text.get(kept_to..).unwrap_or_default());
    Ok(shared.into_bytes())
}

/// Whether the value of a header may be shared: it says how a message is made, and nothing of who
/// sent it or what it opens.
///
/// A user's own header can be called anything and is often a credential, so every other name is for
/// hiding. `x-chatislav-signature` opens nothing, and with a redacted body it is made anew.
pub fn is_shared_header(name: &str) -> bool {
    const SHARED: [&str; 28] = [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "allow",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "date",
        "expect",
        "host",
        "keep-alive",
        "pragma",
        "proxy-connection",
        "retry-after",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "vary",
        "x-chatislav-signature",
        "x-forwarded-port",
        "x-forwarded-proto",
    ];
    SHARED.iter().any(|shared| shared.eq_ignore_ascii_case(name))
}

/// Whether what was passed over is to be taken out, should it be a text or a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Private,
    Shared,
}

/// Where in the payload the next token stands.
#[derive(Default)]
struct Way<'a> {
    open: Vec<Open<'a>>,
}

struct Open<'a> {
    place: Place,
    is_object: bool,
    /// The name that was read, if its value comes next.
    name: Option<Cow<'a, str>>,
}

/// The objects and arrays in which something stays.
#[derive(Clone, Copy)]
enum Place {
    Top,
    Data,
    FormData,
    FormEntry,
    Elsewhere,
}

impl<'a> Way<'a> {
    fn pass(&mut self, token: &Token<'a>) -> Value {
        let Some(inside) = self.open.last_mut() else {
            self.enter(token, Place::Top);
            return Value::Private;
        };
        if let (true, None, Token::Text(name)) = (inside.is_object, &inside.name, token) {
            inside.name = Some(name.clone());
            return Value::Shared;
        }
        if *token == Token::End {
            self.open.pop();
            return Value::Shared;
        }
        let place = inside.place;
        let name = inside.name.take().unwrap_or_default();
        let value = match (place, &*name, token) {
            (Place::Top, "event" | "timestamp", _) | (Place::FormEntry, "field", Token::Text(_)) => Value::Shared,
            _ => Value::Private,
        };
        let inner = match (place, &*name, token) {
            (Place::Top, "data", Token::Object) => Place::Data,
            (Place::Data, "form_data", Token::Array) => Place::FormData,
            (Place::FormData, _, Token::Object) => Place::FormEntry,
            _ => Place::Elsewhere,
        };
        self.enter(token, inner);
        value
    }

    fn enter(&mut self, token: &Token<'_>, place: Place) {
        if matches!(token, Token::Object | Token::Array) {
            self.open.push(Open { place, is_object: *token == Token::Object, name: None });
        }
    }
}
