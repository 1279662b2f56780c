//! What Chatislav sends is taken, whatever its bytes look like.

use crate::body;
use crate::case::Level::{Must, Should};
use crate::case::{Case, Group, Level};
use crate::play::Accept::Success;
use crate::play::Play::{self, Each, OldSecrets};
use crate::recipe::{Framing, Recipe, Verb};

const fn case(level: Level, id: &'static str, requirement: &'static str, sends: &'static str, play: Play) -> Case {
    Case::new((Group::Accepts, level), id, requirement, sends, play)
}

pub(super) const CASES: &[Case] = &[
    case(
        Must,
        "C-01/lead",
        "A signed lead is answered 2xx.",
        "a lead, spaced and escaped as Python's json.dumps does",
        Each(&[Recipe::of(body::lead).by(Verb::Post)], Success),
    ),
    case(
        Must,
        "C-01/summary",
        "A signed conversation summary is answered 2xx.",
        "a conversation summary, spaced and escaped as Python's json.dumps does",
        Each(&[Recipe::of(body::summary)], Success),
    ),
    case(
        Must,
        "C-02",
        "A signed PUT is answered as a POST is: the Webhooks screen offers both.",
        "a lead by PUT",
        Each(&[Recipe::of(body::plain).by(Verb::Put)], Success),
    ),
    case(
        Must,
        "C-07/compact",
        "JSON without blanks verifies: the signature is over the bytes, not over what they say.",
        "a lead as JavaScript's JSON.stringify writes it",
        Each(&[Recipe::of(body::compact)], Success),
    ),
    case(
        Must,
        "C-07/unicode",
        "Text outside ASCII verifies as it came, composed or not.",
        "a lead with é, 東京, 🚚 and a combining accent as UTF-8",
        Each(&[Recipe::of(body::unicode)], Success),
    ),
    case(
        Must,
        "C-07/pieces",
        "A letter whose bytes come in two pieces is one letter.",
        "a lead of 20 KB outside ASCII, 1,999 bytes at a time",
        Each(&[Recipe::of(body::wide).framed(Framing::Pieces)], Success),
    ),
    case(
        Must,
        "C-07/escapes",
        "Escapes that nobody needs verify as they came.",
        r"a lead with \/, \u0041, \u00E9 and a surrogate pair",
        Each(&[Recipe::of(body::escapes)], Success),
    ),
    case(
        Must,
        "C-07/float",
        "Numbers verify as they were written.",
        "a lead with 1.0, 10.50, 1E+2 and -0.0",
        Each(&[Recipe::of(body::floats)], Success),
    ),
    case(
        Must,
        "C-07/long-number",
        "A number of 20 digits is no reason to refuse an event.",
        "a lead with 12345678901234567890 and 9007199254740993",
        Each(&[Recipe::of(body::long_number)], Success),
    ),
    case(
        Must,
        "C-07/key-order",
        "Keys verify in the order in which they came.",
        r#"a lead with the keys "2", "1", "z", "b""#,
        Each(&[Recipe::of(body::key_order)], Success),
    ),
    case(
        Must,
        "C-07/repeated-key",
        "A key that stands twice is no reason to refuse an event.",
        "a lead with one key twice",
        Each(&[Recipe::of(body::repeated_key)], Success),
    ),
    case(
        Must,
        "C-07/crlf",
        "Line ends between the tokens verify as they came.",
        "a lead over several lines that end with CRLF",
        Each(&[Recipe::of(body::crlf)], Success),
    ),
    case(
        Must,
        "C-07/newline",
        "A line feed behind the JSON belongs to the body.",
        "a lead with a line feed behind it",
        Each(&[Recipe::of(body::newline)], Success),
    ),
    case(
        Should,
        "C-13/charset",
        "A charset in the content type changes nothing.",
        "a lead as application/json; charset=utf-8",
        Each(&[Recipe::of(body::plain).typed("application/json; charset=utf-8")], Success),
    ),
    case(
        Should,
        "C-13/chunked",
        "A body that comes in chunks is read whole.",
        "a lead with Transfer-Encoding: chunked, in chunks of 100 bytes",
        Each(&[Recipe::of(body::plain).framed(Framing::Chunked)], Success),
    ),
    case(
        Should,
        "C-13/expect",
        "Expect: 100-continue is answered, and the body read.",
        "a lead with Expect: 100-continue",
        Each(&[Recipe::of(body::plain).framed(Framing::Expect)], Success),
    ),
    case(
        Must,
        "C-14/100KiB",
        "A body of 100 KiB is taken: a 413 loses the event for good.",
        "a lead of 102,400 bytes",
        Each(&[Recipe::of(body::hundred_kib)], Success),
    ),
    case(
        Must,
        "C-14/300KiB",
        "A body of 300 KiB is taken: long conversations make long bodies.",
        "a lead of 307,200 bytes",
        Each(&[Recipe::of(body::three_hundred_kib)], Success),
    ),
    case(
        Must,
        "C-14/1MiB",
        "A body of 1 MiB is taken.",
        "a lead of 1,048,576 bytes",
        Each(&[Recipe::of(body::one_mib)], Success),
    ),
    case(
        Should,
        "C-14/3MiB",
        "A body of 3 MiB is taken.",
        "a lead of 3,145,728 bytes",
        Each(&[Recipe::of(body::three_mib)], Success),
    ),
    case(
        Must,
        "C-16/unknown-event",
        "An event of a kind that is new is answered 2xx and ignored.",
        "an event named voice_call_finished",
        Each(&[Recipe::of(body::unknown_event)], Success),
    ),
    case(
        Must,
        "C-16/no-messages",
        "An event without messages is taken: they come when available.",
        "a lead without messages",
        Each(&[Recipe::of(body::no_messages)], Success),
    ),
    case(
        Must,
        "C-16/extra-fields",
        "Fields that are new, null or absent are no reason to refuse an event.",
        "a lead with unknown fields, and null for known ones",
        Each(&[Recipe::of(body::extra_fields)], Success),
    ),
    case(
        Must,
        "C-16/out-of-order",
        "An event that is older than the last one is taken: retries come late.",
        "a lead of an hour ago",
        Each(&[Recipe::of(body::plain).aged(3_600)], Success),
    ),
    case(
        Must,
        "C-24",
        "While a rotation lasts, the old secret is good as well.",
        "a lead signed with each secret that was declared old",
        OldSecrets,
    ),
];
