//! Tables and values of a file, as serde hands them over: a fault is raised while the key or value is
//! read, so that the format's own reader knows its place.

use std::fmt;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::unit::parse_duration;

/// A table of a file, filled key by key.
pub(super) trait Table<'de> {
    /// What a text as a key means.
    type Key;
    /// What is expected in its place.
    const WHAT: &'static str;

    fn key(&self, text: &str) -> Result<Self::Key, String>;
    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error>;
}

/// Fills a table.
pub(super) struct Filling<'a, T>(pub(super) &'a mut T);

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
pub(super) struct Text<F>(pub(super) &'static str, pub(super) F);

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

/// A duration: a text such as `30s`, or a whole number of seconds.
pub(super) struct Wait;

impl<'de> DeserializeSeed<'de> for Wait {
    type Value = Duration;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Duration, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Wait {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"30s\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse_duration(text).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Duration, E> {
        self.visit_str(&seconds.to_string())
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Duration, E> {
        self.visit_str(&seconds.to_string())
    }
}

/// A list of durations.
pub(super) struct Delays;

impl<'de> DeserializeSeed<'de> for Delays {
    type Value = Vec<Duration>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Duration>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Delays {
    type Value = Vec<Duration>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of durations such as [\"5s\", \"30s\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Duration>, A::Error> {
        let mut delays = Vec::new();
        while let Some(delay) = list.next_element_seed(Wait)? {
            delays.push(delay);
        }
        Ok(delays)
    }
}

/// A whole number from 0 to 100.
pub(super) struct Percent;

impl<'de> DeserializeSeed<'de> for Percent {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u8, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Percent {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 0 to 100")
    }

    fn visit_i64<E: Error>(self, percent: i64) -> Result<u8, E> {
        let small = u8::try_from(percent).ok().filter(|percent| *percent <= 100);
        small.ok_or_else(|| E::custom("expected a whole number from 0 to 100"))
    }

    fn visit_u64<E: Error>(self, percent: u64) -> Result<u8, E> {
        self.visit_i64(i64::try_from(percent).unwrap_or(i64::MAX))
    }
}
