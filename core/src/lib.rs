//! Verify and read Chatislav webhooks.
//!
//! Chatislav signs each webhook with HMAC-SHA256 over the raw request body and puts the
//! hexadecimal digest into the header `x-chatislav-signature`. A [`Webhook`] holds the secrets
//! and answers one question: did Chatislav send exactly these bytes, and what do they say?
//!
//! ```
//! use chatislav_webhooks::{Event, Webhook};
//!
//! let webhook = Webhook::new("It's a Secret to Everybody")?;
//! # let body = br#"{"event": "lead_collection", "data": {"form_data": [{"field": "email", "value": "a@example.com"}]}}"#;
//! # let headers = [("X-Chatislav-Signature", webhook.sign(body).to_string())];
//! // `body` is what arrived on the wire, `headers` any list of names and values.
//! match webhook.verify(body, headers)? {
//!     Event::LeadCollection(lead) => {
//!         let email = lead.form().remove("email");
//!         assert_eq!(email.and_then(|value| value.as_string()), Some("a@example.com".into()));
//!     }
//!     Event::ConversationSummary(summary) => println!("{}", summary.summary().as_str()),
//!     Event::Unknown(other) => println!("answer 2xx and ignore {}", other.event()),
//! }
//! # Ok::<(), chatislav_webhooks::Error>(())
//! ```
//!
//! The crate holds the rules and nothing else: no I/O, no clock, no randomness. Where a rule
//! needs the time or a random number, it is an argument.

mod cursor;
mod delivery;
mod error;
mod event;
mod headers;
mod hexadecimal;
mod json;
mod line;
mod method;
mod near;
mod outcome;
mod printable;
mod schedule;
mod secret;
mod signature;
mod standing;
mod table;
mod timestamp;
mod toml;
mod unit;
mod unsigned;
mod webhook;

pub mod conduct;
pub mod explain;
pub mod filter;
pub mod plan;
pub mod profile;
pub mod redact;
pub mod sample;
pub mod settings;
pub mod target;

pub use cursor::InvalidText;
pub use delivery::{Delivery, DeliveryKey, InvalidDeliveryKey, Step};
pub use error::{Error, ErrorKind};
pub use event::{ConversationSummary, Event, LeadCollection, UnknownEvent};
pub use headers::{CustomHeader, HeaderField, InvalidHeader, SIGNATURE_HEADER};
pub use json::{Json, Token, Tokens};
pub use line::{Line, ascii_json, push_digits};
pub use method::Method;
pub use outcome::{Outcome, Phase};
pub use printable::Printable;
pub use profile::Profile;
pub use schedule::Schedule;
pub use secret::{IntoSecrets, Secret};
pub use settings::Settings;
pub use signature::{Signature, Signer};
pub use target::Target;
pub use timestamp::Timestamp;
pub use unit::{InvalidUnit, parse_duration, parse_size};
pub use unsigned::{Unsigned, UnverifiedEvent};
pub use webhook::{ALLOW, DEFAULT_MAX_BODY, Verdict, Verifier, Webhook, accepts_method};
