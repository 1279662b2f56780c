//! What a verified webhook says.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::delivery::DeliveryKey;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::timestamp::Timestamp;

/// How far in the future a timestamp may lie before `max_age` calls it stale: clocks differ.
const FUTURE_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// A webhook whose signature was verified. Only [`Webhook`](crate::Webhook) makes one.
///
/// New kinds of event are [`Event::Unknown`], never an error: answer 2xx and ignore them, or
/// Chatislav counts a failure.
#[derive(Clone, Debug)]
pub enum Event {
    /// `conversation_summary`: a summary of a conversation was generated.
    ConversationSummary(ConversationSummary),
    /// `lead_collection`: a lead was submitted through a lead form.
    LeadCollection(LeadCollection),
    /// Any other event of Chatislav's.
    Unknown(UnknownEvent),
}

impl Event {
    /// Reads bytes that were verified with the secret of this index.
    pub(crate) fn read(body: &[u8], secret_index: usize) -> Result<Self, Error> {
        let verified = Verified { envelope: Envelope::read(body)?, secret_index };
        Ok(match verified.envelope.parts.kind {
            Kind::ConversationSummary => Event::ConversationSummary(ConversationSummary(verified)),
            Kind::LeadCollection => Event::LeadCollection(LeadCollection(verified)),
            Kind::Unknown => Event::Unknown(UnknownEvent(verified)),
        })
    }

    /// Refuses an event that is older than `max_age`.
    ///
    /// Retries carry the first timestamp, so `max_age` must exceed the sender's whole retry
    /// window, or the retries of an outage are lost.
    ///
    /// # Errors
    /// `event_stale` if the timestamp is older, or over 5 minutes in the future;
    /// `payload_invalid` if there is no readable timestamp.
    pub fn require_fresh(&self, max_age: Duration, now: SystemTime) -> Result<(), Error> {
        let sent_at = self.sent_at().ok_or_else(|| Error::new(ErrorKind::PayloadInvalid).with_path("timestamp"))?;
        let is_fresh = match now.duration_since(sent_at) {
            Ok(age) => age <= max_age,
            Err(ahead) => ahead.duration() <= FUTURE_TOLERANCE,
        };
        if is_fresh { Ok(()) } else { Err(Error::new(ErrorKind::EventStale).with_path("timestamp")) }
    }

    fn verified(&self) -> &Verified {
        match self {
            Event::ConversationSummary(event) => &event.0,
            Event::LeadCollection(event) => &event.0,
            Event::Unknown(event) => &event.0,
        }
    }

    fn envelope(&self) -> &Envelope {
        &self.verified().envelope
    }
}

/// A verified `conversation_summary`.
#[derive(Clone, Debug)]
pub struct ConversationSummary(Verified);

impl ConversationSummary {
    /// The object `summary`; its fields depend on the agent's configuration.
    pub fn summary(&self) -> Json<'_> {
        self.envelope().subject()
    }
}

/// A verified `lead_collection`.
#[derive(Clone, Debug)]
pub struct LeadCollection(Verified);

impl LeadCollection {
    /// The object `data`; its fields depend on the agent's configuration.
    pub fn data(&self) -> Json<'_> {
        self.envelope().subject()
    }

    /// What the lead filled in: field to value, from `data.form_data`.
    ///
    /// Of a repeated field the last value counts. Items that are not an object with a string
    /// `field` and a `value` are left out here and are still in [`LeadCollection::data`].
    pub fn form(&self) -> HashMap<Cow<'_, str>, Json<'_>> {
        self.form_fields().collect()
    }

    /// As [`LeadCollection::form`], in the order in which they came, repeats included.
    pub fn form_fields(&self) -> impl Iterator<Item = (Cow<'_, str>, Json<'_>)> {
        form_fields(self.data())
    }
}

/// A verified event of a kind that this version does not know.
#[derive(Clone, Debug)]
pub struct UnknownEvent(Verified);

/// What every event has, verified or not.
macro_rules! common_accessors {
    ($($kind:ty),*) => {$(
        impl $kind {
            /// The name of the event, such as `lead_collection`.
            pub fn event(&self) -> &str {
                self.envelope().event()
            }

            /// The `timestamp` as it came, if it is text.
            pub fn timestamp(&self) -> Option<Cow<'_, str>> {
                self.envelope().timestamp()
            }

            /// The `timestamp` as an instant; without a zone it is UTC. `None` if unreadable.
            pub fn sent_at(&self) -> Option<SystemTime> {
                self.envelope().sent_at()
            }

            /// The array `messages`, which Chatislav sends when available.
            pub fn messages(&self) -> Option<Json<'_>> {
                self.envelope().messages()
            }

            /// The whole object.
            pub fn payload(&self) -> Json<'_> {
                self.envelope().payload()
            }

            /// The bytes that were received.
            pub fn raw(&self) -> &[u8] {
                self.envelope().raw().as_bytes()
            }

            /// The same for each retry of a delivery, so the key by which to drop duplicates:
            /// SHA-256 of the body. Computed on first use.
            pub fn delivery_key(&self) -> DeliveryKey {
                self.envelope().delivery_key()
            }
        }
    )*};
}
pub(crate) use common_accessors;

common_accessors!(Event, ConversationSummary, LeadCollection, UnknownEvent);

macro_rules! verified_accessors {
    ($($kind:ty),*) => {$(
        impl $kind {
            /// Which of the secrets signed this, counted from 0, newest first. Once no event has
            /// the old secret's index any more, a rotation is over.
            pub fn secret_index(&self) -> usize {
                self.verified().secret_index
            }
        }
    )*};
}

