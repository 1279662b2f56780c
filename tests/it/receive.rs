//! The receiver on real sockets.

mod answers;
mod clients;
mod control;
mod diff;
mod export;
mod faults;
mod forward;
mod hostile;
mod limits;
mod log;
mod pipeline;
mod redacted;
mod rules;
mod stop;
mod tls;
