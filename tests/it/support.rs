//! Peers that do as a test says.

mod binary;
mod console;
mod control;
mod disk;
mod dns;
#[cfg(target_os = "linux")]
mod packets;
mod receiver;
mod screen;
mod wire;

pub(crate) use binary::{Desk, Listening, chatislav, run};
pub(crate) use console::{Console, form};
pub(crate) use control::{Controlled, Event, Events, TOKEN, Told, controlled, controlled_over, controlled_with};
pub(crate) use disk::SmallDisk;
pub(crate) use dns::{Answer, Dns, addresses};
#[cfg(target_os = "linux")]
pub(crate) use packets::{Packet, Packets};
pub(crate) use receiver::{Answered, Running, start, start_with, verified};
pub(crate) use wire::{Server, connect, exchange, read_to_end, request, send};

/// The secret of every test.
pub(crate) const SECRET: &str = "It's a Secret to Everybody";

/// A lead, as small as one can be.
pub(crate) const LEAD: &[u8] = br#"{"event": "lead_collection", "data": {}}"#;

/// SHA-256 of [`LEAD`] by `sha256sum`.
pub(crate) const LEAD_DELIVERY: &str = "f0912178ee1d567465189ccd1078dd19937e6c73bec55b0fb92573de8722c4e7";

/// HMAC-SHA256 of [`LEAD`] by `openssl dgst -sha256 -hmac "It's a Secret to Everybody"`.
pub(crate) const LEAD_SIGNATURE: &str = "8cd5bb9baf1eb0ae458a4376673fb72113457eae66183d33bcb80edcf2caed9c";