verified_accessors!(Event, ConversationSummary, LeadCollection, UnknownEvent);

macro_rules! inner {
    ($($kind:ty),*) => {$(
        impl $kind {
            fn verified(&self) -> &Verified {
                &self.0
            }

            fn envelope(&self) -> &Envelope {
                &self.0.envelope
            }
        }
    )*};
}

inner!(ConversationSummary, LeadCollection, UnknownEvent);

#[derive(Clone, Debug)]
struct Verified {
    envelope: Envelope,
    secret_index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ConversationSummary,
    LeadCollection,
    Unknown,
}

/// The bytes of an event and where in them its parts stand.
#[derive(Clone)]
pub(crate) struct Envelope {
    raw: Box<str>,
    parts: Parts,
    delivery_key: OnceLock<DeliveryKey>,
}

/// Where in the bytes of an event its parts stand.
#[derive(Clone)]
pub(crate) struct Parts {
    payload: Range<usize>,
    kind: Kind,
    event: Box<str>,
    timestamp: Option<Range<usize>>,
    messages: Option<Range<usize>>,
    /// `summary` or `data`, where the kind has one.
    subject: Option<Range<usize>>,
}

impl Parts {
    /// Bytes are an event if they are a JSON object with a string `event`, and an object
    /// `summary` or `data` where the event has one. Nothing else refuses: a 4xx loses a lead.
    pub(crate) fn of(body: &[u8]) -> Result<(&str, Self), Error> {
        let raw = std::str::from_utf8(body).map_err(|error| {
            Error::new(ErrorKind::PayloadNotJson).with_path(format!("byte {}", error.valid_up_to()))
        })?;
        let (mut event, mut timestamp, mut messages, mut summary, mut data) = (None, None, None, None, None);
        let payload = Json::check_fields(raw, |name, value| {
            // A repeated key: the last wins.
            match name.as_string().as_deref() {
                Some("event") => event = Some(value),
                Some("timestamp") => timestamp = Some(value),
                Some("messages") => messages = Some(value),
                Some("summary") => summary = Some(value),
                Some("data") => data = Some(value),
                _ => {}
            }
        })?;
        if !payload.is_object() {
            return Err(Error::new(ErrorKind::PayloadInvalid).with_path("$"));
        }
        let event =
            event.and_then(Json::as_string).ok_or_else(|| Error::new(ErrorKind::PayloadInvalid).with_path("event"))?;
        let (kind, subject, path) = match &*event {
            "conversation_summary" => (Kind::ConversationSummary, summary, "summary"),
            "lead_collection" => (Kind::LeadCollection, data, "data"),
            _ => (Kind::Unknown, None, ""),
        };
        let subject = subject.filter(|value| value.is_object());
        if kind != Kind::Unknown && subject.is_none() {
            return Err(Error::new(ErrorKind::PayloadInvalid).with_path(path));
        }

        let place = |value: Json<'_>| {
            let start = value.as_str().as_ptr().addr() - raw.as_ptr().addr();
            start..start + value.as_str().len()
        };
        let parts = Parts {
            payload: place(payload),
            kind,
            event: event.into(),
            timestamp: timestamp.filter(|value| value.as_string().is_some()).map(place),
            messages: messages.filter(|value| value.is_array()).map(place),
            subject: subject.map(place),
        };
        Ok((raw, parts))
    }

    pub(crate) fn into_event(self) -> Box<str> {
        self.event
    }
}

impl Envelope {
    /// Reads bytes that are an event, and keeps a copy of them.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Error> {
        let (raw, parts) = Parts::of(body)?;
        Ok(Envelope { raw: raw.into(), parts, delivery_key: OnceLock::new() })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.parts.kind
    }

    pub(crate) fn event(&self) -> &str {
        &self.parts.event
    }

    pub(crate) fn raw(&self) -> &str {
        &self.raw
    }

    pub(crate) fn timestamp(&self) -> Option<Cow<'_, str>> {
        self.part(self.parts.timestamp.as_ref()).as_string()
    }

    pub(crate) fn sent_at(&self) -> Option<SystemTime> {
        self.timestamp().as_deref().and_then(Timestamp::parse).map(Timestamp::instant)
    }

    pub(crate) fn messages(&self) -> Option<Json<'_>> {
        self.parts.messages.as_ref().map(|range| self.part(Some(range)))
    }

    pub(crate) fn payload(&self) -> Json<'_> {
        self.part(Some(&self.parts.payload))
    }

    /// `summary` or `data`; `null` for an event that has neither.
    pub(crate) fn subject(&self) -> Json<'_> {
        self.part(self.parts.subject.as_ref())
    }

    pub(crate) fn delivery_key(&self) -> DeliveryKey {
        *self.delivery_key.get_or_init(|| DeliveryKey::of(self.raw.as_bytes()))
    }

    fn part(&self, range: Option<&Range<usize>>) -> Json<'_> {
        Json::accepted(range.and_then(|range| self.raw.get(range.clone())).unwrap_or("null"))
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} bytes", self.parts.kind, self.raw.len())
    }
}

pub(crate) fn form_fields<'a>(data: Json<'a>) -> impl Iterator<Item = (Cow<'a, str>, Json<'a>)> {
    let items = data.get("form_data").into_iter().flat_map(Json::items);
    items.filter_map(|item| Some((item.get("field")?.as_string()?, item.get("value")?)))
}
