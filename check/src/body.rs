//! The bodies of the battery: events that differ in what somebody on the way likes to change.

use std::time::SystemTime;

use chatislav_webhooks::Timestamp;
use chatislav_webhooks::sample::{JsonStyle, Sample};

/// What makes a body one of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    /// The moment of the event.
    pub(crate) moment: SystemTime,
    /// What its ids come from.
    pub(crate) entropy: u64,
    /// How the bodies are written whose bytes are not the question.
    pub(crate) shape: Shape,
}

/// How JSON is written: what survives a program that writes it anew depends on that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) style: JsonStyle,
    /// Whether keys are in the order of the alphabet, and not in that of the vendor's page.
    pub(crate) is_sorted: bool,
}

impl Shape {
    /// Every shape, the sender's first.
    pub(crate) const ALL: [Shape; 4] = [
        Shape { style: JsonStyle::Python, is_sorted: false },
        Shape { style: JsonStyle::Compact, is_sorted: false },
        Shape { style: JsonStyle::Python, is_sorted: true },
        Shape { style: JsonStyle::Compact, is_sorted: true },
    ];

    /// JSON of ours in this shape.
    fn of(self, text: &str) -> Vec<u8> {
        let sorted = || serde_json::from_str::<serde_json::Value>(text).map(|value| value.to_string());
        let ordered = if self.is_sorted { sorted().ok() } else { None };
        let text = ordered.as_deref().unwrap_or(text);
        Sample::from_json(text.as_bytes()).map_or_else(|_| text.into(), |sample| sample.to_body(self.style))
    }
}

impl Draw {
    fn chat(self) -> String {
        format!("chat_{:016x}", self.entropy)
    }

    fn time(self) -> String {
        Timestamp::from(self.moment).naive()
    }
}

/// A lead without fractions and without anything outside ASCII: no program that writes JSON anew
/// changes more of it than blanks and the order of keys.
pub(crate) fn plain(draw: Draw) -> Vec<u8> {
    draw.shape.of(&format!(
        r#"{{"event": "lead_collection", "data": {{"chat_id": "{}", "bot_name": "Cafe Assistant", "form_data": [{{"field": "email", "value": "zoe@example.com"}}], "collection_type": "lead_collection"}}, "timestamp": "{}", "messages": [{{"role": "user", "content": "How much is a move to Lodz?"}}, {{"role": "assistant", "content": "Shall I send you a quote?"}}]}}"#,
        draw.chat(),
        draw.time()
    ))
}

/// A lead as Chatislav's page shows it, spaced as Python spaces.
pub(crate) fn lead(draw: Draw) -> Vec<u8> {
    Sample::lead_collection(draw.moment, draw.entropy).to_body(JsonStyle::Python)
}

/// A conversation summary, in the same way.
pub(crate) fn summary(draw: Draw) -> Vec<u8> {
    Sample::conversation_summary(draw.moment, draw.entropy).to_body(JsonStyle::Python)
}

/// A lead without blanks, text as it is.
pub(crate) fn compact(draw: Draw) -> Vec<u8> {
    Sample::lead_collection(draw.moment, draw.entropy).to_body(JsonStyle::Compact)
}

/// A lead in the Python style with these further fields in its data, written as they stand here.
fn lead_with(draw: Draw, fields: &str) -> Vec<u8> {
    let (chat, time) = (draw.chat(), draw.time());
    format!(
        r#"{{"event": "lead_collection", "data": {{"chat_id": "{chat}", "form_data": [{{"field": "email", "value": "zoe@example.com"}}], {fields}}}, "timestamp": "{time}"}}"#
    )
    .into_bytes()
}

/// The same without blanks.
fn compact_with(draw: Draw, fields: &str) -> Vec<u8> {
    let (chat, time) = (draw.chat(), draw.time());
    format!(
        r#"{{"event":"lead_collection","data":{{"chat_id":"{chat}","form_data":[],{fields}}},"timestamp":"{time}"}}"#
    )
    .into_bytes()
}

pub(crate) fn unicode(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""bot_name": "Café Zoë 東京 🚚 ́e", "note": "naïve""#)
}

