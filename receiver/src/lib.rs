//! A local HTTP receiver for Chatislav webhooks.
//!
//! Each request is read up to a limit, judged by `chatislav_webhooks`, and answered: a refused
//! one with its error code, a good one by a plan. Forged requests never get 2xx and never 5xx,
//! since Chatislav retries 5xx.

mod capture;
mod handle;
mod log;
mod server;
mod verdict;

pub use log::{Format, Lines, Record, Sink};
pub use server::{Config, Limits, NotPlayed, Receiver, StartError};
pub use verdict::{Mode, Verdict};
