//! Values of a file that are no plain text.

use std::fmt;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::unit::parse_duration;

/// A duration: a text such as `30s`, or a whole number of seconds.
pub(crate) struct Wait;

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

/// A whole number from 0 to 100.
pub(crate) struct Percent;

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

/// True or false.
pub(crate) struct Flag;

impl<'de> DeserializeSeed<'de> for Flag {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_bool(self)
    }
}

impl Visitor<'_> for Flag {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<bool, E> {
        Ok(flag)
    }
}

/// A text that may be a credential, and what it means. What stands in its place is not quoted: a
/// secret of nothing but digits, written without quotes, is a number.
pub(crate) struct Hidden<F>(pub(crate) &'static str, pub(crate) F);

impl<F> Hidden<F> {
    fn refuse<T, E: Error>(&self) -> Result<T, E> {
        Err(E::custom(format_args!("expected {} as a text, in quotes", self.0)))
    }
}

impl<'de, V, F: FnOnce(&str) -> Result<V, String>> DeserializeSeed<'de> for Hidden<F> {
    type Value = V;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, V, F: FnOnce(&str) -> Result<V, String>> Visitor<'de> for Hidden<F> {
    type Value = V;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as a text", self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V, E> {
        self.1(text).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<V, E> {
        self.refuse()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<V, E> {
        self.refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<V, E> {
        self.refuse()
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<V, E> {
        self.refuse()
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<V, E> {
        self.refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<V, E> {
        self.refuse()
    }

    fn visit_unit<E: Error>(self) -> Result<V, E> {
        self.refuse()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<V, A::Error> {
        self.refuse()
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<V, A::Error> {
        self.refuse()
    }
}

/// A value, and why it may still be refused: told where it stands.
pub(crate) struct Judged<S, F>(pub(crate) S, pub(crate) F);

impl<'de, S: DeserializeSeed<'de>, F: FnOnce(S::Value) -> Result<S::Value, String>> DeserializeSeed<'de>
    for Judged<S, F>
{
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.1(self.0.deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