/// So much text outside ASCII, each letter of several bytes, that pieces of it part letters.
pub(crate) fn wide(draw: Draw) -> Vec<u8> {
    compact_with(draw, &format!(r#""note":"{}""#, "é東🚚".repeat(2_200)))
}

pub(crate) fn escapes(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""page": "https:\/\/example.com\/a", "note": "\u0041\u00E9 \uD83D\uDE9A <\/script>""#)
}

pub(crate) fn floats(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""score": 1.0, "price": 10.50, "share": 1E+2, "zero": -0.0"#)
}

pub(crate) fn key_order(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""answers": {"2": "b", "1": "a", "z": 1, "b": 2}"#)
}

pub(crate) fn repeated_key(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""language": "de", "language": "pl""#)
}

pub(crate) fn long_number(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""message_id": 12345678901234567890, "user_id": 9007199254740993"#)
}

/// Lines that end with CRLF, between the tokens.
pub(crate) fn crlf(draw: Draw) -> Vec<u8> {
    let text = String::from_utf8_lossy(&lead_with(draw, r#""lines": []"#)).replace(", \"", ",\r\n  \"");
    text.into_bytes()
}

/// A line feed behind the JSON.
pub(crate) fn newline(draw: Draw) -> Vec<u8> {
    [&lead(draw), &b"\n"[..]].concat()
}

pub(crate) fn unknown_event(draw: Draw) -> Vec<u8> {
    draw.shape.of(&format!(
        r#"{{"event": "voice_call_finished", "call": {{"chat_id": "{}", "seconds": 42}}, "timestamp": "{}"}}"#,
        draw.chat(),
        draw.time()
    ))
}

pub(crate) fn no_messages(draw: Draw) -> Vec<u8> {
    draw.shape.of(&format!(
        r#"{{"event": "lead_collection", "data": {{"chat_id": "{}", "form_data": [{{"field": "email", "value": "zoe@example.com"}}]}}, "timestamp": "{}"}}"#,
        draw.chat(),
        draw.time()
    ))
}

/// Fields that nobody has heard of, and null where there was a value.
pub(crate) fn extra_fields(draw: Draw) -> Vec<u8> {
    draw.shape.of(&format!(
        r#"{{"event": "lead_collection", "version": 2, "data": {{"chat_id": "{}", "bot_name": null, "form_data": [{{"field": "email", "value": "zoe@example.com", "label": "E-mail"}}], "utm": {{"source": "ad"}}, "ai_summary": null}}, "timestamp": "{}", "messages": null, "region": ["eu"]}}"#,
        draw.chat(),
        draw.time()
    ))
}

/// A lead of exactly so many bytes: a transcript is what makes real ones long.
fn sized(draw: Draw, size: usize) -> Vec<u8> {
    const LINE: &str = "How much is a move from Krakow to Lodz, and is it on a Tuesday? ";
    let with = |content: &str| {
        draw.shape.of(&format!(
            r#"{{"event": "lead_collection", "data": {{"chat_id": "{}", "form_data": []}}, "timestamp": "{}", "messages": [{{"role": "user", "content": "{content}"}}]}}"#,
            draw.chat(),
            draw.time()
        ))
    };
    let room = size.saturating_sub(with("").len());
    with(&LINE.chars().cycle().take(room).collect::<String>())
}

/// The sizes of `C-14`, in their order, in bytes.
pub(crate) const SIZES: [usize; 4] = [100 << 10, 300 << 10, 1 << 20, 3 << 20];

/// Long enough to be no trickle when it comes in pieces: servers rightly give up on a few bytes a second.
pub(crate) fn sixteen_kib(draw: Draw) -> Vec<u8> {
    sized(draw, 16 << 10)
}

pub(crate) fn hundred_kib(draw: Draw) -> Vec<u8> {
    sized(draw, SIZES[0])
}

pub(crate) fn three_hundred_kib(draw: Draw) -> Vec<u8> {
    sized(draw, SIZES[1])
}

pub(crate) fn one_mib(draw: Draw) -> Vec<u8> {
    sized(draw, SIZES[2])
}

pub(crate) fn three_mib(draw: Draw) -> Vec<u8> {
    sized(draw, SIZES[3])
}

pub(crate) fn nothing(_: Draw) -> Vec<u8> {
    Vec::new()
}

pub(crate) fn invalid_utf8(draw: Draw) -> Vec<u8> {
    let mut body = lead_with(draw, r#""note": "~""#);
    for byte in body.iter_mut().filter(|byte| **byte == b'~') {
        *byte = 0xFF;
    }
    body
}

pub(crate) fn nul(draw: Draw) -> Vec<u8> {
    let mut body = lead_with(draw, r#""note": "~", "escaped": "\u0000""#);
    for byte in body.iter_mut().filter(|byte| **byte == b'~') {
        *byte = 0;
    }
    body
}

pub(crate) fn byte_order_mark(draw: Draw) -> Vec<u8> {
    [&b"\xEF\xBB\xBF"[..], &lead(draw)].concat()
}

pub(crate) fn not_json(draw: Draw) -> Vec<u8> {
    format!("event=lead_collection&chat_id={}", draw.chat()).into_bytes()
}

pub(crate) fn no_event(draw: Draw) -> Vec<u8> {
    format!(r#"["lead_collection", null, 7, "{}"]"#, draw.chat()).into_bytes()
}

/// Arrays within arrays, deeper than the stack of a parser that calls itself.
pub(crate) fn deep(draw: Draw) -> Vec<u8> {
    let depth = 20_000;
    lead_with(draw, &format!(r#""nested": {}{}"#, "[".repeat(depth), "]".repeat(depth)))
}

/// Without blanks, text as it is and no fraction: what `JSON.stringify` would write. Signed so, and sent
/// otherwise, it is taken by whoever verifies what a parser made of it.
pub(crate) fn stringified(draw: Draw) -> Vec<u8> {
    compact_with(draw, r#""bot_name":"Café","score":1"#)
}

/// What Python's `json.dumps` would write.
pub(crate) fn dumped(draw: Draw) -> Vec<u8> {
    lead_with(draw, r#""bot_name": "Caf\u00e9", "score": 1.5"#)
}
