//! Reading settings: every fault is told at the key or value where it stands, and no value that may
//! be a credential is quoted.

use std::time::SystemTime;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess};

use super::secrets::{Previous, whole};
use super::{Secrets, Settings, event, method, target, timeout};
use crate::secret::Secret;
use crate::table::{Filling, Flag, Headers, Hidden, Judged, List, Listing, Table, Text, Wait, known};
use crate::timestamp::Timestamp;

const KEYS: [&str; 8] = ["enabled", "url", "method", "timeout", "events", "secret", "headers", "previous-secrets"];

impl<'de> serde::Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut settings = Settings::default();
        Filling(&mut settings).deserialize(deserializer)?;
        Ok(settings)
    }
}

impl<'de> Table<'de> for Settings {
    type Key = &'static str;
    const WHAT: &'static str = "the settings of a webhook";

    fn key(&self, text: &str) -> Result<Self::Key, String> {
        known("key", text, &KEYS)
    }

    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error> {
        match key {
            "enabled" => self.enabled = map.next_value_seed(Flag)?,
            "url" => {
                // It may hold a password.
                let url = |text: &str| target(text).map(|_| text.to_owned()).map_err(|error| error.to_string());
                self.url = map.next_value_seed(Hidden("a URL", url))?;
            }
            "method" => {
                let method = |text: &str| method(text).map_err(|error| error.to_string());
                self.method = map.next_value_seed(Text("POST or PUT", method))?;
            }
            "timeout" => {
                let judge = |wait| timeout(wait).map_err(|error| error.to_string());
                self.timeout = map.next_value_seed(Judged(Wait, judge))?;
            }
            "events" => {
                let mut events = Events(Vec::new());
                map.next_value_seed(Listing(&mut events))?;
                self.events = events.0;
            }
            "secret" => self.secrets.current = Some(map.next_value_seed(Hidden("a secret", secret))?),
            "headers" => {
                let mut headers = Vec::new();
                map.next_value_seed(Filling(&mut Headers(&mut headers, |name: &str| Ok(name.to_owned()))))?;
                self.headers = headers;
            }
            _ => {
                self.secrets.previous.clear();
                map.next_value_seed(Listing(&mut self.secrets))?;
            }
        }
        Ok(())
    }
}

fn secret(text: &str) -> Result<Secret, String> {
    Secret::new(text).map_err(|_| "a secret is not blank: leave the key out where there is none".to_owned())
}

fn until(text: &str) -> Result<SystemTime, String> {
    let instant = Timestamp::parse(text).map(|timestamp| whole(timestamp.instant()));
    instant.ok_or_else(|| "expected an instant such as \"2026-06-23T12:00:00Z\"".to_owned())
}

struct Events(Vec<String>);

impl<'de> List<'de> for Events {
    const WHAT: &'static str = "a list of events such as [\"lead_collection\"]";

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<Option<()>, A::Error> {
        let judge = |name: &str| event(name, &self.0).map(|()| name.to_owned()).map_err(|error| error.to_string());
        let name = list.next_element_seed(Text("the name of an event", judge))?;
        Ok(name.map(|name| self.0.push(name)))
    }
}

impl<'de> List<'de> for Secrets {
    const WHAT: &'static str = "a list of tables, each with a secret and until when it is good";

    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<Option<()>, A::Error> {
        let mut table = PreviousTable::default();
        if list.next_element_seed(Filling(&mut table))?.is_none() {
            return Ok(None);
        }
        let PreviousTable { secret: Some(secret), until: Some(until) } = table else {
            return Err(A::Error::custom("a previous secret has a `secret`, and an `until` from which it is not good"));
        };
        self.previous.push(Previous { secret, until });
        Ok(Some(()))
    }
}

#[derive(Default)]
struct PreviousTable {
    secret: Option<Secret>,
    until: Option<SystemTime>,
}

impl<'de> Table<'de> for PreviousTable {
    type Key = &'static str;
    const WHAT: &'static str = "a table with a secret and until when it is good";

    fn key(&self, text: &str) -> Result<Self::Key, String> {
        known("key", text, &["secret", "until"])
    }

    fn value<A: MapAccess<'de>>(&mut self, key: Self::Key, map: &mut A) -> Result<(), A::Error> {
        match key {
            "secret" => self.secret = Some(map.next_value_seed(Hidden("a secret", secret))?),
            _ => self.until = Some(map.next_value_seed(Hidden("an instant", until))?),
        }
        Ok(())
    }
}
