//! A local HTTP receiver for Chatislav webhooks.
//!
//! Each request is read up to a limit, judged by `chatislav_webhooks`, and answered: a refused
//! one with its error code, a good one by a plan. Forged requests never get 2xx and never 5xx,
//! since Chatislav retries 5xx.

mod answer;
mod body;
mod budget;
mod changing;
mod config;
mod connection;
mod control;
mod deliveries;
mod exchange;
mod explain;
mod finish;
mod forward;
mod handle;
mod log;
mod plans;
mod play;
mod rules_file;
mod server;
mod shared;
mod tls;
mod verdict;
mod watched;
mod wire;

pub mod diff;
pub mod export;
pub mod journal;
pub mod screen;

pub use config::{Config, Limits};
pub use control::{Control, ControlConfig, Token};
pub use deliveries::deliveries;
pub use explain::explanation;
pub use forward::{Forward, ForwardError, Forwarded, Forwards, Route};
pub use journal::{Capture, Journal};
pub use log::{Format, Lines, Sink};
pub use plans::NowhereToForward;
pub use rules_file::RulesFile;
pub use server::{Handle, Receiver, StartError};
pub use tls::{InvalidTls, Tls, own_hosts};
pub use verdict::{Mode, Verdict};
pub use watched::Watched;
