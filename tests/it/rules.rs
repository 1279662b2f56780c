//! The rules of core.

/// Reading `tests/vectors/`, and what every vector must have.
mod vectors;

/// Secrets, signatures, headers: who may be believed.
mod verify;

/// JSON, events: what was said.
mod event;

/// Timestamps: when it was said.
mod timestamp;

/// Webhooks without a signature.
mod unsigned;

/// URLs, names, addresses: where may be sent to.
mod target;

/// All addresses there are, and every way to write one.
mod addresses;

/// The plan language.
mod plan;

/// Several plans with conditions, and what a plan says of itself.
mod plan_rules;

/// The filter language for captured requests.
mod filter;

/// Outcomes, schedules, deliveries.
mod delivery;

/// Senders' profiles: the retry table, delays, the hash.
mod profile;

/// The Webhooks screen: what fires, what a save refuses, which secrets are good.
mod settings;

/// What an answer's `Retry-After` asks for.
mod retry_after;

/// How the sender behaves, by what a receiver saw.
mod conduct;

/// What is left of a payload that is shared.
mod redact;

/// Why a signature does not fit.
mod explain;

/// Sample events and the sender's JSON style.
mod sample;

/// What is shown: lines for machines, text from strangers for people.
mod shown;

/// What holds for any input.
mod properties;

/// What core must not contain, and what must not leak out of it.
mod tidy;

pub(crate) use target::is_special;
pub(crate) use vectors::read;
