//! Header names, the rule for lists of values, and the headers a user may add.

use std::fmt;

/// The header that carries the signature. Names are compared without regard to case.
pub const SIGNATURE_HEADER: &str = "x-chatislav-signature";

/// One header as a name and a value, in whatever shape the HTTP library has it.
///
/// Implemented for pairs of anything that is bytes, and for references to such pairs, so that a
/// `HeaderMap`, a `HashMap`, a slice or an array of pairs can be handed in as they are.
pub trait HeaderField {
    /// The name, in any case.
    fn name(&self) -> &[u8];
    /// The value, untrimmed.
    fn value(&self) -> &[u8];
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> HeaderField for (N, V) {
    fn name(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn value(&self) -> &[u8] {
        self.1.as_ref()
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> HeaderField for &(N, V) {
    fn name(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn value(&self) -> &[u8] {
        self.1.as_ref()
    }
}

/// What is left of a list of header values after equal ones have collapsed.
pub(crate) enum OnlyValue<'a> {
    None,
    One(&'a [u8]),
    Several,
}

/// The one value that all the values of a header agree on.
///
/// Frameworks join repeated headers with commas, so each value is split at commas. Only space
/// and tab are blanks in HTTP (RFC 9110 section 5.6.3).
pub(crate) fn only_value<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> OnlyValue<'a> {
    let parts = values
        .into_iter()
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(trim)
        .filter(|part| !part.is_empty());
    agree(parts)
}

/// The one value that all of these agree on, each taken whole.
pub(crate) fn agree<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> OnlyValue<'a> {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return OnlyValue::None };
    if values.all(|other| other == first) { OnlyValue::One(first) } else { OnlyValue::Several }
}

pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Whether a header can be called so: a token (RFC 9110 section 5.6.2).
pub(crate) fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// One of the Custom Headers that a user adds on Chatislav's Webhooks screen.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomHeader {
    name: String,
    value: String,
}

impl CustomHeader {
    /// The names that belong to the sender.
    pub const RESERVED: [&'static str; 6] =
        ["host", "content-length", "transfer-encoding", "connection", "content-type", SIGNATURE_HEADER];

    /// Takes a name and a value; blanks around the value are dropped, as HTTP does.
    ///
    /// # Errors
    /// [`InvalidHeader`] for a name that is not a token (RFC 9110 section 5.6.2), a name in
    /// [`CustomHeader::RESERVED`], or a value with control characters or non-ASCII text.
    pub fn new(name: &str, value: &str) -> Result<Self, InvalidHeader> {
        if !is_name(name) {
            return Err(InvalidHeader("the name is not an HTTP token"));
        }
        if CustomHeader::RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            return Err(InvalidHeader("the sender sets this header itself"));
        }
        let value = value.trim_matches([' ', '\t']);
        if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
            return Err(InvalidHeader("the value has control characters or text outside ASCII"));
        }
        Ok(CustomHeader { name: name.into(), value: value.into() })
    }

    /// Reads `Name: value`.
    ///
    /// # Errors
    /// [`InvalidHeader`] if there is no colon, or as for [`CustomHeader::new`].
    pub fn parse(line: &str) -> Result<Self, InvalidHeader> {
        let (name, value) = line.split_once(':').ok_or(InvalidHeader("write it as `Name: value`"))?;
        CustomHeader::new(name, value)
    }

    /// These headers with one's own, which win where both have a name.
    pub(crate) fn overridden(headers: &[CustomHeader], own: &[CustomHeader]) -> Vec<CustomHeader> {
        let is_own = |header: &&CustomHeader| own.iter().any(|other| other.name().eq_ignore_ascii_case(&header.name));
        headers.iter().filter(|header| !is_own(header)).chain(own).cloned().collect()
    }

    /// The name, in the case it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, which may be a credential: show it to nobody.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for CustomHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomHeader({}: redacted)", self.name)
    }
}

/// Why a custom header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHeader(&'static str);

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidHeader {}
