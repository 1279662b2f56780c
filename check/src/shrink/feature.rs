//! What about a body can offend.

use std::fmt;

/// What an endpoint takes offence at: without it the same body is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A character outside ASCII, as it is.
    NonAscii(String),
    /// An escape, as it is written.
    Escape(String),
    /// A space behind a colon.
    SpaceAfterColon,
    /// No space behind a colon.
    NoSpaceAfterColon,
    /// A space behind a comma.
    SpaceAfterComma,
    /// No space behind a comma.
    NoSpaceAfterComma,
    /// A line end, or other blanks, between the tokens.
    Blanks(String),
    /// Blanks behind the JSON.
    BlanksBehind(String),
    /// A number, as it is written.
    Number(String),
    /// A key that stands twice in one object.
    RepeatedKey(String),
    /// Keys that are not in the order of the alphabet.
    KeyOrder,
    /// A key that is a number behind one that is not: JavaScript puts it in front.
    NumericKey(String),
    /// A size, in bytes: less is taken.
    Size(usize),
    /// A null, by its path.
    Null(String),
    /// The name of an event that Chatislav's page does not have.
    EventName(String),
    /// A moment that lies behind.
    Age(String),
    /// A field that nobody has heard of, by its path.
    Field(String),
    /// A field that is not there, by its path.
    Missing(String),
    /// Nothing in the body: an event of the plainest is refused as well.
    NotTheBody,
}

impl Feature {
    /// The word for it, which stays.
    pub const fn name(&self) -> &'static str {
        match self {
            Feature::NonAscii(_) => "non-ascii",
            Feature::Escape(_) => "escape",
            Feature::SpaceAfterColon => "space-after-colon",
            Feature::NoSpaceAfterColon => "no-space-after-colon",
            Feature::SpaceAfterComma => "space-after-comma",
            Feature::NoSpaceAfterComma => "no-space-after-comma",
            Feature::Blanks(_) => "blanks",
            Feature::BlanksBehind(_) => "blanks-behind",
            Feature::Number(_) => "number",
            Feature::RepeatedKey(_) => "repeated-key",
            Feature::KeyOrder => "key-order",
            Feature::NumericKey(_) => "numeric-key",
            Feature::Size(_) => "size",
            Feature::Null(_) => "null",
            Feature::EventName(_) => "event-name",
            Feature::Age(_) => "age",
            Feature::Field(_) => "field",
            Feature::Missing(_) => "missing",
            Feature::NotTheBody => "not-the-body",
        }
    }
}

impl Feature {
    /// What is most telling comes first: of several that offend, that one is left in the end.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Feature::SpaceAfterColon | Feature::NoSpaceAfterColon => 0,
            Feature::SpaceAfterComma | Feature::NoSpaceAfterComma => 1,
            Feature::Blanks(_) => 2,
            Feature::BlanksBehind(_) => 3,
            Feature::Number(_) => 4,
            Feature::Escape(_) => 5,
            Feature::NonAscii(_) => 6,
            Feature::RepeatedKey(_) => 7,
            Feature::KeyOrder | Feature::NumericKey(_) => 8,
            _ => 9,
        }
    }

    /// What goes with it: whoever minds a space behind a colon minds one behind a comma.
    pub(super) fn relative(&self) -> Option<Feature> {
        match self {
            Feature::SpaceAfterColon => Some(Feature::SpaceAfterComma),
            Feature::NoSpaceAfterColon => Some(Feature::NoSpaceAfterComma),
            Feature::SpaceAfterComma => Some(Feature::SpaceAfterColon),
            Feature::NoSpaceAfterComma => Some(Feature::NoSpaceAfterColon),
            _ => None,
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Feature::NonAscii(character) => {
                let code = character.chars().next().map_or(0, u32::from);
                write!(f, "a character outside ASCII: {character} (U+{code:04X})")
            }
            Feature::Escape(escape) => write!(f, "an escape: {escape}"),
            Feature::SpaceAfterColon => f.write_str("a space after a colon"),
            Feature::NoSpaceAfterColon => f.write_str("no space after a colon"),
            Feature::SpaceAfterComma => f.write_str("a space after a comma"),
            Feature::NoSpaceAfterComma => f.write_str("no space after a comma"),
            Feature::Blanks(blanks) => write!(f, "{} between the tokens", spelled(blanks)),
            Feature::BlanksBehind(blanks) => write!(f, "{} behind the JSON", spelled(blanks)),
            Feature::Number(number) => write!(f, "a number written {number}"),
            Feature::RepeatedKey(key) => write!(f, "a repeated key: \"{key}\""),
            Feature::KeyOrder => f.write_str("keys that are not sorted"),
            Feature::NumericKey(key) => write!(f, "a key that is a number behind other keys: \"{key}\""),
            Feature::Size(size) => write!(f, "a size of {size} bytes: less is taken"),
            Feature::Null(path) => write!(f, "a null in {path}"),
            Feature::EventName(name) => write!(f, "an event of another name: \"{name}\""),
            Feature::Age(timestamp) => write!(f, "a timestamp that lies behind: {timestamp}"),
            Feature::Field(path) => write!(f, "the field {path}"),
            Feature::Missing(path) => write!(f, "the absence of the field {path}"),
            Feature::NotTheBody => f.write_str("nothing in the body: the plainest event is refused as well"),
        }
    }
}

fn spelled(blanks: &str) -> &'static str {
    match blanks {
        _ if blanks.contains("\r\n") => "a line end of CRLF",
        _ if blanks.contains('\n') => "a line feed",
        _ if blanks.contains('\r') => "a carriage return",
        _ if blanks.contains('\t') => "a tab",
        _ => "blanks",
    }
}
