//! Reading a profile: every fault is told at the key or value where it stands.
//!
//! By hand, since serde's derive would be a dependency more for everybody who only verifies, and
//! knows neither near misses nor which value a key allows.

use std::str::FromStr;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess};

use super::{Class, Decision, Decisions, Profile, RetryAfter};
use crate::near;
use crate::sample::JsonStyle;
use crate::table::{Filling, Headers, List, Listing, Percent, Table, Text, Wait, known};

/// Headers whose values are credentials by nature.
const CREDENTIALS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

impl<'de> serde::Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut top = Top { profile: Profile::chatislav(), is_named: false };
        Filling(&mut top).deserialize(deserializer)?;
        if !top.is_named {
            return Err(D::Error::custom("a profile has a `name`, which logs show"));
        }
        Ok(top.profile)
    }
}

struct Top {
    profile: Profile,
    is_named: bool,
}

impl<'de> Table<'de> for Top {
    type Key = &'static str;
    const WHAT: &'static str = "a profile";

    fn key(&self, text: &str) -> Result<Self::Key, String> {
        known("key", text, &["name", "json-style", "redirect", "outcomes", "schedule", "retry-after", "headers"])
    }

    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error> {
        let profile = &mut self.profile;
        match key {
            "name" => {
                profile.name = map.next_value_seed(Text("a name", name))?;
                self.is_named = true;
            }
            "json-style" => {
                let style = |text: &str| {
                    let found = JsonStyle::ALL.into_iter().find(|style| style.name() == text);
                    found.ok_or_else(|| near::unknown("JSON style", text, &JsonStyle::ALL.map(JsonStyle::name)))
                };
                profile.json_style = map.next_value_seed(Text("python or compact", style))?;
            }
            "redirect" => map.next_value_seed(Text("never", |text: &str| match text {
                "never" => Ok(()),
                _ => Err("redirects are never followed: write \"never\", or leave it out".to_owned()),
            }))?,
            "outcomes" => {
                let mut outcomes = Outcomes(Vec::new());
                map.next_value_seed(Filling(&mut outcomes))?;
                profile.decisions = outcomes.decisions().map_err(A::Error::custom)?;
            }
            "schedule" => map.next_value_seed(Filling(&mut Schedule(profile)))?,
            "retry-after" => {
                let mut table = RetryAfterTable::default();
                map.next_value_seed(Filling(&mut table))?;
                profile.retry_after = table.policy().map_err(A::Error::custom)?;
            }
            _ => {
                map.next_value_seed(Filling(&mut Headers(&mut profile.headers, header_name)))?;
                profile.headers.sort_by(|one, other| one.name().cmp(other.name()));
            }
        }
        Ok(())
    }
}

/// Names are shown in logs and compared by eye.
fn name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text.len() {
        1..=64 if text.bytes().all(is_plain) => Ok(text.to_owned()),
        _ => Err("a name has 1 to 64 letters, digits, dots, dashes and underscores".to_owned()),
    }
}

/// Classes with their decisions, in the order of the file.
struct Outcomes(Vec<(Class, Decision)>);

impl Outcomes {
    /// The vendor's table, changed from the widest class to the narrowest.
    fn decisions(mut self) -> Result<Decisions, String> {
        self.0.sort_by_key(|(class, _)| std::cmp::Reverse(class.width()));
        let changed = self.0.into_iter().try_fold(Decisions::default(), |table, (class, to)| table.with(class, to));
        changed.map_err(|error| error.to_string())
    }
}

impl<'de> Table<'de> for Outcomes {
    type Key = Class;
    const WHAT: &'static str = "a table of outcomes and decisions";

    fn key(&self, text: &str) -> Result<Class, String> {
        let class = Class::from_str(text).map_err(|error| error.to_string())?;
        match self.0.iter().find(|(other, _)| class.clashes(*other)) {
            Some((other, _)) if *other == class => Err(format!("{class} is decided twice")),
            Some((other, _)) => Err(format!(
                "{class} and {other} overlap and neither lies inside the other, so it is not clear which holds"
            )),
            None => Ok(class),
        }
    }

    fn value<A: MapAccess<'de>>(&mut self, class: Class, map: &mut A) -> Result<(), A::Error> {
        // Told here, where the value stands, and not once the table is complete.
        let decision = |text: &str| {
            let decision = Decision::from_str(text).map_err(|error| error.to_string())?;
            Decisions::default().with(class, decision).map(|_| decision).map_err(|error| error.to_string())
        };
        self.0.push((class, map.next_value_seed(Text("success, retry or fail", decision))?));
        Ok(())
    }
}

struct Schedule<'a>(&'a mut Profile);

impl<'de> Table<'de> for Schedule<'_> {
    type Key = &'static str;
    const WHAT: &'static str = "a table with a schedule";

    fn key(&self, text: &str) -> Result<Self::Key, String> {
        known("key", text, &["delays", "jitter-percent", "max"])
    }

    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error> {
        match key {
            "delays" => {
                let mut delays = Delays(Vec::new());
                map.next_value_seed(Listing(&mut delays))?;
                self.0.schedule.delays = delays.0;
            }
            "jitter-percent" => self.0.schedule.jitter_percent = map.next_value_seed(Percent)?,
            _ => self.0.max_delay = Some(map.next_value_seed(Wait)?),
        }
        Ok(())
    }
}

#[derive(Default)]
struct RetryAfterTable {
    raises: Option<bool>,
    cap: Option<Duration>,
}

impl RetryAfterTable {
    fn policy(self) -> Result<RetryAfter, &'static str> {
        match (self.raises, self.cap) {
            (None, _) => Err("`policy` says what becomes of Retry-After: ignore or raise"),
            (Some(false), None) => Ok(RetryAfter::Ignore),
            (Some(false), Some(_)) => Err("a `cap` belongs to the policy raise: what is ignored has none"),
            (Some(true), cap) => Ok(RetryAfter::Raise { cap: cap.unwrap_or(RetryAfter::DEFAULT_CAP) }),
        }
    }
}

impl<'de> Table<'de> for RetryAfterTable {
    type Key = &'static str;
    const WHAT: &'static str = "a table with a policy";

    fn key(&self, text: &str) -> Result<Self::Key, String> {
        known("key", text, &["policy", "cap"])
    }

    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error> {
        let policy = |text: &str| known("policy", text, &["ignore", "raise"]).map(|word| word == "raise");
        match key {
            "policy" => self.raises = Some(map.next_value_seed(Text("ignore or raise", policy))?),
            _ => self.cap = Some(map.next_value_seed(Wait)?),
        }
        Ok(())
    }
}

/// A name as it is on the wire: it is the same in any case.
fn header_name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    if CREDENTIALS.contains(&name.as_str()) {
        return Err("a profile is shared and shown, so it holds no credential: add it to the request".to_owned());
    }
    Ok(name)
}

/// The delays of a schedule.
struct Delays(Vec<Duration>);

impl<'de> List<'de> for Delays {
    const WHAT: &'static str = "a list of durations such as [\"5s\", \"30s\"]";

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<Option<()>, A::Error> {
        Ok(list.next_element_seed(Wait)?.map(|delay| self.0.push(delay)))
    }
}
