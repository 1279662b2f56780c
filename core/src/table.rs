//! Tables and values of a file, as serde hands them over: a fault is raised while the key or value is
//! read, so that the format's own reader knows its place.

mod headers;
mod value;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

pub(crate) use self::headers::Headers;
pub(crate) use self::value::{Flag, Hidden, Judged, Percent, Wait};
use crate::near;

/// A table of a file, filled key by key.
pub(crate) trait Table<'de> {
    /// What a text as a key means.
    type Key;
    /// What is expected in its place.
    const WHAT: &'static str;

    fn key(&self, text: &str) -> Result<Self::Key, String>;
    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error>;
}

/// Fills a table.
pub(crate) struct Filling<'a, T>(pub(super) &'a mut T);

impl<'de, T: Table<'de>> DeserializeSeed<'de> for Filling<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Table<'de>> Visitor<'de> for Filling<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Text(T::WHAT, |text: &str| self.0.key(text)))? {
            self.0.value(key, &mut map)?;
        }
        Ok(())
    }
}

/// A text, and what it means.
pub(crate) struct Text<F>(pub(super) &'static str, pub(super) F);

impl<'de, V, F: FnOnce(&str) -> Result<V, String>> DeserializeSeed<'de> for Text<F> {
    type Value = V;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<V, F: FnOnce(&str) -> Result<V, String>> Visitor<'_> for Text<F> {
    type Value = V;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as a text", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V, E> {
        self.1(text).map_err(E::custom)
    }
}

/// A list of a file, filled element by element.
pub(crate) trait List<'de> {
    /// What is expected in its place.
    const WHAT: &'static str;

    /// Reads one more; `None` at the end.
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<Option<()>, A::Error>;
}

/// Fills a list.
pub(crate) struct Listing<'a, T>(pub(crate) &'a mut T);

impl<'de, T: List<'de>> DeserializeSeed<'de> for Listing<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: List<'de>> Visitor<'de> for Listing<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while self.0.element(&mut list)?.is_some() {}
        Ok(())
    }
}

/// The word as one of these, or words for what it could have been.
pub(crate) fn known(what: &str, text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    words.iter().find(|word| **word == text).copied().ok_or_else(|| near::unknown(what, text, words))
}
