//! Sample events, written as the sender writes its JSON.

use std::fmt;
use std::time::SystemTime;

use crate::error::Error;
use crate::json::Json;
use crate::timestamp::Timestamp;

/// How the sender spaces and escapes its JSON. The vendor is silent; the form of its timestamp
/// suggests Python, so that is the default, and it is the style that breaks receivers which
/// re-serialise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonStyle {
    /// As Python's `json.dumps`: `", "` and `": "`, text outside ASCII as `\uXXXX`.
    #[default]
    Python,
    /// As JavaScript's `JSON.stringify`: no blanks, text as it is.
    Compact,
}

impl JsonStyle {
    /// Every style.
    pub const ALL: [JsonStyle; 2] = [JsonStyle::Python, JsonStyle::Compact];

    /// The word for it: `python` or `compact`.
    pub const fn name(self) -> &'static str {
        match self {
            JsonStyle::Python => "python",
            JsonStyle::Compact => "compact",
        }
    }

    /// The other style: what a receiver that re-serialises would make of a body in this one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            JsonStyle::Python => JsonStyle::Compact,
            JsonStyle::Compact => JsonStyle::Python,
        }
    }

    /// Appends a text as a JSON string. In the Python style the outcome is printable ASCII,
    /// which no terminal takes for a command.
    pub fn quote(self, text: &str, out: &mut String) {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
            // Nearly every text: the same in both styles.
            out.reserve(text.len() + 2);
            out.push('"');
            out.push_str(text);
            out.push('"');
            return;
        }
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{C}' => out.push_str("\\f"),
                // Python escapes all but printable ASCII; JavaScript only what JSON demands.
                ' '..='~' => out.push(c),
                _ if self == JsonStyle::Compact && !c.is_ascii_control() => out.push(c),
                '\u{7F}' if self == JsonStyle::Compact => out.push(c),
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        out.push('"');
    }
}

/// An event to send, whose fields can be set before it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample(Tree);

/// JSON in the order in which it was written, with numbers as text: nothing is lost.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    /// A number, `true`, `false` or `null`.
    Word(String),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Sample {
    /// The events that can be made by name.
    pub const EVENTS: [&'static str; 2] = ["conversation_summary", "lead_collection"];

    /// A sample by the event's name; `None` for a name that is not in [`Sample::EVENTS`].
    pub fn of(event: &str, now: SystemTime, entropy: u64) -> Option<Self> {
        match event {
            "conversation_summary" => Some(Sample::conversation_summary(now, entropy)),
            "lead_collection" => Some(Sample::lead_collection(now, entropy)),
            _ => None,
        }
    }

    /// A `conversation_summary`; the ids come from `entropy`, the timestamp from `now`.
    pub fn conversation_summary(now: SystemTime, entropy: u64) -> Self {
        Sample(object([
            ("event", text("conversation_summary")),
            (
                "summary",
                object([
                    ("chat_id", text(&format!("chat_{entropy:016x}"))),
                    ("title", text("Relocation quote for a café in Kraków")),
                    ("summary", text("The visitor asked what a move costs and left an e-mail address. 🚚")),
                    ("sentiment", text("positive")),
                    ("satisfaction", word("1.0")),
                    ("resolved", word("true")),
                    ("topics", Tree::Array(vec![text("pricing"), text("relocation")])),
                ]),
            ),
            ("timestamp", text(&Timestamp::from(now).naive())),
            ("messages", messages()),
        ]))
    }

    /// A `lead_collection`; the ids come from `entropy`, the timestamp from `now`.
    pub fn lead_collection(now: SystemTime, entropy: u64) -> Self {
        let field = |name: &str, value: &str| object([("field", text(name)), ("value", text(value))]);
        Sample(object([
            ("event", text("lead_collection")),
            (
                "data",
                object([
                    ("user_id", text(&format!("user_{:08x}", entropy >> 32))),
                    ("bot_id", word("123")),
                    ("bot_name", text("Café Assistant")),
                    ("chat_id", text(&format!("chat_{entropy:016x}"))),
                    ("message_id", text(&format!("msg_{:08x}", entropy & 0xFFFF_FFFF))),
                    (
                        "form_data",
                        Tree::Array(vec![
                            field("name", "Zoë Müller"),
                            field("email", "zoe@example.com"),
                            field("phone", "+48 12 345 67 89"),
                        ]),
                    ),
                    ("ip_address", text("203.0.113.10")),
                    ("collection_type", text("lead_collection")),
                    ("ai_summary", object([("intent", text("quote")), ("score", word("1.0"))])),
                ]),
            ),
            ("timestamp", text(&Timestamp::from(now).naive())),
            ("messages", messages()),
        ]))
    }

    /// Any JSON, to be written in a sender's style: what a program that parses and re-serialises
    /// makes of it.
    ///
    /// # Errors
    /// `payload_*` if the bytes are not JSON.
    pub fn from_json(body: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|error| {
            Error::new(crate::error::ErrorKind::PayloadNotJson).with_path(format!("byte {}", error.valid_up_to()))
        })?;
        Json::check(text).map(|json| Sample(Tree::from(json)))
    }

    /// Sets a field: `data.bot_name=Ada` to a text, `data.bot_id:=7` to any JSON. Names and
    /// indices stand between dots; the last may be new, the ones before must be there.
    ///
    /// # Errors
    /// [`InvalidSetting`], which says what there is at the place where the path leaves the event.
    pub fn set(&mut self, setting: &str) -> Result<(), InvalidSetting> {
        let fail = |message: String| Err(InvalidSetting(message));
        let Some((path, value)) = setting.split_once('=') else {
            return fail("write it as path=text or path:=json".to_owned());
        };
        let (path, value) = match path.strip_suffix(':') {
            Some(path) => match Json::check(value) {
                Ok(json) => (path, Tree::from(json)),
                Err(error) => return fail(format!("what stands behind := is no JSON: {error}")),
            },
            None => (path, Tree::Text(value.to_owned())),
        };
        let mut names: Vec<&str> = path.split('.').collect();
        let Some(last) = names.pop().filter(|last| !last.is_empty()) else {
            return fail("the path is empty".to_owned());
        };
        let mut place = &mut self.0;
        for name in names {
            let known = place.names();
            place = match place.child(name) {
                Some(child) => child,
                None => return fail(format!("there is no `{name}` here, only {known}")),
            };
        }
        match place {
            Tree::Object(fields) => match fields.iter_mut().find(|(name, _)| name == last) {
                Some((_, field)) => *field = value,
                None => fields.push((last.to_owned(), value)),
            },
            Tree::Array(items) => match last.parse::<usize>() {
                Ok(index) if index == items.len() => items.push(value),
                Ok(index) => match items.get_mut(index) {
                    Some(item) => *item = value,
                    None => return fail(format!("the array has {} items", items.len())),
                },
                Err(_) => return fail(format!("an index is expected, not `{last}`")),
            },
            Tree::Word(_) | Tree::Text(_) => return fail(format!("there is nothing below to set `{last}` in")),
        }
        Ok(())
    }

    /// The bytes to sign and send.
    pub fn to_body(&self, style: JsonStyle) -> Vec<u8> {
        let mut out = String::new();
        self.0.write(style, &mut out);
        out.into_bytes()
    }
}

