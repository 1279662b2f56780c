//! A local HTTP receiver for Chatislav webhooks.
//!
//! Each request is read up to a limit, judged by `chatislav_webhooks`, and answered: a refused
//! one with its error code, a good one by a plan. Forged requests never get 2xx and never 5xx,
//! since Chatislav retries 5xx.

mod capture;
mod config;
mod handle;
mod log;
mod server;
mod shared;
mod verdict;

pub use config::{Config, Limits};
pub use log::{Format, Lines, Record, Sink};
pub use server::{NotPlayed, Receiver, StartError};
pub use verdict::{Mode, Verdict};