fn messages() -> Tree {
    let message = |role: &str, content: &str| object([("role", text(role)), ("content", text(content))]);
    Tree::Array(vec![
        message("user", "How much is a move from Kraków to Łódź?"),
        message("assistant", "About 1 200 € — shall I send you a quote?"),
    ])
}

fn text(text: &str) -> Tree {
    Tree::Text(text.to_owned())
}

fn word(word: &str) -> Tree {
    Tree::Word(word.to_owned())
}

fn object<const N: usize>(fields: [(&str, Tree); N]) -> Tree {
    Tree::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl From<Json<'_>> for Tree {
    fn from(json: Json<'_>) -> Self {
        if json.is_object() {
            Tree::Object(json.fields().map(|(name, value)| (name.into_owned(), value.into())).collect())
        } else if json.is_array() {
            Tree::Array(json.items().map(Tree::from).collect())
        } else {
            match json.as_string() {
                Some(text) => Tree::Text(text.into_owned()),
                None => Tree::Word(json.as_str().to_owned()),
            }
        }
    }
}

impl Tree {
    fn child(&mut self, name: &str) -> Option<&mut Tree> {
        match self {
            Tree::Object(fields) => fields.iter_mut().find(|(field, _)| field == name).map(|(_, value)| value),
            Tree::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
            Tree::Word(_) | Tree::Text(_) => None,
        }
    }

    /// What a path could go on with.
    fn names(&self) -> String {
        match self {
            Tree::Object(fields) if !fields.is_empty() => {
                fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
            }
            Tree::Array(items) if !items.is_empty() => format!("the indices 0 to {}", items.len() - 1),
            _ => "a value without fields".to_owned(),
        }
    }

    fn write(&self, style: JsonStyle, out: &mut String) {
        let (comma, colon) = match style {
            JsonStyle::Python => (", ", ": "),
            JsonStyle::Compact => (",", ":"),
        };
        match self {
            Tree::Word(word) => out.push_str(word),
            Tree::Text(text) => style.quote(text, out),
            Tree::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    item.write(style, out);
                }
                out.push(']');
            }
            Tree::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push_str(comma);
                    }
                    style.quote(name, out);
                    out.push_str(colon);
                    value.write(style, out);
                }
                out.push('}');
            }
        }
    }
}

/// Why a field cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSetting {}
